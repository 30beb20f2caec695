"""Documents small enough to be indexed in a blink."""

from corpus.documents import Document

TEXTS = {
    "lesson": (
        "# Open and closed\n\n## Terms\n\nOpen models publish their weights.\n\n"
        "## Systems\n\n1. **Falcon**\n   - from Abu Dhabi\n2. **Grok**\n   - lives on X\n\n"
        "## Differences\n\n| Aspect | Open | Closed |\n|---|---|---|\n"
        "| Cost | free download | subscription |\n| Safety | community | vendor |\n"
    ),
    "notes/phi-3": "# Phi-3\n\n## Maker\n\nMicrosoft makes Phi-3-mini with 3.8B parameters.\n",
    "notes/mistral": "# Mistral\n\n## Maker\n\nMistral AI makes Mixtral-8x7B, a sparse mixture.\n",
    "notes/claude": "# Claude\n\n## Keeping data\n\nAnthropic deletes inputs after thirty days.\n",
}


def small_corpus() -> tuple[Document, ...]:
    """Four documents: a lesson with a table and a list, and three notes."""
    return tuple(
        Document(
            id_,
            id_.removeprefix("notes/").title(),
            text,
            "lesson" if id_ == "lesson" else "note",
            url=f"https://example.com/{id_}",
            dated="2026-11-01",
        )
        for id_, text in TEXTS.items()
    )
