"""Markdown made up from the constructs that documents really use."""

from hypothesis import strategies as st

_WORDS = st.text(alphabet="abcdeäß中", min_size=1, max_size=9)
_MARKED = st.builds(
    lambda mark, word: f"{mark}{word}{mark}", st.sampled_from(["", "", "**", "*", "`"]), _WORDS
)
_SENTENCES = st.builds(
    lambda words, end: " ".join(words) + end,
    st.lists(_MARKED, min_size=1, max_size=25),
    st.sampled_from([".", "?", "", ":"]),
)
_PARAGRAPHS = st.builds("\n".join, st.lists(_SENTENCES, min_size=1, max_size=6))
_HEADINGS = st.builds(
    lambda level, words: f"{'#' * level} {' '.join(words)}",
    st.integers(1, 5),
    st.lists(_MARKED, min_size=1, max_size=6),
)


@st.composite
def _lists(draw: st.DrawFn) -> str:
    lines = []
    for i in range(draw(st.integers(1, 6))):
        marker = f"{i + 1}." if draw(st.booleans()) else "-"
        lines.append(f"{marker} {draw(_SENTENCES)}")
        for _ in range(draw(st.integers(0, 3))):
            lines.append(f"   - {draw(_SENTENCES)}")
    return "\n".join(lines)


@st.composite
def _tables(draw: st.DrawFn) -> str:
    columns = draw(st.integers(1, 4))
    cells = st.lists(
        st.builds(" ".join, st.lists(_MARKED, min_size=1, max_size=8)),
        min_size=columns,
        max_size=columns,
    )
    rows = draw(st.lists(cells, min_size=1, max_size=12))
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * columns, *lines[1:]])


_FENCES = st.builds(lambda text: f"```\n{text}\n```", _PARAGRAPHS)
_QUOTES = st.builds(lambda text: "> " + text.replace("\n", "\n> "), _PARAGRAPHS)
_BLOCKS = st.one_of(_HEADINGS, _PARAGRAPHS, _lists(), _tables(), _FENCES, _QUOTES, st.just("---"))


def markdown_texts() -> st.SearchStrategy[str]:
    """Whole documents of up to a dozen blocks, with either kind of line end."""
    return st.builds(
        lambda blocks, end: "\n\n".join(blocks).replace("\n", end),
        st.lists(_BLOCKS, max_size=12),
        st.sampled_from(["\n", "\n", "\r\n"]),
    )
