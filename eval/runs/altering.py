"""Evidence in which one expected figure or name is changed throughout.

What is changed is a fact of the question: a company, a licence, the month of a date, or a figure in
whatever way it is written (``46.7B``, ``46.7 billion``). A figure keeps its number of digits and
its unit; a name becomes another of its sort. Nothing is changed to what the passages say elsewhere
or to what the question set expects or forbids, and a change that leaves the fact standing anywhere
is not made.
"""

import random
from collections.abc import Iterator
from dataclasses import replace

from assistant.evidence import Dispute, Evidence
from corpus.documents import Span
from eval.cases import Case
from eval.runs.changes import Change, figure_changes, name_changes
from eval.runs.records import Alteration
from eval.variants import holds, is_pattern, pattern_of
from index.passages import Passage


def alter(
    evidence: Evidence, case: Case, draw: random.Random
) -> tuple[Evidence, tuple[Alteration, ...]] | None:
    """Change the first fact of a case that can be changed, wherever the evidence states it.

    Args:
        evidence: passages that hold the facts.
        case: the question.
        draw: chooses what is put in place.

    Returns:
        The changed evidence and what was changed, once for each way of writing it, those that the
        case accepts among them; None when no fact can be changed so that nothing of it is left.
    """
    shown = "\n".join(_texts(evidence)).replace("\n", " ")
    asked = " ".join([evidence.question, evidence.standalone_question])
    for variants in case.facts:
        for change in _changes(variants, shown, draw):
            changed = change.apply(shown)
            plain = " / ".join(variant for variant in variants if not is_pattern(variant))
            made = tuple(dict.fromkeys([*change.made_in(shown), *change.made_in(plain)]))
            if (
                changed != shown
                and not holds(changed, variants)
                and not any(change.made_in(asked))
                and not any(_is_known(case, alteration.false) for alteration in made)
            ):
                return _altered(evidence, change), made
    return None


def _changes(variants: tuple[str, ...], shown: str, draw: random.Random) -> Iterator[Change]:
    for variant in variants:
        stated = pattern_of(variant).search(shown)
        if stated is not None:
            yield from name_changes(_with_neighbours(stated.span(), shown), shown, draw)
            yield from figure_changes(stated, draw)


def _with_neighbours(span: tuple[int, int], shown: str) -> str:
    # A month is known by the year behind it, which a fact may leave out.
    return shown[span[0] : span[1] + len(", 2024")]


def _is_known(case: Case, text: str) -> bool:
    return any(case.facts_found(text)) or any(case.forbidden_found(text))


def _texts(evidence: Evidence) -> Iterator[str]:
    """All that a model is shown but the question."""
    for passage in evidence.passages:
        yield from (passage.title, *passage.heading_path, passage.lead, passage.text)
    for dispute in evidence.disputes:
        yield from (dispute.claim.lesson_says, dispute.claim.vendor_says)
        yield dispute.claim.source_title


def _altered(evidence: Evidence, change: Change) -> Evidence:
    return replace(
        evidence,
        passages=tuple(_altered_passage(passage, change) for passage in evidence.passages),
        disputes=tuple(_altered_dispute(dispute, change) for dispute in evidence.disputes),
    )


def _altered_passage(passage: Passage, change: Change) -> Passage:
    text, lead = change.apply(passage.text), change.apply(passage.lead)
    title = change.apply(passage.title)
    path = tuple(change.apply(heading) for heading in passage.heading_path)
    if (text, lead, title, path) == (
        passage.text, passage.lead, passage.title, passage.heading_path
    ):  # fmt: skip
        return passage
    end = passage.start + len(text)
    return replace(
        passage,
        title=title,
        heading_path=path,
        text=text,
        lead=lead,
        end=end,
        match=Span(min(passage.match.start, end), min(passage.match.end, end)),
        # Nobody would find there what stands here now.
        url=None,
    )


def _altered_dispute(dispute: Dispute, change: Change) -> Dispute:
    claim = dispute.claim
    return Dispute(
        replace(
            claim,
            lesson_says=change.apply(claim.lesson_says),
            vendor_says=change.apply(claim.vendor_says),
            source_title=change.apply(claim.source_title),
        ),
        dispute.passage,
    )
