"""A small recorded run that can be looked at without making one.

``python -m eval.example [--out docs/example-report] [--home DIR] [--questions N]`` asks the
built-in reader, SmolLM2 and the stand-in for a proprietary API, needs no key, and writes the run
and its report into a folder. Without ``--home`` it makes an index of its own for the time that it
takes.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

from assistant.settings import load_settings, prepare_process
from assistant.wiring import Assistant, open_assistant
from corpus.disk import replace_text
from eval.cases import load_cases
from eval.report.build import build_report
from eval.report.html import to_html
from eval.report.model import Report
from eval.report.to_markdown import to_markdown
from eval.report.words import count
from eval.runs.folder import EVIDENCE, PLAN, ROWS, RunFolder, create_run
from eval.runs.planning import contestant_of, freeze_all, plan_run
from eval.runs.progress import Progress
from eval.runs.runner import run
from eval.stand_in import STAND_IN_ID, stand_in

BACKENDS: Final = ("reader", "smollm2", STAND_IN_ID)
QUESTIONS: Final = 16
_OUT: Final = Path("docs/example-report")
_README: Final = """\
# An example of a run and its report

{sentence}

- [report.html](report.html): the report as it is opened in a browser, one file.
- [report.md](report.md): the same as Markdown.
- `run/`: what was recorded, from which the reports follow:
  `counterpoint eval report docs/example-report/run`.

**What it is not.** {stand_in}

SmolLM2-135M is the smallest open model worth running. It was given the prompt that every model
gets, not its own short one, because it is compared with another model here.

{questions} questions are few: most differences cannot be shown with so many. The machine
({machine}) had much other work to do, so no time in it says how fast a model is.{lost}

Made by the code, from nothing: `python -m eval.example`.
"""
_LOST: Final = (
    " The run was stopped once and resumed; {} that was under way then was asked for again."
)


def main() -> None:
    """Make the example."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=_OUT, help="folder to write into")
    parser.add_argument("--home", type=Path, default=None, help="home folder with an index")
    parser.add_argument("--questions", type=int, default=QUESTIONS)
    arguments = parser.parse_args()
    prepare_process()
    with tempfile.TemporaryDirectory() as fresh:
        folder = record(arguments.home or Path(fresh), arguments.questions)
        write_example(folder, build_report(folder), arguments.out)
    sys.stdout.write(f"{arguments.out}\n")


def record(home: Path, questions: int) -> RunFolder:
    """Ask the three backends a small fair part of the question set.

    Args:
        home: where index and run are kept.
        questions: how many; the slices take turns.
    """
    assistant = open_assistant(load_settings(home, {}))
    with stand_in() as beside:
        return asyncio.run(_ask(beside.beside(assistant), home, questions))


async def _ask(assistant: Assistant, home: Path, questions: int) -> RunFolder:
    contestants = [contestant_of(assistant, backend) for backend in BACKENDS]
    plan = await plan_run(assistant, contestants, cases=load_cases(), limit=questions)
    folder = create_run(home, plan, freeze_all(assistant, plan))
    await run(assistant, folder, asyncio.Event(), _tell)
    return folder


def _tell(progress: Progress) -> None:
    sys.stderr.write(f"\r{progress.done} of {progress.total} answers ")
    sys.stderr.flush()


def write_example(folder: RunFolder, report: Report, out: Path) -> None:
    """Put a run, its report, and what both are, into a folder."""
    kept = out / "run"
    kept.mkdir(parents=True, exist_ok=True)
    for name in (PLAN, EVIDENCE, ROWS):
        shutil.copyfile(folder.path / name, kept / name)
    replace_text(out / "report.html", to_html(report))
    replace_text(out / "report.md", to_markdown(report))
    replace_text(out / "README.md", _readme(report))


def _readme(report: Report) -> str:
    plan = report.plan
    labels = [one.entry.label for one in plan.contestants]
    return _README.format(
        sentence=(
            f"Asked were {', '.join(labels[:-1])} and {labels[-1]}, {len(plan.cases)} questions of "
            f"the set that comes along, on {plan.created_at[:10]}."
        ),
        stand_in=" ".join(one.entry.about for one in plan.contestants if one.stand_in),
        questions=len(plan.cases),
        machine=plan.machine,
        lost=_LOST.format(count(report.lost, "answer")) if report.lost else "",
    )


if __name__ == "__main__":
    main()
