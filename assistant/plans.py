"""What each of the backends that answer the same question is sent.

Language models that are compared get one prompt, so that the difference is the models' own. The
built-in reader reads the evidence, and the small packaged model gets its own prompt only where it
is compared with no other.
"""

from collections.abc import Callable, Sequence

from assistant.backends.catalogue import BackendEntry
from assistant.backends.errors import ContextOverflow
from assistant.backends.gguf import runs_packaged_model
from assistant.evidence import Evidence
from assistant.prompt import PromptPlan, plan_prompt, plan_reading
from assistant.small_prompt import plan_small_prompt
from assistant.turns import Exchange
from index.embedder import Embedder


def plan_sides(
    evidence: Evidence,
    history: Sequence[Exchange],
    entries: Sequence[BackendEntry],
    embedder: Callable[[], Embedder],
    beside: Sequence[BackendEntry] = (),
) -> tuple[PromptPlan | ContextOverflow, ...]:
    """One plan a side, in the order of ``entries``; an error for a side that nothing fits into.

    A side that not even the shortest prompt fits into is left out, and the others get what fits
    them.

    Args:
        evidence: the same for all sides.
        history: earlier turns, the same for all sides.
        entries: the backends that are asked.
        embedder: gives the embedder, for the small packaged model's prompt.
        beside: backends that are not asked now, and whose answer the new one stands beside.
    """
    models = [entry for entry in (*entries, *beside) if entry.adapter != "reader"]
    small = bool(models) and all(runs_packaged_model(entry) for entry in models)
    fitting, overflows = ([], {}) if small else _without_overflowing(evidence, models)
    plans: list[PromptPlan | ContextOverflow] = []
    for entry in entries:
        if entry.adapter == "reader":
            plans.append(plan_reading(evidence, entry))
        elif small:
            plans.append(plan_small_prompt(evidence, history, entry, embedder()))
        elif entry.id in overflows:
            plans.append(overflows[entry.id])
        else:
            others = [model for model in fitting if model.id != entry.id]
            plans.append(plan_prompt(evidence, history, entry, others))
    return tuple(plans)


def _without_overflowing(
    evidence: Evidence, models: Sequence[BackendEntry]
) -> tuple[list[BackendEntry], dict[str, ContextOverflow]]:
    """The models that at least the question and one passage fit into, and why the others fail."""
    fitting: list[BackendEntry] = []
    overflows: dict[str, ContextOverflow] = {}
    for model in models:
        try:
            plan_prompt(evidence, (), model)
        except ContextOverflow as exc:
            overflows[model.id] = exc
        else:
            fitting.append(model)
    return fitting, overflows
