"""The ``counterpoint`` command: arguments in, exit code out."""

import argparse
import atexit
import gc
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.redaction import guard_output
from assistant.settings import Settings, load_settings, prepare_process
from corpus.errors import CounterpointError
from ui.cli.evaluating_parser import add_eval
from ui.cli.interrupts import Terminated, heed_the_system
from ui.cli.output import leave_streams, prepare_streams, say_error, write

Command = Callable[[argparse.Namespace, Settings], int]
INTERRUPTED = 130
TERMINATED = 143


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 fine, 1 failed (two lines on stderr: what, what to do), 2 wrong usage, 130 interrupted
        by Ctrl-C, 143 by the system.
    """
    prepare_process()
    prepare_streams()
    guard_output()
    heed_the_system()
    # Else Python looks through all of the libraries' objects once more: most of a second.
    atexit.register(gc.freeze)
    arguments = build_parser().parse_args(argv)
    run: Command = arguments.run
    try:
        return run(arguments, load_settings(arguments.home))
    except CounterpointError as exc:
        say_error(exc)
        return 1
    except Terminated:
        return TERMINATED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        leave_streams()
        return 0


def build_parser() -> argparse.ArgumentParser:
    """All commands and their arguments."""
    parser = argparse.ArgumentParser(
        prog="counterpoint",
        description="Ask an open and a proprietary model the same question, with the same evidence "
        "and a receipt.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and leave")
    _add_home(parser, default=None)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_questions(commands)
    _add_documents(commands)
    _add_backends(commands)
    _add_bench(commands)
    add_eval(commands, _group, _add, _positive)
    serve = _add(commands, "serve", "serve:serve", "open the page in the browser", as_json=False)
    serve.add_argument("--host", default=None, help="address to listen on (127.0.0.1)")
    serve.add_argument("--port", type=_port, default=None, help="port to listen on (7860)")
    serve.add_argument("--no-browser", action="store_true", help="do not open a browser window")
    doctor = _add(
        commands, "doctor", "doctor:doctor", "what works, what does not, and what mends it"
    )
    doctor.add_argument(
        "--offline", action="store_true", help="answer a question with the network blocked"
    )
    return parser


def _add_questions(commands: "Subparsers") -> None:
    ask = _add(commands, "ask", "asking:ask", "answer a question; '-' reads JSON lines")
    ask.add_argument("question", metavar="QUESTION")
    ask.add_argument(
        "--backend", action="append", metavar="ID", help="who answers; two or more compare"
    )
    ask.add_argument(
        "--preview", action="store_true", help="show what would be sent and to whom; send nothing"
    )
    retrieve = _add(
        commands, "retrieve", "questions:retrieve", "rank passages; '-' reads JSON lines"
    )
    retrieve.add_argument("question", metavar="QUESTION")
    retrieve.add_argument("-k", type=_positive, default=10, help="how many passages (10)")


def _add_documents(commands: "Subparsers") -> None:
    corpus = _group(commands, "corpus", "the documents")
    _add(corpus, "list", "corpus:corpus_list", "list the documents")
    add = _add(corpus, "add", "corpus:corpus_add", "add files and folders of your own")
    add.add_argument(
        "paths", nargs="+", type=_path, metavar="PATH",
        help="a file or folder: Markdown, HTML, PDF, text",
    )  # fmt: skip
    sync = _add(corpus, "sync", "sync:corpus_sync", "fetch the vendors' pages that the lists name")
    sync.add_argument("--dry-run", action="store_true", help="list the pages; ask nobody")
    sync.add_argument("--only", metavar="PATTERN", help="only addresses, vendors or titles like it")
    sync.add_argument("--all", action="store_true", help="also what was had a short while ago")
    remove = _add(corpus, "remove", "corpus:corpus_remove", "take added documents away again")
    remove.add_argument("ids", nargs="+", metavar="ID", help="a document's id; see corpus list")
    index = _group(commands, "index", "the index over the documents")
    _add(index, "build", "index:index_build", "build the index when the documents have changed")
    _add(index, "status", "index:status", "show what is indexed")
    _add(index, "verify", "index:verify", "check every file and every vector")


def _add_backends(commands: "Subparsers") -> None:
    _add(commands, "backends", "backends:backends", "who can answer, at what price, and now or not")
    models = _group(commands, "models", "open models for this machine")
    _add(models, "list", "models:models_list", "list models that could run here")
    pull = _add(
        models, "pull", "models:models_pull", "get a model, by Ollama or the hub", as_json=False
    )
    pull.add_argument("name", metavar="NAME")


def _add_bench(commands: "Subparsers") -> None:
    bench = _group(commands, "bench", "measure")
    retrieval = _add(
        bench, "retrieval", "bench:retrieval", "score retrieval on a benchmark in BEIR's layout"
    )
    retrieval.add_argument("folder", metavar="DIR")
    retrieval.add_argument(
        "--limit-queries", type=_positive, default=None, metavar="N", help="ask the first N only"
    )
    speed = _add(bench, "speed", "bench:speed", "time queries, opening and building")
    speed.add_argument(
        "--chunks", type=_chunks, action="append", metavar="N", help="size of the index (6000)"
    )
    speed.add_argument(
        "--base", type=_folder, action="append", metavar="DIR",
        help="an index whose texts are used (the home folder's)",
    )  # fmt: skip
    _add_bench_chat(bench)


def _add_bench_chat(bench: "Subparsers") -> None:
    chat = _add(bench, "chat", "bench_chat:chat", "time chats at once, one answer, and the start")
    chat.add_argument(
        "--chats", type=_chats, action="append", metavar="N", help="so many at once (100, 300)"
    )
    chat.add_argument(
        "--over",
        type=_whole_seconds,
        default=0,
        metavar="S",
        help="begin them within S seconds (0)",
    )
    chat.add_argument(
        "--processes",
        type=_positive,
        default=1,
        metavar="N",
        help="processes of the program that share the chats at once (1)",
    )
    chat.add_argument(
        "--tokens", type=_positive, default=200, metavar="N", help="length of an answer (200)"
    )
    chat.add_argument(
        "--rounds", type=_positive, default=5, metavar="N", help="single answers, and starts (5)"
    )
    chat.add_argument(
        "--soak", type=_whole_seconds, default=0, metavar="S",
        help="ask once a second for S seconds, too (an hour is 3600)",
    )  # fmt: skip
    chat.add_argument(
        "--only", action="append", choices=("start", "overhead", "load", "refused", "left", "soak"),
        help="this part alone; more than one may be given",
    )  # fmt: skip


def _group(commands: "Subparsers", name: str, help_text: str) -> "Subparsers":
    group = commands.add_parser(name, help=help_text, description=help_text)
    return group.add_subparsers(title="commands", required=True, metavar="COMMAND")


def _add(
    commands: "Subparsers", name: str, target: str, help_text: str, *, as_json: bool = True
) -> argparse.ArgumentParser:
    """Add a command; ``target`` names its function as ``module:function`` below ``ui.cli``."""
    command = commands.add_parser(name, help=help_text, description=help_text, allow_abbrev=False)
    # Without a default, so that what stands before the command is not overwritten.
    _add_home(command, default=argparse.SUPPRESS)
    if as_json:
        command.add_argument("--json", action="store_true", help="one JSON value on stdout")
    command.set_defaults(run=_later(target))
    return command


def _add_home(parser: argparse.ArgumentParser, default: str | None) -> None:
    parser.add_argument(
        "--home", type=_folder, default=default, metavar="DIR",
        help="folder for index, models and runs",
    )  # fmt: skip


def _later(target: str) -> Command:
    """Import a command's module when it runs, so that --help and usage errors are instant."""

    def run(arguments: argparse.Namespace, settings: Settings) -> int:
        module, function = target.split(":")
        command: Command = getattr(import_module(f"ui.cli.{module}"), function)
        return command(arguments, settings)

    return run


def _positive(text: str) -> int:
    return _whole_number(text, 1, 10_000)


def _chats(text: str) -> int:
    return _whole_number(text, 1, 1000)


def _whole_seconds(text: str) -> int:
    return _whole_number(text, 0, 86_400)


def _chunks(text: str) -> int:
    return _whole_number(text, 10, 1_000_000)


def _port(text: str) -> int:
    return _whole_number(text, 0, 65_535)


def _whole_number(text: str, lowest: int, highest: int) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < len("10000000") else -1
    if not lowest <= number <= highest:
        raise argparse.ArgumentTypeError(f"must be a whole number from {lowest} to {highest:,}")
    return number


def _path(text: str) -> Path:
    if not text.strip():  # an empty one would be the folder that the user stands in
        raise argparse.ArgumentTypeError("must name a file or folder")
    return Path(text)


def _folder(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("must name a folder")
    return Path(text)


class _Version(argparse.Action):
    """Look the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        write(f"counterpoint {version('counterpoint')}")
        parser.exit()


if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

if __name__ == "__main__":
    sys.exit(main())
