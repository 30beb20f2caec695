"""What the program depends on: licences, sizes, reasons. ``python -m tests.support.supply``.

Without an argument it writes ``docs/dependencies.md`` from what is installed; ``--licences`` prints
a line for each package instead; ``--check`` writes nothing and fails on a licence that is neither
permissive nor named, on a direct dependency that nothing imports, and on one without a reason.
"""

import argparse
import ast
import re
import sys
import tomllib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
ROOMS = ("corpus", "index", "assistant", "eval", "ui")
REASONS = Path(__file__).with_name("dependency_reasons.toml")
PAGE = ROOT / "docs" / "dependencies.md"
_FREE = (
    r"MIT(-0|-CMU)?|BSD(-[0-9]-Clause)?|0BSD|ISC|Unlicense|HPND|CC0-1\.0|Zlib|BSL-1\.0",
    r"Apache([- ]?(License)?,?( Version)?[- ]2(\.0)?)?|PSF-2\.0|Python[- ]2\.0(\.1)?|CNRI-Python",
    r"Python Software Foundation|Historical Permission|Public Domain",
)
PERMISSIVE = re.compile(rf"\b({'|'.join(_FREE)})\b", re.IGNORECASE)
CONDITIONAL = re.compile(
    r"\b(A?GPL|LGPL|MPL|Mozilla|EUPL|EPL|CDDL|SSPL|proprietary)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Package:
    """One installed package.

    Attributes:
        name: as it is written in full.
        version: the installed one.
        licence: what its metadata says, shortened; empty when it says nothing.
        megabytes: of its files.
        needed_by: the packages that ask for it; empty for the program's own.
    """

    name: str
    version: str
    licence: str
    megabytes: float
    needed_by: tuple[str, ...]

    @property
    def is_permissive(self) -> bool:
        """Whether the licence asks for nothing but a notice."""
        return bool(PERMISSIVE.search(self.licence)) and not CONDITIONAL.search(self.licence)


def project() -> Mapping[str, object]:
    """The ``project`` table."""
    found: Mapping[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))[
        "project"
    ]
    return found


def direct(extra: str = "") -> list[Requirement]:
    """What the project asks for itself."""
    table = project()
    if not extra:
        return [Requirement(str(each)) for each in table["dependencies"]]  # type: ignore[attr-defined]
    return [Requirement(each) for each in table["optional-dependencies"][extra]]  # type: ignore[index]


def reasons() -> Mapping[str, Mapping[str, str]]:
    """Why each direct dependency is there, and licences that are looked at one by one."""
    return tomllib.loads(REASONS.read_text("utf-8"))


def closure(roots: Iterable[Requirement]) -> dict[str, Package]:
    """All that these ask for, as far as it is installed, by canonical name."""
    needed_by: dict[str, list[str]] = {}
    waiting: deque[tuple[Requirement, str]] = deque((root, "") for root in roots)
    seen: set[tuple[str, str]] = set()
    while waiting:
        wanted, by = waiting.popleft()
        name = canonicalize_name(wanted.name)
        try:
            asked = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue
        callers = needed_by.setdefault(name, [])
        if by and by not in callers:
            callers.append(by)
        for extra in ("", *sorted(wanted.extras)):
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            for line in asked:
                further = Requirement(line)
                if further.marker is None or further.marker.evaluate({"extra": extra}):
                    waiting.append((further, name))
    return {name: package(name, tuple(sorted(by))) for name, by in sorted(needed_by.items())}


@lru_cache(maxsize=1000)
def package(name: str, needed_by: tuple[str, ...]) -> Package:
    """What is known of an installed package."""
    found = metadata.distribution(name)
    given = found.metadata
    files = (Path(str(found.locate_file(each))) for each in found.files or [])
    size = sum(path.stat().st_size for path in files if path.is_file() and path.suffix != ".pyc")
    return Package(given["Name"], found.version, licence_of(given), size / 1e6, needed_by)


def licence_of(given: "metadata.PackageMetadata") -> str:
    """The licence: the expression, else the classifiers, else the first line of the free text."""
    if expression := given.get("License-Expression"):
        return str(expression)
    classifiers = [
        line.rpartition("::")[2].strip()
        for line in given.get_all("Classifier") or []
        if line.startswith("License ::")
    ]
    named = [each for each in classifiers if each != "OSI Approved"]
    if named:
        return " / ".join(named)
    text = str(given.get("License") or "").strip()
    return text.splitlines()[0][:60] if text else ""


@lru_cache(maxsize=1)
def imported() -> set[str]:
    """The top-level modules that the rooms import, anywhere."""
    return {name for room in ROOMS for path in (ROOT / room).rglob("*.py") for name in _names(path)}


def _names(path: Path) -> Iterator[str]:
    text = path.read_text("utf-8")
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Import(names=names):
                yield from (each.name for each in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module
            # Wires and models name what they import later.
            case ast.Constant(value=str(value)) if re.fullmatch(r"[a-z_][\w.]{2,60}", value):
                yield value


def unused(requirements: Iterable[Requirement]) -> list[str]:
    """Direct dependencies that no module imports and that nothing else explains."""
    found = imported()
    tops = {name.partition(".")[0] for name in found} | found
    modules: dict[str, set[str]] = {}
    for module, names in metadata.packages_distributions().items():
        for name in names:
            modules.setdefault(canonicalize_name(name), set()).add(module)
    indirect = reasons().get("not-imported", {})
    return [
        requirement.name
        for requirement in requirements
        if canonicalize_name(requirement.name) not in indirect
        and not modules.get(canonicalize_name(requirement.name), set()) & tops
    ]


def doubtful(packages: Iterable[Package]) -> list[Package]:
    """Those whose licence is neither permissive nor looked at one by one."""
    named = reasons().get("licences", {})
    return [
        each
        for each in packages
        if not each.is_permissive and canonicalize_name(each.name) not in named
    ]


def without_reason(requirements: Iterable[Requirement]) -> list[str]:
    """Direct dependencies that nobody says the reason of."""
    given = reasons()["why"]
    return [each.name for each in requirements if canonicalize_name(each.name) not in given]


def main() -> int:
    """Do as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--licences", action="store_true")
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    run, test = direct(), direct("test")
    needed = closure(run)
    if given.licences:
        for each in closure([*run, *test]).values():
            print(f"{each.name}=={each.version}\t{each.licence or 'not said'}")  # noqa: T201
        return 0
    if given.check:
        faults = [
            *(f"nothing imports {name}" for name in unused(run)),
            *(f"nobody says why {name} is needed" for name in without_reason(run)),
            *(
                f"{each.name}: {each.licence or 'no licence is named'}"
                for each in doubtful(closure([*run, *test]).values())
            ),
        ]
        print("\n".join(faults) or f"{len(needed)} packages, nothing to say against them")  # noqa: T201
        return 1 if faults else 0
    from tests.support.supply_page import written

    PAGE.write_text(written(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
