"""A run without its times and names, so that two of them can be held side by side."""

from dataclasses import asdict, replace
from typing import Any

from eval.runs.folder import RunFolder
from eval.runs.records import Row, RunPlan

_TIMES = ("retrieval_s", "first_token_s", "load_s", "total_s", "energy_wh")


def comparable(folder: RunFolder) -> dict[str, Any]:
    """Everything of a run but its id, its times and the ports that it found free.

    Two runs of the same plan over the same index, with backends that answer the same each time,
    are equal in it.

    Raises:
        RunDamaged: a file of the run cannot be read.
    """
    return {
        "plan": _plan(folder.plan),
        "evidence": [
            asdict(replace(one, evidence=one.evidence and replace(one.evidence, retrieval_s=0.0)))
            for one in folder.frozen().values()
        ],
        "rows": [_row(row) for row in folder.rows()],
    }


def prompts_that_differ(folder: RunFolder) -> tuple[str, ...]:
    """The ids of questions whose language models were not all sent the same prompt.

    The built-in reader is sent none, and neither is one whose question nothing fitted.

    Raises:
        RunDamaged: a file of the run cannot be read.
    """
    hashes: dict[tuple[str, str], set[str]] = {}
    for row in folder.rows():
        if sent := row.answer.receipt.prompt_hash:
            hashes.setdefault((row.key.case, row.key.mode), set()).add(sent)
    return tuple(sorted({case for (case, _), found in hashes.items() if len(found) > 1}))


def _plan(plan: RunPlan) -> dict[str, Any]:
    fields = plan.model_dump(mode="json", exclude={"id", "created_at"})
    for contestant in fields["contestants"]:
        contestant["destination"] = _host(contestant["destination"])
    return fields


def _row(row: Row) -> dict[str, Any]:
    fields = asdict(replace(row, asked_at="", answer=replace(row.answer, error=None)))
    error, receipt = row.answer.error, fields["answer"]["receipt"]
    fields["answer"]["error"] = error and [error.what, error.cure]
    for name in _TIMES:
        receipt[name] = receipt[name] is not None
    receipt["usage"]["load_s"] = None
    receipt["destination"] = _host(receipt["destination"])
    return fields


def _host(destination: str) -> str:
    host, colon, port = destination.rpartition(":")
    return host if colon and port.isdigit() else destination
