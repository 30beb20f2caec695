"""The receipt on the page: a short line, and each figure with what it rests on."""

import dataclasses
import datetime
import html
import re
from pathlib import Path

import pytest

from assistant.backends.base import Usage
from assistant.evidence import Evidence
from assistant.markup import figures
from assistant.turns import Answer, Money, Receipt, Turn
from tests.support.scripted_assistant import ScriptedAssistant
from tests.support.scripted_objects import Script, make_passages, scripted_answer
from ui.web.render.receipt import other_side, receipt_details, source_link, where_it_went
from ui.web.render.totals import totals

TODAY = datetime.date(2026, 11, 24)
PRICED = Money(0.0021, "USD", "2025-10-01", "https://example.org/prices (undated copy)")


@pytest.fixture
def answers(tmp_path: Path) -> tuple[Answer, Answer]:
    """One of each kind to the same question."""
    assistant = ScriptedAssistant(tmp_path)
    evidence = Evidence("Q?", "Q?", make_passages(), (), True, 0.02)

    def by(backend: str) -> Answer:
        return scripted_answer(
            assistant.entry(backend), Script(), evidence, "Yes [2].", stopped=False, broke=False
        )

    return by("reader"), by("claude-sonnet")


@pytest.fixture
def local(answers: tuple[Answer, Answer]) -> Receipt:
    return answers[0].receipt


@pytest.fixture
def remote(answers: tuple[Answer, Answer]) -> Receipt:
    return answers[1].receipt


def read(markup: str) -> str:
    """What a person reads."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", markup))).strip()


def details(receipt: Receipt, other: Receipt | None = None, **changes: object) -> str:
    changed = dataclasses.replace(receipt, **changes)  # type: ignore[arg-type]
    return read(receipt_details(changed, other, today=TODAY))


def line(receipt: Receipt, **changes: object) -> str:
    changed = dataclasses.replace(receipt, **changes)  # type: ignore[arg-type]
    return read(receipt_details(changed, today=TODAY).partition("</summary>")[0])


def test_a_price_older_than_ninety_days_says_how_old_it_is(remote: Receipt) -> None:
    assert "price of 1 October 2025, 419 days old: it may have changed" in details(
        remote, money=PRICED
    )


@pytest.mark.parametrize(
    ("iso", "words"),
    [
        ("2026-08-26", "price of 26 August 2026"),
        ("2026-08-25", "price of 25 August 2026, 91 days old: it may have changed"),
        ("2026-08", "price of August 2026, 115 days old: it may have changed"),
        ("2025", "price of 2025"),
        (None, "an undated price: it may have changed"),
        ("autumn", "price of autumn"),
        ("2026-13-40", "price of 2026-13-40"),
    ],
)
def test_ninety_days_is_the_limit_and_a_date_in_part_is_taken_from_its_beginning(
    iso: str | None, words: str
) -> None:
    assert figures.price_age(Money(1.0, "USD", iso, ""), TODAY) == words


def test_the_address_of_a_source_is_linked_without_the_words_behind_it(remote: Receipt) -> None:
    markup = receipt_details(dataclasses.replace(remote, money=PRICED), today=TODAY)
    assert 'href="https://example.org/prices"' in markup
    assert "(undated copy)" in read(markup)


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("https://example.org/a, price of x", "https://example.org/a"),
        ("https://example.org/a (undated copy): lowest price", "https://example.org/a"),
        ("the vendor, https://example.org/a.", "https://example.org/a"),
    ],
)
def test_a_source_keeps_its_words_beside_the_link(source: str, address: str) -> None:
    markup = source_link(source)
    assert f'href="{address}"' in markup
    rest = source.replace(address, "").strip(" ,.")
    assert rest.strip(" :,") in read(markup)


def test_a_source_without_an_address_is_words_alone() -> None:
    assert source_link("Ollama's FAQ <x>") == "<span>Ollama&#x27;s FAQ &lt;x&gt;</span>"


def test_cached_tokens_and_the_way_they_were_counted_are_shown(remote: Receipt) -> None:
    money = dataclasses.replace(PRICED, note="512 tokens at the price of cached ones")
    shown = details(remote, usage=Usage(812, 30, cached_tokens=512), money=money)
    assert "of these from a cache 512" in shown
    assert "512 tokens at the price of cached ones" in shown


def test_the_energy_estimate_shows_its_formula(local: Receipt) -> None:
    shown = details(local, energy_wh=0.0103, total_s=1.24, watts=30)
    assert "0.01 Wh est. = 1.24 s × 30 W ÷ 3,600; the power is assumed, not measured" in shown


def test_energy_without_its_watts_still_says_that_it_is_assumed(local: Receipt) -> None:
    assert "from an assumed power" in details(local, energy_wh=0.5, watts=None)


def test_the_energy_of_an_answer_from_elsewhere_is_unknown_not_nought(remote: Receipt) -> None:
    assert "Energy unknown: it was spent elsewhere" in details(remote)


def test_an_unknown_cost_stays_unknown(remote: Receipt) -> None:
    unknown = Money(None, "USD", None, "", "no price is known for this backend")
    assert "cost unknown" in line(remote, money=unknown)
    assert "no price is known for this backend" in details(remote, money=unknown)


def test_what_is_kept_there_has_its_source_and_date(remote: Receipt) -> None:
    shown = details(
        remote, retention_source="https://example.org/data", retention_date="2026-08-11"
    )
    assert "Kept there Not trained on by default. Kept for 30 days." in shown
    assert "example.org (opens in a new tab) , 11 August 2026" in shown


def test_an_undated_retention_note_says_so(remote: Receipt) -> None:
    assert "FAQ , undated" in details(remote, retention_source="FAQ", retention_date=None)
    assert details(remote, retention_source="FAQ (undated copy)").count("undated") == 1


def test_the_strip_of_a_local_answer_says_that_nothing_left(local: Receipt) -> None:
    assert read(where_it_went(local)) == "This machine no byte left it"


def test_the_strip_of_a_vendor_names_host_bytes_passages_and_retention(remote: Receipt) -> None:
    shown = read(where_it_went(remote))
    assert shown.startswith("api.vendor.example 3 kB, with 4 passages Kept there ")


def test_an_answer_for_which_nothing_was_sent_says_so(remote: Receipt) -> None:
    nothing = dataclasses.replace(remote, bytes_sent=0)
    assert read(where_it_went(nothing)) == "This machine nothing was sent"


def test_a_search_on_another_host_is_told_in_the_line_and_in_the_strip(local: Receipt) -> None:
    assert "answered here, searched at chroma.example" in line(local, search_host="chroma.example")
    shown = details(local, search_host="chroma.example")
    assert "the question's vector went to chroma.example for the search" in shown
    assert "stayed on this machine" not in shown
    assert "no byte left it" not in shown


def test_an_open_answer_from_elsewhere_is_marked_by_word_and_sign(local: Receipt) -> None:
    moved = dataclasses.replace(
        local,
        kind="open, not local",
        stayed_local=False,
        destination="ollama.com",
        energy_wh=None,
    )
    markup = receipt_details(moved, today=TODAY)
    assert "not local: 3 kB to ollama.com" in line(moved)
    assert 'class="figure not-local"' in markup
    assert "icon-warning" in markup


def test_a_vendors_answer_is_not_called_not_local(remote: Receipt) -> None:
    assert "not local" not in details(remote)


def test_equal_hashes_are_said_to_be_the_same_as_the_other_sides(
    local: Receipt, remote: Receipt
) -> None:
    here = dataclasses.replace(local, prompt_hash="ab" * 32)
    there = dataclasses.replace(remote, prompt_hash="ab" * 32)
    markup = receipt_details(here, there, today=TODAY)
    assert read(markup).count("the same as the other side's") == 2
    assert f'title="{"ab" * 32}"' in markup
    different = dataclasses.replace(there, prompt_hash="cd" * 32)
    shown = read(receipt_details(here, different, today=TODAY))
    assert shown.count("the same as the other side's") == 1
    assert "not the other side's" in shown


def test_without_another_side_no_hash_is_compared(local: Receipt) -> None:
    assert "other side's" not in details(local, prompt_hash="ab" * 32)


def test_a_backend_that_reads_the_evidence_itself_has_no_prompt_hash(local: Receipt) -> None:
    assert "this backend reads the evidence itself" in details(local, prompt_hash="")


def test_whose_window_cut_the_prompt_of_both_sides_is_told(remote: Receipt) -> None:
    assert "both sides got what fits the window of SmolLM2" in details(remote, fitted_to="SmolLM2")


def test_the_other_side_is_the_latest_answer_of_the_other_kind(
    answers: tuple[Answer, Answer],
) -> None:
    here, there = answers
    again = dataclasses.replace(there, label="again")
    turn = Turn("Q?", Evidence("Q?", "Q?", (), (), True, 0.1), (here, there, again))
    assert other_side(turn, here) is again.receipt
    assert other_side(turn, again) is here.receipt
    assert other_side(dataclasses.replace(turn, answers=(here,)), here) is None


def with_answers(*answers: Answer) -> Turn:
    return Turn("Q?", Evidence("Q?", "Q?", (), (), True, 0.1), answers)


def test_the_totals_hold_a_line_for_each_side(answers: tuple[Answer, Answer]) -> None:
    here, there = answers
    shown = read(totals([with_answers(here, there), with_answers(there)]))
    assert "open 1 answer 812 in, 2 out $0 + 0.01 Wh est." in shown
    assert "proprietary 2 answers 1,624 in, 4 out $0.0049 2.5 s 6 kB left this machine" in shown
    assert "nothing left this machine" in shown


def test_a_total_with_an_unknown_cost_says_at_least(answers: tuple[Answer, Answer]) -> None:
    there = answers[1]
    unknown = dataclasses.replace(
        there, receipt=dataclasses.replace(there.receipt, money=Money(None, "USD", None, ""))
    )
    assert "at least $0.0025" in read(totals([with_answers(there), with_answers(unknown)]))
    assert "cost unknown" in read(totals([with_answers(unknown)]))


def test_totals_of_two_currencies_are_never_added(answers: tuple[Answer, Answer]) -> None:
    there = answers[1]
    euros = dataclasses.replace(
        there, receipt=dataclasses.replace(there.receipt, money=Money(0.5, "EUR", None, ""))
    )
    assert "€0.5000 + $0.0025" in read(totals([with_answers(there), with_answers(euros)]))


def test_a_search_elsewhere_is_in_the_total(answers: tuple[Answer, Answer]) -> None:
    here = answers[0]
    receipt = dataclasses.replace(here.receipt, search_host="chroma.example")
    shown = read(totals([with_answers(dataclasses.replace(here, receipt=receipt))]))
    assert "answered here, searched at chroma.example" in shown
    assert "nothing left this machine" not in shown


def test_a_conversation_without_answers_has_no_totals() -> None:
    assert totals([]) == ""
    assert totals([with_answers()]) == ""


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0, "0%"),
        (0.0004, "under 0.1%"),
        (0.0025, "0.2%"),
        (0.0625, "6.2%"),
        (0.5, "50%"),
        (1, "100%"),
    ],
)
def test_a_share_keeps_a_decimal_where_it_is_small(share: float, words: str) -> None:
    assert figures.share(share) == words


def test_what_was_never_sent_has_no_unknown_tokens(remote: Receipt) -> None:
    unknown = dataclasses.replace(remote, usage=Usage())
    assert "unknown in, unknown out" in details(unknown)
    never = dataclasses.replace(unknown, bytes_sent=0, passages_sent=())
    assert "unknown in" not in details(never)
