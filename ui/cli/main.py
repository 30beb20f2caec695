"""The ``counterpoint`` command: arguments in, exit code out."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from assistant.settings import Settings, load_settings, prepare_process
from corpus.errors import CounterpointError
from ui.cli.output import say_error

Command = Callable[[argparse.Namespace, Settings], int]
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 fine, 1 failed (two lines on stderr: what, what to do), 2 wrong usage, 130 interrupted.
    """
    prepare_process()
    arguments = build_parser().parse_args(argv)
    run: Command = arguments.run
    try:
        return run(arguments, load_settings(arguments.home))
    except CounterpointError as exc:
        say_error(exc)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe has left; Python would complain once more while flushing at exit.
        sys.stderr.close()
        return 0


def build_parser() -> argparse.ArgumentParser:
    """All commands and their arguments."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--home", type=Path, default=None, metavar="DIR", help="folder for index, models and runs"
    )
    parser = argparse.ArgumentParser(
        prog="counterpoint",
        description="Ask an open and a proprietary model the same question, with the same evidence "
        "and a receipt.",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def add(
        name: str, help_text: str, load: Callable[[], Command], *, to: "_Subparsers | None" = None
    ) -> argparse.ArgumentParser:
        command = (to or commands).add_parser(
            name, help=help_text, description=help_text, parents=[common]
        )
        # Modules are imported when their command runs, so that --help and errors are instant.
        command.set_defaults(run=lambda arguments, settings: load()(arguments, settings))
        return command

    _add_serve(add)
    _add_questions(add)
    _add_index(add, commands, common)
    _add_models(add, commands, common)
    doctor = add("doctor", "what works, what does not, and the command that mends it", _doctor)
    doctor.add_argument(
        "--offline", action="store_true", help="answer a question with the network blocked"
    )
    doctor.add_argument("--json", action="store_true")
    return parser


_Subparsers = argparse._SubParsersAction  # noqa: SLF001  the type has no public name
_Add = Callable[..., argparse.ArgumentParser]


def _add_serve(add: _Add) -> None:
    serve = add("serve", "open the page in the browser", _serve)
    serve.add_argument("--host", default=None, help="address to listen on (127.0.0.1)")
    serve.add_argument("--port", type=int, default=None, help="port to listen on (7860)")
    serve.add_argument("--no-browser", action="store_true", help="do not open a browser window")


def _add_questions(add: _Add) -> None:
    ask = add("ask", "answer one question, streamed; '-' reads JSON lines", _ask)
    ask.add_argument("question", metavar="QUESTION")
    ask.add_argument(
        "--backend", action="append", metavar="ID", help="who answers; two or more compare"
    )
    ask.add_argument("--json", action="store_true", help="one JSON value on standard output")
    retrieve = add("retrieve", "rank passages for a question; '-' reads JSON lines", _retrieve)
    retrieve.add_argument("question", metavar="QUESTION")
    retrieve.add_argument("-k", type=_positive, default=10, help="how many passages (10)")
    retrieve.add_argument("--json", action="store_true")


def _add_index(add: _Add, commands: _Subparsers, common: argparse.ArgumentParser) -> None:
    corpus = commands.add_parser("corpus", help="the documents")
    verbs = corpus.add_subparsers(title="commands", required=True, metavar="COMMAND")
    listing = add("list", "list the documents", _corpus_list, to=verbs)
    listing.add_argument("--json", action="store_true")
    index = commands.add_parser("index", help="the index over the documents")
    verbs = index.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name, help_text, load in (
        ("build", "build the index when the documents have changed", _index_build),
        ("status", "show what is indexed", _index_status),
        ("verify", "check every file and every vector", _index_verify),
    ):
        command = add(name, help_text, load, to=verbs)
        command.add_argument("--json", action="store_true")


def _add_models(add: _Add, commands: _Subparsers, common: argparse.ArgumentParser) -> None:
    backends = add("backends", "list who can answer, at what price, and whether now", _backends)
    backends.add_argument("--json", action="store_true")
    models = commands.add_parser("models", help="open models for this machine")
    verbs = models.add_subparsers(title="commands", required=True, metavar="COMMAND")
    listing = add("list", "list models that could run here", _models_list, to=verbs)
    listing.add_argument("--json", action="store_true")
    pull = add("pull", "get a model, through Ollama or from the model hub", _models_pull, to=verbs)
    pull.add_argument("name", metavar="NAME")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _serve() -> Command:
    from ui.cli.serve import serve

    return serve


def _ask() -> Command:
    from ui.cli.questions import ask

    return ask


def _retrieve() -> Command:
    from ui.cli.questions import retrieve

    return retrieve


def _corpus_list() -> Command:
    from ui.cli.index import corpus_list

    return corpus_list


def _index_build() -> Command:
    from ui.cli.index import index_build

    return index_build


def _index_status() -> Command:
    from ui.cli.index import status

    return status


def _index_verify() -> Command:
    from ui.cli.index import verify

    return verify


def _backends() -> Command:
    from ui.cli.backends import backends

    return backends


def _models_list() -> Command:
    from ui.cli.models import models_list

    return models_list


def _models_pull() -> Command:
    from ui.cli.models import models_pull

    return models_pull


def _doctor() -> Command:
    from ui.cli.doctor import doctor

    return doctor


if __name__ == "__main__":
    sys.exit(main())
