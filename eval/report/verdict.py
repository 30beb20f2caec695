"""The verdict: what a teacher can read out, and what has to be said with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from assistant.backends.base import StopReason
from eval.metrics.base import Metric
from eval.report import words
from eval.report.model import Difference, Failure, Figure, ModeResult
from eval.runs.records import RunPlan

FEW_QUESTIONS: Final = 30
MANY_FAILED: Final = 0.02
_HEADLINES: Final = {
    "fact_recall": "held {} of the expected facts",
    "correct": "answered {} correctly",
}
_MANY_BACKENDS: Final = 3
_BETTER: Final = frozenset({"first", "second"})


@dataclass(frozen=True, slots=True)
class Shown:
    """What the verdict is made of; the fields are those of a report.

    Attributes:
        plan, answered, wanted, metrics, totals, failures: as in ``Report``.
        mode: the first mode.
    """

    plan: RunPlan
    answered: int
    wanted: int
    metrics: Sequence[Metric]
    mode: ModeResult
    totals: dict[str, dict[str, Figure]]
    failures: Sequence[Failure]

    def label(self, backend: str) -> str:
        """A backend's name."""
        label = next(c.entry.label for c in self.plan.contestants if c.entry.id == backend)
        return words.short(label)


def write_verdict(shown: Shown) -> tuple[str, ...]:
    """Two plain sentences, then what has to be said with them."""
    headline = _headline(shown)
    if headline is None:
        return ("No answer of this run could be scored yet.", *write_cautions(shown))
    return (
        _quality(shown, headline),
        _price_and_pace(shown),
        *_elsewhere(shown, headline),
        *write_cautions(shown),
    )


def _headline(shown: Shown) -> Metric | None:
    """The first measure of quality that has a figure."""
    known = {metric.id: metric for metric in shown.metrics}
    wanted = [known[id_] for id_ in _HEADLINES if id_ in known]
    announced = [metric for metric in shown.metrics if metric.announced]
    for metric in (*wanted, *announced):
        if any(of[metric.id].value is not None for of in shown.mode.figures.values()):
            return metric
    return None


def _quality(shown: Shown, metric: Metric) -> str:
    figures = {
        backend: of[metric.id]
        for backend, of in shown.mode.figures.items()
        if of[metric.id].value is not None
    }
    sign = -1 if metric.better == "lower" else 1
    order = sorted(figures, key=lambda backend: -sign * (figures[backend].value or 0.0))
    number = max(figure.questions for figure in figures.values())
    head = _HEADLINES.get(metric.id, f"reached {{}} in “{metric.label}”")
    told = [
        words.amount(value, metric.unit) for value in (figures[backend].value for backend in order)
    ]
    first = head.format(told[0] if len(order) > 1 else words.figure(figures[order[0]], metric.unit))
    others = [f"{shown.label(b)} {t}" for b, t in zip(order[1:], told[1:], strict=True)]
    held = words.listed([f"{shown.label(order[0])} {first}", *others])
    sentence = f"On {words.count(number, 'question')} {held}"
    return f"{'; '.join([sentence, *_clauses(shown, metric, order)])}."


def _clauses(shown: Shown, metric: Metric, order: Sequence[str]) -> Iterator[str]:
    """How sure the order is: of several backends, those that the leader is ahead of in one."""
    leader, *others = order
    behind: list[str] = []
    for other in others if len(order) >= _MANY_BACKENDS else ():
        found = _between(shown, metric, leader, other)
        if found.told in _BETTER:
            size = words.change(*_from(found, leader), metric.unit)
            behind.append(f"of {shown.label(other)} by {size}")
            others = [one for one in others if one != other]
    if behind:
        ahead = f"{shown.label(leader)} is ahead {words.listed(behind)}"
        yield f"{ahead}, {'each ' if len(behind) > 1 else ''}more than chance would give"
    yield from (_clause(shown, metric, leader, other, len(order)) for other in others)


def _between(shown: Shown, metric: Metric, one: str, other: str) -> Difference:
    return next(
        d for d in shown.mode.differences
        if d.metric == metric.id and {d.first, d.second} == {one, other}
    )  # fmt: skip


def _clause(shown: Shown, metric: Metric, leader: str, other: str, backends: int) -> str:
    found = _between(shown, metric, leader, other)
    between = (
        f" between {shown.label(leader)} and {shown.label(other)}"
        if backends >= _MANY_BACKENDS
        else ""
    )
    delta, low, high = _from(found, leader)
    size = words.change(delta, low, high, metric.unit)
    match found.told:
        case "first" | "second":
            return f"the difference{between} of {size} is more than chance would give"
        case "too few questions":
            return f"{words.count(found.questions, 'question')}{between} are too few to compare"
        case _ if low is not None and high is not None and not low <= 0 <= high:
            family = sum(one.announced for one in shown.metrics)
            return (
                f"no difference{between} was shown: with {family} measures tested together, one "
                f"of {size} can come by chance"
            )
    if found.ties == found.questions:
        return f"no difference{between} was shown: not one question went differently"
    could = (
        f"; this run could have shown one of {words.difference(found.detectable, metric.unit)} "
        "or more"
        if found.detectable and (metric.unit != "share" or found.detectable <= 1)
        else ""
    )
    return f"no difference{between} was shown{could}"


def _from(found: Difference, leader: str) -> tuple[float, float | None, float | None]:
    """The difference as the leader sees it, so that it is seldom below 0."""
    delta = found.delta or 0.0
    if found.low is None or found.high is None:
        return abs(delta), None, None
    if delta < 0 or (delta == 0 and found.first != leader):
        return -delta, -found.high, -found.low
    return delta, found.low, found.high


def _price_and_pace(shown: Shown) -> str:
    backends = [one.entry.id for one in shown.plan.contestants]
    return f"{'; '.join([*_prices(shown, backends), _pace(shown, backends)])}."


def _prices(shown: Shown, backends: Sequence[str]) -> Iterator[str]:
    """What each costs; those that cost nothing, and those of which it is not known, in one."""
    per_1000 = {b: shown.totals[b]["cost_per_1000"].value for b in backends}
    free = [shown.label(b) for b in backends if per_1000[b] == 0]
    unknown = [shown.label(b) for b in backends if per_1000[b] is None]
    stand_ins = {c.entry.id for c in shown.plan.contestants if c.stand_in}
    if free:
        yield f"{words.listed(free)} cost{'s' * (len(free) == 1)} nothing but the machine"
    for backend, cost in per_1000.items():
        if cost:
            note = ", at an invented price" if backend in stand_ins else ""
            price = f"{words.money(cost)} for 1,000 questions{note}"
            yield f"{shown.label(backend)} costs {price}"
    if unknown:
        what = "What" if len(unknown) == len(backends) else "what"
        costs = "costs" if len(unknown) == 1 else "cost"
        yield f"{what} {words.listed(unknown)} {costs} is not known"


def _pace(shown: Shown, backends: Sequence[str]) -> str:
    found = {b: shown.totals[b]["first_token_p50"] for b in backends}
    order = sorted(
        (b for b in backends if found[b].value is not None), key=lambda b: found[b].value or 0.0
    )
    if not order:
        return "how soon an answer begins is not known"
    times = [f"{shown.label(b)} after {words.seconds(found[b].value or 0.0)}" for b in order]
    if len(order) > 1 and _is_sooner(found[order[0]], found[order[1]]):
        soonest = f"{shown.label(order[0])} begins to answer first"
        after = words.seconds(found[order[0]].value or 0.0)
        return f"{soonest}, after {after}, then {words.listed(times[1:])} (medians)"
    return f"answers begin: {words.listed(times)} ({'medians' if len(order) > 1 else 'median'})"


def _is_sooner(one: Figure, other: Figure) -> bool:
    """Whether the medians' intervals do not touch."""
    return one.high is not None and other.low is not None and one.high < other.low


def _elsewhere(shown: Shown, headline: Metric) -> Iterator[str]:
    """Announced measures that tell something which the first sentence does not."""
    known = {metric.id: metric for metric in shown.metrics if metric.announced}
    heads = {
        (d.first, d.second): d.told
        for d in shown.mode.differences
        if d.metric == headline.id
    }  # fmt: skip
    ahead: dict[tuple[str, str], list[str]] = {}
    for found in shown.mode.differences:
        pair = (found.first, found.second)
        if found.metric not in known or found.told not in _BETTER:
            continue
        if found.told == heads[pair]:
            continue
        winner, loser = pair if found.told == "first" else pair[::-1]
        metric = known[found.metric]
        delta, low, high = _from(found, winner)
        size = f"{words.difference(delta, metric.unit)}, {words.span(low, high, metric.unit)}"
        ahead.setdefault((winner, loser), []).append(f"“{metric.label}” ({size})")
    for (winner, loser), labels in ahead.items():
        than = f" than {shown.label(loser)}"
        yield f"{shown.label(winner)} does better{than} in {words.listed(labels)}."


def write_cautions(shown: Shown) -> Iterator[str]:
    """What has to be said with a verdict: who stood in, what is missing, what is too few."""
    stand_ins = [words.short(one.entry.label) for one in shown.plan.contestants if one.stand_in]
    if stand_ins:
        yield (
            f"{words.listed(stand_ins)} is a server on this machine that stood in for a vendor: "
            "its figures say nothing about any vendor’s model."
        )
    if shown.answered < shown.wanted:
        yield (
            f"The run is not whole: {shown.answered:,} of {words.count(shown.wanted, 'answer')} "
            "are there, and the figures may still change."
        )
    asked = sum(
        any(side.answers for side in question.sides.values()) for question in shown.mode.questions
    )
    if 0 < asked < FEW_QUESTIONS:
        yield f"{words.count(asked, 'question')} are few: only large differences can be shown."
    yield from _failed(shown)
    yield from _cut_off(shown)
    if differing := _differing_prompts(shown.mode):
        yield (
            f"On {words.count(differing, 'question')} the backends did not get the same prompt, so "
            "that part of a difference may be the prompt’s."
        )


def _failed(shown: Shown) -> Iterator[str]:
    for one in shown.plan.contestants:
        failed = sum(failure.backend == one.entry.id for failure in shown.failures)
        given = shown.totals[one.entry.id]["cost_at_least"].questions
        if given and failed / given >= MANY_FAILED:
            yield (
                f"{failed:,} of {words.count(given, 'answer')} of {shown.label(one.entry.id)} did "
                "not come to their end; none of them is left out."
            )


def _cut_off(shown: Shown) -> Iterator[str]:
    """Answers that reached the limit of their length: the backend had done, a reader has not."""
    for one in shown.plan.contestants:
        sides = [question.sides[one.entry.id] for question in shown.mode.questions]
        answers = [answer for side in sides for answer in side.answers]
        cut = sum(answer.receipt.stop_reason is StopReason.LENGTH for answer in answers)
        if answers and cut / len(answers) >= MANY_FAILED:
            yield (
                f"{cut:,} of {words.count(len(answers), 'answer')} of {shown.label(one.entry.id)} "
                "reached the limit of their length and were cut off there."
            )


def _differing_prompts(mode: ModeResult) -> int:
    """How many questions were not put to all language models in the same words."""
    return sum(
        len(
            {
                answer.receipt.prompt_hash
                for side in question.sides.values()
                for answer in side.answers
                if answer.receipt.prompt_hash
            }
        )
        > 1
        for question in mode.questions
    )
