"""The blind taste test: rounds with sealed sides, scrubbed answers, votes and what they say."""
