"""The claims table and its places in the lesson."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.claims import SYSTEMS, VERDICTS, Claim, load_claims, parse_claims
from corpus.errors import CorpusError
from corpus.library import load_lesson

_VENDOR_DOCS = Path(__file__).parents[2].parent / "shared" / "vendor-docs"
_SHARED_WORDS = 8

_GOOD = """\
[[claim]]
id = "claim-01"
sections = ["1"]
lesson_says = "X is."
vendor_says = "X is not."
verdict = "wrong"
systems = ["llama"]
terms = ["x"]
anchors = ["Anyone can"]
source_title = "Card"
source_url = "https://example.org/card"
source_date = ""
"""


@pytest.fixture(scope="module")
def claims() -> tuple[Claim, ...]:
    return load_claims(load_lesson())


def test_there_are_61_claims_in_order_with_the_counted_verdicts(claims: tuple[Claim, ...]) -> None:
    assert [claim.id for claim in claims] == [f"claim-{number:02}" for number in range(1, 62)]
    counts = Counter(claim.verdict for claim in claims)
    assert counts == {"agrees": 22, "outdated": 13, "wrong": 20, "unverifiable": 6}
    assert set(counts) == set(VERDICTS)


def test_every_claim_stands_in_the_sections_that_it_names(claims: tuple[Claim, ...]) -> None:
    text = load_lesson().text
    for claim in claims:
        found = {_section_at(text, span.start) for span in claim.spans}
        assert found == set(claim.sections), claim.id
        assert all(text[span.start : span.end].strip() for span in claim.spans), claim.id


def test_the_maker_of_phi_3_is_found_at_both_places(claims: tuple[Claim, ...]) -> None:
    text = load_lesson().text
    claim = claims[13]
    assert [text[span.start : span.end] for span in claim.spans] == [
        "**Phi-3 (Inflection AI)** – Instruction-following chatbot",
        "4. **Phi-3 (Inflection AI)**",
    ]
    assert claim.disputed
    assert "Microsoft" in claim.vendor_says


def test_only_what_the_vendor_confirms_is_undisputed(claims: tuple[Claim, ...]) -> None:
    assert sum(not claim.disputed for claim in claims) == 22
    assert all(claim.disputed == (claim.verdict != "agrees") for claim in claims)


def test_each_system_of_the_lesson_has_a_claim(claims: tuple[Claim, ...]) -> None:
    named = {system for claim in claims for system in claim.systems}
    assert named == set(SYSTEMS)


def test_both_sides_are_whole_sentences_with_a_source(claims: tuple[Claim, ...]) -> None:
    for claim in claims:
        for side in (claim.lesson_says, claim.vendor_says):
            assert side[0].isupper(), claim.id
            assert side.endswith("."), claim.id
        assert claim.source_url.startswith(("https://", "http://")), claim.id
        assert claim.source_title, claim.id
        assert claim.source_date is None or re.fullmatch(
            r"20\d\d(-[01]\d(-[0-3]\d)?)?", claim.source_date
        ), claim.id


def test_each_claim_shares_a_term_with_one_of_its_own_sides(claims: tuple[Claim, ...]) -> None:
    for claim in claims:
        sides = f"{claim.lesson_says} {claim.vendor_says}".lower()
        assert any(term in sides for term in claim.terms), claim.id


def test_the_offsets_move_with_the_text(claims: tuple[Claim, ...]) -> None:
    lesson = load_lesson()
    moved = load_claims(replace(lesson, text="New line.\n" + lesson.text))
    assert [c.spans[0].start - 10 for c in moved] == [c.spans[0].start for c in claims]


def test_a_claim_whose_text_is_gone_is_named() -> None:
    lesson = load_lesson()
    changed = replace(lesson, text=lesson.text.replace("Mixtral 12.9B", "Mixtral 46.7B"))
    with pytest.raises(CorpusError, match="claim-37"):
        load_claims(changed)


def test_a_claim_whose_text_stands_twice_is_named() -> None:
    lesson = load_lesson()
    with pytest.raises(CorpusError, match=r"claim-37.*twice"):
        load_claims(replace(lesson, text=lesson.text + "\nMixtral 12.9B\n"))


def test_a_good_table_is_read() -> None:
    (row,) = parse_claims(_GOOD)
    assert (row.id, row.verdict, row.anchors) == ("claim-01", "wrong", ("Anyone can",))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        pytest.param(_GOOD + 'note = "x"\n', "claim-01.*note", id="unknown key"),
        pytest.param(
            _GOOD.replace('"wrong"', '"false"'), "claim-01.*verdict", id="unknown verdict"
        ),
        pytest.param(
            _GOOD.replace('["llama"]', '["lama"]'), "claim-01.*systems", id="unknown system"
        ),
        pytest.param(_GOOD.replace('["1"]', '["0"]'), "claim-01.*sections", id="section 0"),
        pytest.param(_GOOD.replace('["1"]', "[]"), "claim-01.*sections", id="no section"),
        pytest.param(_GOOD.replace('["x"]', '["X"]'), "claim-01.*terms", id="capital in a term"),
        pytest.param(_GOOD.replace('["Anyone can"]', "[]"), "claim-01.*anchors", id="no anchor"),
        pytest.param(_GOOD.replace("https:", "ftp:"), "claim-01.*source_url", id="other address"),
        pytest.param(
            _GOOD.replace('date = ""', 'date = "May"'), "claim-01.*source_date", id="date"
        ),
        pytest.param(_GOOD.replace('id = "claim-01"\n', ""), "Entry 1.*id", id="no id"),
        pytest.param(_GOOD + _GOOD, "claim-01 occurs twice", id="twice"),
        pytest.param(_GOOD + "[other]\n", r"\[\[claim\]\]", id="unknown table"),
        pytest.param("claim = 3\n", r"\[\[claim\]\]", id="not a list"),
        pytest.param("claim = [3]\n", "Entry 1", id="not a table"),
        pytest.param("[[claim", "not valid TOML", id="no TOML"),
    ],
)
def test_a_damaged_table_is_refused_by_name(table: str, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        parse_claims(table)


@pytest.mark.skipif(not _VENDOR_DOCS.is_dir(), reason="the vendor documents are not here")
def test_no_wording_is_a_vendors(claims: tuple[Claim, ...]) -> None:
    ours: dict[str, str] = {}
    for claim in claims:
        for side in (claim.lesson_says, claim.vendor_says):
            ours.update(dict.fromkeys(_word_runs(side), claim.id))
    texts = [p for p in sorted(_VENDOR_DOCS.rglob("*")) if p.suffix in {".md", ".html"}]
    assert len(texts) > 100
    for path in texts:
        raw = path.read_text(encoding="utf-8", errors="replace")
        shared = ours.keys() & set(_word_runs(re.sub(r"<[^<>]*>", " ", raw)))
        assert not shared, (path.name, {run: ours[run] for run in shared})


def _word_runs(text: str) -> Iterator[str]:
    words = re.findall(r"[a-z0-9]+(?:[.,'][a-z0-9]+)*", text.lower().replace("’", "'"))
    for start in range(len(words) - _SHARED_WORDS + 1):
        yield " ".join(words[start : start + _SHARED_WORDS])


def _section_at(text: str, offset: int) -> str:
    headings = re.findall(r"^#{2,3} (\d+(?=\.)|References)", text[:offset], re.MULTILINE)
    return str(headings[-1])
