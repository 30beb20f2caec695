"""How the page holds up with many chats at once, beside the same backend asked directly."""
