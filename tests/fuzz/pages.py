"""What models and documents say, as markup: at every prefix of a stream, and in exports."""

from hypothesis import strategies as st

from assistant.citations import parse_citations
from assistant.evidence import Evidence
from assistant.markup.answers import cited_markdown
from tests.fuzz.target import Target
from tests.support.payloads import payloads
from tests.support.scripted_objects import make_passages
from tests.unit.test_web_render import CANARY, assert_inert
from ui.web.render.growing import Growing

EVIDENCE = Evidence("Who?", "Who makes Phi-3?", make_passages(), (), True, 0.02)
SHOWN = {passage.number for passage in EVIDENCE.passages}
LINKS = {passage.url for passage in EVIDENCE.passages if passage.url}
ANCHORS = {f"#source-1-{number}" for number in SHOWN}
_PIECES = (
    *payloads(CANARY),
    *("[1]", "[2, 9]", "**", "*", "`", "```\n", "\n", "\n\n", "| a | b |\n|---|---|\n", "> ", "- "),
    *(
        "<",
        ">",
        "&",
        '"',
        "&#x3c;",
        "&lt;img",
        "# ",
        "1. ",
        "    ",
        "\\",
        "[a](",
        ")",
        "](",
        "![",
        "~~",
    ),
    *(
        "\x00",
        "\u202e",
        "\ud83d",
        "\ue000",
        "\U00012470",
        "http://a.test/?b=c",
        "javascript:alert(1)",
    ),
)
_ANSWERS = st.lists(st.sampled_from(_PIECES) | st.text(max_size=5), max_size=10).map("".join)


def _inert(source: str) -> None:
    html = str(cited_markdown(1, EVIDENCE, source, parse_citations(source, SHOWN)))
    # The links to sources are ours; what is left of the markup must be what prose alone may hold.
    assert CANARY not in html.replace("&amp;", "&") or "<img" not in html
    _check(html)


def _check(html: str) -> None:
    from tests.unit.test_web_render import OURS, elements

    for tag, attributes in elements(html):
        assert tag in OURS | {"span", "sup", "button"}, tag
        assert not any(name.startswith("on") or name in {"src", "style"} for name in attributes)
        href = attributes.get("href")
        assert href is None or href in LINKS or href.startswith("#"), href


def _prefixes(source: str) -> None:
    growing = Growing(1, EVIDENCE)
    settled = 0
    for end in range(len(source) + 1):
        growing.grow(source[:end])
        _check("".join(map(str, [*growing.blocks, growing.tail])))
        assert len(growing.blocks) >= settled
        settled = len(growing.blocks)


TARGETS = (
    Target("render", _ANSWERS, _inert),
    Target("render-prefixes", _ANSWERS.map(lambda source: source[:100]), _prefixes),
)
__all__ = ["TARGETS", "assert_inert"]
