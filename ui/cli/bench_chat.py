"""``counterpoint bench chat``."""

import argparse
from collections.abc import Callable
from typing import Any

from assistant.settings import Settings
from eval.bench.chat.run import PARTS, Plan, bench_chat
from ui.cli.output import ProgressLine, note, write, write_json, write_table

_BUSY = 0.5


def chat(arguments: argparse.Namespace, settings: Settings) -> int:
    """Measure chats at once, what the program adds to its backend, and its start."""
    plan = Plan(
        parts=arguments.only or PARTS,
        chats=arguments.chats or (100, 300),
        over_s=arguments.over,
        processes=arguments.processes,
        tokens=arguments.tokens,
        rounds=arguments.rounds,
        soak_s=arguments.soak,
    )
    line = ProgressLine()
    try:
        found = bench_chat(settings.home / "bench" / "chat", plan, line.show)
    finally:
        line.close()
    if found["busy_before"] > _BUSY:
        note(
            f"This machine was busy with other work (load {found['busy_before']}): "
            "the figures say less."
        )
    if arguments.json:
        write_json(found)
        return 0
    for name, show in _SHOWS.items():
        if name in found:
            show(found[name])
    return 0


def _show_overhead(found: dict[str, Any]) -> None:
    write(f"One answer, median of {found['rounds']}")
    rows = [
        (name, f"{found[f'{key}_first_ms']:.0f}", f"{found[f'{key}_tokens_per_s']:.1f}")
        for name, key in (("backend alone", "alone"), ("command", "command"), ("page", "page"))
    ]
    write_table(("", "first words, ms", "tokens/s"), rows)
    write(
        f"over the backend and retrieval ({found['retrieval_ms']:.0f} ms): command "
        f"{found['command_over_retrieval_ms']:.0f} ms, page {found['page_over_retrieval_ms']:.0f} "
        "ms (aim: 30)\n"
    )


def _show_load(found: list[dict[str, Any]]) -> None:
    write("Chats at once, seconds")
    write_table(
        ("chats", "right", "mixed up", "first words p95", "total p95", "backend alone p95", "ratio",
         "through the SDK alone p95", "through a plain page p95", "CPU s a chat",
         "of a plain page", "memory MB"),
        [_load_row(each) for each in found],
    )  # fmt: skip
    write()


def _load_row(each: dict[str, Any]) -> tuple[str, ...]:
    first, total = each["first_words_s"] or {}, each["total_s"] or {}
    memory = each["memory_mb"]
    return (
        str(each["chats"]),
        str(each["right"]),
        str(each["mixed_up"]),
        f"{first.get('p95', float('nan')):.2f}",
        f"{total.get('p95', float('nan')):.2f}",
        f"{each['alone']['total_s']['p95']:.2f}",
        f"{each.get('ratio_p95', float('nan')):.2f}",
        f"{each['library']['total_s']['p95']:.2f}",
        f"{each['plain_page']['total_s']['p95']:.2f}",
        f"{each['server_cpu_s_per_chat']:.2f}",
        f"{each['plain_page']['cpu_s_per_chat']:.2f}",
        f"{memory['before']:.0f} to {memory['highest']:.0f}",
    )


def _show_refused(found: dict[str, Any]) -> None:
    within = found["refused_within_s"] or {}
    write(
        f"{found['asked']} at once where {found['at_once']} run and {found['may_wait']} may wait: "
        f"{found['right']} answered, {found['refused']} refused within "
        f"{within.get('p95', float('nan')):.2f} s (p95), {found['broken']} broken; "
        f"{'answers again' if found['recovered'] else 'DID NOT RECOVER'} afterwards"
    )
    for words in found["refusals"]:
        write(f"  {words}")


def _show_left(found: dict[str, Any]) -> None:
    files, threads = found["files"], found["threads"]
    write(
        f"{found['chats']} left in the middle: {found['closed_early']} of {found['asked']} "
        f"requests closed at the backend within {found['closed_within_s']} s, "
        f"{found['still_running']} still running; files {files['before']} to {files['after']}, "
        f"threads {threads['before']} to {threads['after']}"
    )


def _show_soak(found: dict[str, Any]) -> None:
    write(
        f"\nA question a second for {found['seconds']} s: {found['right']} right, "
        f"{found['wrong']} wrong; {found['mb_a_visitor']} MB a visitor in the second half"
    )
    write_table(
        ("second", "memory MB", "threads", "files", "running"),
        [
            (f"{each['at_s']:.0f}", f"{each['memory_mb']:.0f}", f"{each['threads']:.0f}",
             f"{each['files']:.0f}", f"{each['running']:.0f}")
            for each in found["holdings"]
        ],
    )  # fmt: skip


def _show_start(found: dict[str, Any]) -> None:
    write(
        f"\nThe page is up after {found['page_s']} s (an empty page of the same framework: "
        f"{found['bare_page_s']} s); {found['modules']:,} modules until then"
    )
    write_table(
        ("package", "ms", "modules"),
        [(each["package"], f"{each['ms']:.0f}", str(each["modules"])) for each in found["largest"]],
    )
    if found["needless"]:
        write(f"imported too early: {', '.join(found['needless'])}")


_SHOWS: dict[str, Callable[[Any], None]] = {
    "overhead": _show_overhead,
    "load": _show_load,
    "refused": _show_refused,
    "left": _show_left,
    "soak": _show_soak,
    "start": _show_start,
}
