"""A report, a comparison, a gate's finding or a card as plain values for JSON."""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import asdict
from typing import Any, Final

from assistant.records import error_record
from assistant.turns import Answer
from eval.metrics.base import Metric
from eval.report.card import Card
from eval.report.compare import Comparison
from eval.report.gate_result import GateResult
from eval.report.judged import judged_record
from eval.report.model import Difference, ModeResult, QuestionResult, Report
from eval.runs.records import Contestant

FORM: Final = 1
_TIMED_UNITS: Final = frozenset({"s", "tokens/s", "Wh"})
_TIMED_TOTALS: Final = (
    "seconds", "energy_wh", "first_token_p50", "first_token_p95", "total_p50", "total_p95",
)  # fmt: skip
_TIMED_OF_ANSWER: Final = ("first_token_s", "total_s", "energy_wh")


def to_record(report: Report) -> dict[str, Any]:
    """The report as plain values with keys that stay; None is unknown."""
    plan = report.plan
    return {
        "form": FORM,
        "run": plan.id,
        "created_at": plan.created_at,
        "verdict": list(report.verdict),
        "cautions": list(report.cautions),
        "answered": report.answered,
        "wanted": report.wanted,
        "lost": report.lost,
        "plan": {
            "cases": plan.cases_name,
            "cases_hash": plan.cases_hash,
            "questions": len(plan.cases),
            "modes": list(plan.modes),
            "repeats": plan.repeats,
            "seed": plan.seed,
            "passages": plan.passages,
            "max_cost": plan.max_cost,
            "index": dict(plan.index),
            "versions": dict(plan.versions),
            "machine": plan.machine,
        },
        "contestants": [_contestant(one) for one in plan.contestants],
        "metrics": [_metric(one) for one in report.metrics],
        "totals": {
            backend: {name: asdict(figure) for name, figure in of.items()}
            for backend, of in report.totals.items()
        },
        "modes": [_mode(report, one) for one in report.modes],
        "failures": [asdict(one) for one in report.failures],
        "judged": [judged_record(one) for one in report.judged],
    }


def without_times(record: dict[str, Any]) -> dict[str, Any]:
    """A copy of ``to_record``'s value without the run's name and without what was measured in time.

    Two identical runs are equal in it.
    """
    kept = deepcopy(record)
    timed = {one["id"] for one in kept["metrics"] if one["unit"] in _TIMED_UNITS}
    for name in ("run", "created_at", "verdict", "cautions"):
        del kept[name]
    for totals in kept["totals"].values():
        _drop(totals, _TIMED_TOTALS)
    for mode in kept["modes"]:
        mode["differences"] = [one for one in mode["differences"] if one["metric"] not in timed]
        tables = [
            of for table in (mode["figures"], *mode["slices"].values()) for of in table.values()
        ]
        sides = [side for question in mode["questions"] for side in question["sides"].values()]
        tables += [table for side in sides for table in (side["scores"], side["unscored"])]
        for table in tables:
            _drop(table, timed)
        for side in sides:
            for answer in side["answers"]:
                _drop(answer, _TIMED_OF_ANSWER)
    return kept


def _drop(table: dict[str, Any], names: Iterable[str]) -> None:
    for name in names:
        table.pop(name, None)


def comparison_record(found: Comparison) -> dict[str, Any]:
    """A comparison as plain values."""
    return {
        "before": found.before,
        "after": found.after,
        "warnings": list(found.warnings),
        "only_before": list(found.only_before),
        "only_after": list(found.only_after),
        "changes": [
            {
                "backend": one.backend,
                "mode": one.mode,
                "differences": [_difference(d) for d in one.differences],
                "metric": one.metric,
                "better": [asdict(moved) for moved in one.better],
                "worse": [asdict(moved) for moved in one.worse],
            }
            for one in found.changes
        ],
    }


def gate_record(found: GateResult) -> dict[str, Any]:
    """A gate's finding as plain values."""
    return asdict(found)


def card_record(found: Card) -> dict[str, Any]:
    """A decision card as plain values."""
    return asdict(found)


def _contestant(one: Contestant) -> dict[str, Any]:
    entry = one.entry
    return {
        "id": entry.id,
        "label": entry.label,
        "kind": entry.kind,
        "provider": entry.provider,
        "model": entry.model,
        "licence": entry.licence,
        "destination": one.destination,
        "stand_in": one.stand_in,
        "price": entry.price.model_dump() if entry.price else None,
    }


def _metric(one: Metric) -> dict[str, Any]:
    return {
        "id": one.id,
        "label": one.label,
        "unit": one.unit,
        "better": one.better,
        "binary": one.binary,
        "announced": one.announced,
        "range": one.range,
        "about": one.about,
        "source": one.source,
        "cannot_tell": one.cannot_tell,
    }


def _mode(report: Report, mode: ModeResult) -> dict[str, Any]:
    cases = {case.id: case for case in report.plan.cases}
    return {
        "mode": mode.mode,
        "figures": _figures(mode.figures),
        "slices": {name: _figures(of) for name, of in mode.slices.items()},
        "differences": [_difference(one) for one in mode.differences],
        "questions": [
            {
                "case": one.case,
                "slice": cases[one.case].slice,
                "question": cases[one.case].question,
                **_question(one),
            }
            for one in mode.questions
        ],
    }


def _figures(of: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        backend: {metric: asdict(figure) for metric, figure in table.items()}
        for backend, table in of.items()
    }


def _difference(one: Difference) -> dict[str, Any]:
    return asdict(one)


def _question(one: QuestionResult) -> dict[str, Any]:
    evidence = one.evidence.evidence
    return {
        "cluster": one.cluster,
        "evidence_hash": evidence.hash if evidence else None,
        "why_no_evidence": one.evidence.why_not or None,
        "sides": {
            backend: {
                "answers": [_answer(answer) for answer in side.answers],
                "scores": {id_: score.value for id_, score in side.scores.items()},
                "unscored": {
                    id_: score.reason
                    for id_, score in side.scores.items()
                    if score.value is None and score.applies
                },
            }
            for backend, side in one.sides.items()
        },
    }


def _answer(answer: Answer) -> dict[str, Any]:
    receipt = answer.receipt
    return {
        "status": answer.status.value,
        "text": answer.text,
        "citations": [[one.number, one.valid] for one in answer.citations],
        "verdicts": [one.verdict for one in answer.sentences],
        "model": receipt.model,
        "prompt_hash": receipt.prompt_hash or None,
        "passages_cut": list(receipt.passages_cut),
        "input_tokens": receipt.usage.input_tokens,
        "output_tokens": receipt.usage.output_tokens,
        "cost": receipt.money.amount,
        "currency": receipt.money.currency,
        "first_token_s": receipt.first_token_s,
        "total_s": receipt.total_s,
        "energy_wh": receipt.energy_wh,
        "error": error_record(answer.error),
    }
