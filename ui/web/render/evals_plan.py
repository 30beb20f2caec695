"""What a run would take, and what has to be agreed to before it is begun."""

from collections.abc import Sequence

from assistant.markup.elements import SafeHtml, element, icon, join
from assistant.markup.figures import number_of
from assistant.markup.tables import table
from eval.report.words import listed, short
from eval.runs.estimate import Estimate, SideEstimate
from eval.runs.preparing import Prepared, away_of
from eval.runs.records import Contestant, RunPlan
from ui.web.render.evals import cost, whole_seconds


def preparing(done: int, total: int) -> SafeHtml:
    """How far the evidence is."""
    words = f"Gathering the evidence: {done:,} of {number_of(total, 'question')}" if total else (
        "Opening the index"
    )  # fmt: skip
    bar = element("progress", value=done, max=max(total, 1), aria_label="Evidence")
    return element("div", bar, element("p", words, class_="quiet"), class_="eval-preparing")


def estimate_panel(prepared: Prepared) -> SafeHtml:
    """What a run will take: time and money of each backend, and where data goes."""
    plan, guess = prepared.plan, prepared.estimate
    rows = [_row(side, one) for side, one in zip(guess.sides, plan.contestants, strict=True)]
    head = ("Backend", "Questions", "Expected cost", "At most", "Time, one after the other")
    return element(
        "section",
        element("h3", "What it takes"),
        element("p", _summary(plan, guess), class_="eval-sum"),
        table("What each backend takes", head, rows),
        *(element("p", words, class_="quiet") for words in _remarks(prepared)),
        class_="eval-estimate",
    )


def _summary(plan: RunPlan, guess: Estimate) -> SafeHtml:
    asked = number_of(len(plan.cases), "question")
    if len(plan.modes) > 1:
        asked += f" with {len(plan.modes)} kinds of evidence"
    if plan.repeats > 1:
        asked += f", each {plan.repeats} times"
    answers = sum(side.questions for side in guess.sides)
    known = guess.seconds is not None
    time = f"about {whole_seconds(guess.seconds)}" if known else "a time that no run has shown yet"
    money = cost(guess.cost_usual)
    most = cost(guess.cost_most)
    if all(one.stand_in or side.cost_most == 0 for side, one in _both(plan, guess)):
        paid = "nothing"
    elif guess.cost_most is None:
        paid = "a sum that is not known"
    elif plan.max_cost is not None and (guess.cost_most or 0) > plan.max_cost:
        paid = f"{money}, at most {most}, and never more than {cost(plan.max_cost)}"
    else:
        paid = f"{money}, at most {most}"
    return join(
        [
            f"{asked}: {number_of(answers, 'answer')} in all. It takes ",
            element("strong", time),
            " and costs ",
            element("strong", paid),
            ".",
        ]
    )


def _both(plan: RunPlan, guess: Estimate) -> list[tuple[SideEstimate, Contestant]]:
    return list(zip(guess.sides, plan.contestants, strict=True))


def _row(side: SideEstimate, contestant: Contestant) -> tuple[str | SafeHtml, ...]:
    kind = contestant.entry.kind
    if side.cost_most == 0:
        usual, most = "nothing", "nothing"
    elif side.cost_most is None:
        usual, most = f"unknown: {side.note}", "unknown"
    else:
        usual, most = cost(side.cost_usual), cost(side.cost_most)
    if contestant.stand_in:
        usual, most = f"{usual} (invented)", f"{most} (invented)"
    return (
        element("span", icon(f"kind-{kind}"), short(side.label), class_=f"kind kind-{kind}"),
        f"{side.questions:,}",
        usual,
        most,
        whole_seconds(side.seconds) if side.seconds is not None else "not known yet",
    )


def _remarks(prepared: Prepared) -> list[str]:
    plan, guess = prepared.plan, prepared.estimate
    said = [
        f"{number_of(count, 'question')} left out: {why}." for why, count in guess.left_out.items()
    ]
    said += [f"{short(c.entry.label)}: {c.entry.about}" for c in plan.contestants if c.stand_in]
    if any(side.seconds is None for side in guess.sides):
        said.append(
            "How long a backend takes is known once it has been asked in a run; the progress bar "
            "says it after the first answers."
        )
    if prepared.search_host:
        said.append(f"For the search, the questions went as vectors to {prepared.search_host}.")
    return said


def consent(prepared: Prepared) -> str:
    """What has to be agreed to before a run begins; empty when it costs and sends nothing."""
    most = _most(prepared)
    return _agreement(
        prepared.away,
        [side.label for side in prepared.paid],
        limit="a sum that is not known" if most is None else f"at most {cost(most)}",
        ceiling=prepared.plan.max_cost,
    )


def consent_to_go_on(plan: RunPlan, missing: int) -> str:
    """What has to be agreed to before a run goes on; empty when it costs and sends nothing."""
    away = away_of(plan)
    limit = "money" if plan.max_cost is not None else "money without a ceiling"
    labels = [one.entry.label for one in away]
    words = _agreement(away, labels, limit=limit, ceiling=plan.max_cost)
    return words and f"{number_of(missing, 'answer')} missing. {words}"


def _most(prepared: Prepared) -> float | None:
    total = 0.0
    for side in prepared.paid:
        if side.cost_most is None:
            return None
        total += side.cost_most
    return total


def _agreement(
    away: Sequence[Contestant], paid: Sequence[str], *, limit: str, ceiling: float | None
) -> str:
    said = []
    if away:
        hosts = listed(sorted({one.destination for one in away}))
        said.append(f"questions and passages are sent to {hosts}")
    if paid:
        names = listed(list(map(short, paid)))
        never = "" if ceiling is None else f", never more than {cost(ceiling)}"
        said.append(f"{names} may cost {limit}{never}")
    return f"I agree that {' and that '.join(said)}." if said else ""
