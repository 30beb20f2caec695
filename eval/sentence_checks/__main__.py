"""``python -m eval.sentence_checks [--json] [--show KIND]``."""

import argparse
import dataclasses
import json
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Final

from assistant.settings import prepare_process
from eval.sentence_checks.alternatives import (
    answer_similarity,
    real_checker,
    token_overlap,
    with_best_threshold,
)
from eval.sentence_checks.labels import Half, LabelledAnswer, load_answers, load_fresh
from eval.sentence_checks.outcomes import Checker, Outcome, Scores, Share, score
from index.embedder import Embedder, SentenceTransformerEmbedder

_HALVES: Final[tuple[Half, ...]] = ("dev", "test", "fresh")
_USUAL_SENTENCES: Final = 6


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{line}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the check and two simple ones; print a table, or JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m eval.sentence_checks", description=main.__doc__
    )
    parser.add_argument("--json", action="store_true", help="print one JSON value")
    parser.add_argument(
        "--show", metavar="WORD", help="list the dev sentences judged wrongly whose kind has WORD"
    )
    parser.add_argument("--half", choices=_HALVES, help="measure this half only")
    options = parser.parse_args(arguments)
    prepare_process()
    embedder = SentenceTransformerEmbedder()
    answers = load_answers()
    checkers: dict[str, Checker] = {"sentence check": real_checker(embedder)}
    if options.show is not None:
        _show(
            [o for a in answers if a.half == "dev" for o in checkers["sentence check"](a)],
            options.show,
        )
        return 0
    checkers["token overlap"] = with_best_threshold(token_overlap, answers)
    checkers["answer similarity"] = with_best_threshold(answer_similarity(embedder), answers)
    every = (*answers, *load_fresh())
    results = {
        half: {name: _scores(checker, half, every) for name, checker in checkers.items()}
        for half in _HALVES
        if options.half in {None, half}
    }
    seconds = answer_seconds(answers, _warm_embedder())
    if options.json:
        found = {
            half: {name: dataclasses.asdict(scores) for name, scores in by_name.items()}
            for half, by_name in results.items()
        }
        json.dump({"scores": found, "seconds": seconds}, sys.stdout, indent=1, ensure_ascii=False)
        say("")
        return 0
    for half, by_name in results.items():
        _print_table(half, by_name)
    say(
        f"an answer of {_USUAL_SENTENCES} sentences: median {seconds['median'] * 1000:.0f} ms, "
        f"95 % within {seconds['p95'] * 1000:.0f} ms"
    )
    return 0


def answer_seconds(answers: Sequence[LabelledAnswer], embedder: Embedder) -> dict[str, float]:
    """How long the check takes for an answer of about six sentences, one for each question.

    Args:
        answers: the labelled ones.
        embedder: one that remembers no vectors yet.
    """
    check = real_checker(embedder)
    usual = {
        answer.evidence.question: answer
        for answer in answers
        if abs(len(answer.sentences) - _USUAL_SENTENCES) <= 1
    }
    taken = []
    for answer in usual.values():
        started_s = time.perf_counter()
        check(answer)
        taken.append(time.perf_counter() - started_s)
    return {
        "median": statistics.median(taken),
        "p95": statistics.quantiles(taken, n=20)[-1],
        "answers": float(len(taken)),
    }


def _warm_embedder() -> Embedder:
    embedder = SentenceTransformerEmbedder()
    embedder.encode(["One sentence."])
    return embedder


def _scores(checker: Checker, half: Half, answers: Sequence[LabelledAnswer]) -> Scores:
    return score([o for answer in answers if answer.half == half for o in checker(answer)])


def _print_table(half: Half, by_name: Mapping[str, Scores]) -> None:
    first = next(iter(by_name.values()))
    say(f"\n{half:32}" + "".join(f"{name:>24}" for name in by_name))
    for part in ("shares", "kinds"):
        for row in getattr(first, part):
            cells = [getattr(scores, part).get(row) for scores in by_name.values()]
            say(f"{row:32}" + "".join(f"{_cell(cell):>24}" for cell in cells))
        say("")


def _cell(share: Share | None) -> str:
    if share is None or share.value is None or share.low is None or share.high is None:
        return "-"
    return f"{share.value:.2f} [{share.low:.2f}, {share.high:.2f}] {share.count:3}"


def _show(outcomes: Sequence[Outcome], word: str) -> None:
    for outcome in outcomes:
        label = outcome.sentence.label
        said = outcome.verdict or "left out"
        if said != label and word in f"{outcome.sentence.kind} {label}":
            place = outcome.support
            where = f"{place.source}:{place.span.start}" if place else "nowhere"
            say(f"{label:9} {said:9} {outcome.sentence.kind:20} {outcome.sentence.text}  ({where})")


if __name__ == "__main__":
    sys.exit(main())
