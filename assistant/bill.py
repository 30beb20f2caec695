"""What a conversation cost, and what the same one would have cost elsewhere. Pure figures.

An unknown part never counts as nothing: a sum that misses one says "at least", and a sum that
knows no part is unknown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from assistant.backends.base import Usage
from assistant.backends.catalogue import KINDS, BackendEntry, Kind
from assistant.money import cost_of
from assistant.turns import Answer, Money, Turn, side_of

# Measured over 22 prompts of this program, about 5,250 bytes each, with five published
# vocabularies (two of OpenAI's, Llama 3's, Mistral 7B's, an older one of Anthropic's): the medians
# lie between 1,425 and 1,680 tokens, and no two counts of one prompt were further apart than 22 %.
TYPICAL_INPUT_TOKENS = 1_450
TOKENIZER_SPREAD = 0.2
# The prompt asks for at most six plain sentences; the built-in reader's answers to the same 22
# questions have 97 tokens, and language models say more.
TYPICAL_OUTPUT_TOKENS = 150
# The built-in reader counts the passages alone; the same 22 prompts have 1.36 times as many.
PROMPT_OVER_READER = 1.36
EXAMPLE_QUESTIONS = 10


@dataclass(frozen=True, slots=True)
class Tally:
    """A sum of which some parts may be unknown.

    Attributes:
        value: of the known parts.
        known: how many parts are known.
        unknown: how many are not.
    """

    value: float = 0.0
    known: int = 0
    unknown: int = 0

    def plus(self, part: float | None) -> "Tally":
        """The sum with one part more."""
        if part is None:
            return replace(self, unknown=self.unknown + 1)
        return replace(self, value=self.value + part, known=self.known + 1)


@dataclass(frozen=True, slots=True)
class Total:
    """What a side or a backend took; every version of an answer counts, for all were paid.

    Attributes:
        label: of the side or the backend.
        kind: open or proprietary.
        answers: how many there are.
        not_local: how many of an open side's answers came from elsewhere.
        input_tokens, output_tokens: as counted.
        money: currency and sum of the known costs, one pair a currency.
        unpriced: answers of unknown cost.
        energy_wh: of the answers that were made on this machine; an estimate.
        bytes_out: what left this machine.
        time_s: time that was waited for answers.
        local_s: the part of it in which this machine worked.
        search_hosts: where questions' vectors went for the search; its bytes are not counted.
    """

    label: str
    kind: Kind
    answers: int
    not_local: int
    input_tokens: Tally
    output_tokens: Tally
    money: tuple[tuple[str, float], ...]
    unpriced: int
    energy_wh: Tally
    bytes_out: int
    time_s: float
    local_s: float
    search_hosts: tuple[str, ...]


def side_totals(turns: Iterable[Turn]) -> tuple[Total, ...]:
    """The running total of each side that answered, the open one first."""
    answers = [answer for turn in turns for answer in turn.answers]
    sides = ((kind, [a for a in answers if side_of(a.kind) == kind]) for kind in KINDS)
    return tuple(_total(kind, of_side) for kind, of_side in sides if of_side)


def backend_totals(turns: Iterable[Turn]) -> tuple[Total, ...]:
    """The total of each backend that answered, in the order in which they first did."""
    by_backend: dict[str, list[Answer]] = {}
    for answer in (answer for turn in turns for answer in turn.answers):
        by_backend.setdefault(answer.backend, []).append(answer)
    return tuple(_total(of_one[0].label, of_one) for of_one in by_backend.values())


def _total(label: str, answers: Sequence[Answer]) -> Total:
    kind = side_of(answers[0].kind)
    receipts = [answer.receipt for answer in answers]
    money: dict[str, float] = {}
    for receipt in receipts:
        if receipt.money.amount is not None:
            currency = receipt.money.currency
            money[currency] = money.get(currency, 0.0) + receipt.money.amount
    return Total(
        label=label,
        kind=kind,
        answers=len(answers),
        not_local=sum(kind == "open" and bool(r.bytes_sent) and not r.stayed_local
                      for r in receipts),
        input_tokens=_tally(r.usage.input_tokens for r in receipts),
        output_tokens=_tally(r.usage.output_tokens for r in receipts),
        money=tuple(sorted(money.items())),
        unpriced=sum(r.money.amount is None for r in receipts),
        energy_wh=_tally(r.energy_wh for r in receipts if r.stayed_local),
        bytes_out=sum(r.bytes_sent for r in receipts if not r.stayed_local),
        time_s=sum(r.total_s for r in receipts),
        local_s=sum(r.total_s for r in receipts if r.stayed_local),
        search_hosts=tuple(sorted({r.search_host for r in receipts if r.search_host})),
    )  # fmt: skip


def _tally(parts: Iterable[float | None]) -> Tally:
    tally = Tally()
    for part in parts:
        tally = tally.plus(part)
    return tally


@dataclass(frozen=True, slots=True)
class Counted:
    """One question of a conversation, as far as its tokens are known.

    Attributes:
        by_backend: the usage and cost of each backend that answered it, its latest version.
        stand_in: the usage that is taken for a backend that did not, or None.
        scaled: whether the stand-in is the built-in reader's count, scaled to a prompt.
    """

    by_backend: dict[str, tuple[Usage, Money]]
    stand_in: Usage | None
    scaled: bool = False


@dataclass(frozen=True, slots=True)
class BillRow:
    """The same conversation at one backend.

    Attributes:
        entry: the backend.
        money: the whole conversation; the amount is None when nothing of it is known.
        at_least: whether a question is missing in the amount.
        answered: questions that this backend did answer, so that their cost is exact.
        most: the amount if it spent its whole allowance of hidden reasoning on each question it
            did not answer here, or None when it has none or the price is not known.
    """

    entry: BackendEntry
    money: Money
    at_least: bool
    answered: int
    most: float | None


def count_turns(turns: Sequence[Turn], entries: Sequence[BackendEntry]) -> tuple[Counted, ...]:
    """The tokens of each question, by backend and as a stand-in for all others.

    The stand-in is what a language model counted, the latest if there were several; where the
    built-in reader alone answered, its count is scaled to the prompt that a model would read.
    """
    readers = {entry.id for entry in entries if entry.adapter == "reader"}
    return tuple(_count(turn, readers) for turn in turns)


def _count(turn: Turn, readers: set[str]) -> Counted:
    by_backend = {a.backend: (a.receipt.usage, a.receipt.money) for a in turn.answers}
    stand_in, of_model = None, False
    for answer in turn.answers:
        usage, is_model = answer.receipt.usage, answer.backend not in readers
        if usage.input_tokens is None or usage.output_tokens is None or (of_model and not is_model):
            continue
        scale = 1.0 if is_model else PROMPT_OVER_READER
        # What one provider had in its cache another has not.
        stand_in = Usage(round(usage.input_tokens * scale), usage.output_tokens)
        of_model = is_model
    return Counted(by_backend, stand_in, scaled=stand_in is not None and not of_model)


def example_questions(number: int = EXAMPLE_QUESTIONS) -> tuple[Counted, ...]:
    """Typical questions, for a page that has no conversation yet."""
    return (Counted({}, Usage(TYPICAL_INPUT_TOKENS, TYPICAL_OUTPUT_TOKENS)),) * number


def price_questions(
    questions: Sequence[Counted], entries: Sequence[BackendEntry]
) -> tuple[BillRow, ...]:
    """The questions at every backend that bills by the token, the cheapest first.

    A question that a backend answered costs what it did cost; the others are priced by the
    stand-in's tokens. Unknown prices come last. Backends on the user's own machine, which bill
    nothing by the token, are left out: what they cost is electricity.
    """
    billed = [entry for entry in entries if entry.price is not None or entry.kind != "open"]
    rows = [_row(entry, questions) for entry in billed]
    return tuple(
        sorted(rows, key=lambda r: (r.money.amount is None, r.money.currency, r.money.amount or 0))
    )


def _row(entry: BackendEntry, questions: Sequence[Counted]) -> BillRow:
    costs: list[Money] = []
    most: list[float | None] = []
    notes: list[str] = []
    answered = 0
    for question in questions:
        own = question.by_backend.get(entry.id)
        if own is not None and own[1].amount is not None:
            answered += 1
            costs.append(own[1])
            most.append(own[1].amount)
        else:
            usage = question.stand_in or Usage()
            costs.append(cost_of(usage, entry, local=False))
            notes.append(costs[-1].note)
            most.append(_most(usage, entry))
    known = [cost.amount for cost in costs if cost.amount is not None]
    price = entry.price
    note = next(filter(None, notes), "")
    money = Money(
        amount=sum(known) if known else None,
        currency=price.currency if price else "USD",
        price_date=price.date if price else None,
        price_source=price.source if price else "",
        note=note,
    )
    reasons = entry.thinking_tokens > 0 and len(known) == len(costs) and bool(known)
    most_known = [part for part in most if part is not None]
    at_least = 0 < len(known) < len(costs)
    return BillRow(entry, money, at_least, answered, sum(most_known) if reasons else None)


def _most(usage: Usage, entry: BackendEntry) -> float | None:
    if usage.output_tokens is None:
        return None
    thinking = replace(usage, output_tokens=usage.output_tokens + entry.thinking_tokens)
    return cost_of(thinking, entry, local=False).amount
