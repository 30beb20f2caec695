"""What kept scores follow from: all that works them out, and nothing that only shows them."""

import ast
from collections.abc import Iterator
from pathlib import Path

from eval.report.cache import rule_files

ROOT = Path(__file__).parents[2]
BEGINNINGS = (
    *sorted(ROOT.glob("eval/metrics/*.py")), *sorted(ROOT.glob("eval/statistics/*.py")),
    *(ROOT / "eval/report" / name for name in ("cache.py", "figures.py", "scoring.py")),
    ROOT / "eval/report/totals.py",
)  # fmt: skip
SHAPES = {
    "eval/runs/records.py", "eval/report/model.py", "eval/retrieval/questions.py",
    "assistant/backends/base.py", "assistant/backends/catalogue.py",
    "corpus/claims.py", "corpus/disk.py", "corpus/errors.py", "corpus/toml.py",
}  # fmt: skip
"""Shapes of what is scored, which stand in an entry's own hash, and how files are read."""


def test_every_module_that_a_score_leans_on_is_among_the_rules() -> None:
    ruled = names_of_rules()
    wanted: set[str] = set()
    waiting = [name(file) for file in BEGINNINGS]
    while waiting:
        module = waiting.pop()
        if module in wanted or module in SHAPES or module == "eval/metrics/__main__.py":
            continue
        wanted.add(module)
        waiting += imported(ROOT / module)
    assert len(wanted) > len(BEGINNINGS)
    assert wanted - ruled == set()


def test_a_change_of_the_page_throws_no_kept_score_away() -> None:
    shown = ("assistant/markup/", "assistant/conversations/", "eval/report/html/", "ui/")
    assert [one for one in names_of_rules() if one.startswith(shown)] == []


def names_of_rules() -> set[str]:
    return {name(Path(str(file))) for file in rule_files()}


def name(file: Path) -> str:
    return file.resolve().relative_to(ROOT).as_posix()


def imported(file: Path) -> Iterator[str]:
    """The project's modules that a module imports, as paths."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(node, ast.ImportFrom) or not node.module:
            continue
        for module in (node.module, *(f"{node.module}.{one.name}" for one in node.names)):
            found = Path(*module.split(".")).with_suffix(".py")
            if found.parts[0] in {"eval", "assistant", "index", "corpus"} and (
                (ROOT / found).is_file()
            ):
                yield found.as_posix()
