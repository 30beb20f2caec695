"""What the program depends on is wanted, used, and free to use."""

import re
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.supply import (
    ROOT,
    Package,
    closure,
    direct,
    doubtful,
    imported,
    licence_of,
    reasons,
    unused,
    without_reason,
)
from tests.support.supply_page import written

DEV_TOOLS = {"pytest", "playwright", "mypy", "ruff", "hypothesis", "import-linter", "pip-audit"}


@pytest.fixture(scope="module")
def needed() -> dict[str, Package]:
    return closure(direct())


def test_every_direct_dependency_is_imported_and_has_a_reason() -> None:
    assert unused(direct()) == []
    assert without_reason(direct()) == []


def test_one_that_nothing_imports_is_found() -> None:
    assert unused([Requirement("pytest-timeout")]) == ["pytest-timeout"]
    assert without_reason([Requirement("pytest-timeout")]) == ["pytest-timeout"]


def test_every_licence_is_permissive_or_looked_at(needed: dict[str, Package]) -> None:
    everything = [*needed.values(), *closure(direct("test")).values()]
    assert [(each.name, each.licence) for each in doubtful(everything)] == []


@pytest.mark.parametrize("licence", ["GPL-3.0-only", "AGPL-3.0", "", "MPL-2.0", "MIT AND GPL-2.0"])
def test_a_licence_that_asks_for_more_is_found(licence: str) -> None:
    assert doubtful([Package("x", "1", licence, 1.0, ())])


def test_tools_of_the_developers_are_not_installed_with_the_program(
    needed: dict[str, Package],
) -> None:
    assert DEV_TOOLS & needed.keys() == set()


def test_the_licence_is_read_from_wherever_a_package_says_it() -> None:
    assert "MIT" in licence_of(metadata.metadata("pydantic"))
    assert "BSD" in licence_of(metadata.metadata("numpy"))


def test_names_in_code_are_found_however_they_are_imported() -> None:
    assert {"gradio", "chromadb", "langchain_openai"} <= {
        name.partition(".")[0] for name in imported()
    }


def test_the_page_lists_each_package_once(needed: dict[str, Package]) -> None:
    page = written()
    for each in needed.values():
        assert page.count(f"\n| {each.name} | {each.version} |") == 1


def test_what_was_looked_at_and_stays_is_installed_and_told(needed: dict[str, Package]) -> None:
    page = written()
    for kind in ("stays", "indirect"):
        for name, why in reasons()[kind].items():
            assert canonicalize_name(name) in needed
            assert why in page


def test_the_set_up_compiles_the_libraries_of_every_wire() -> None:
    wires = (ROOT / "assistant" / "backends").glob("*.py")
    libraries = {
        name
        for file in wires
        for name in re.findall(r'^    library = "(\w+)"', file.read_text(), re.M)
    }
    makefile = (ROOT / "Makefile").read_text()
    assert len(libraries) > 4
    assert {name for name in libraries if name not in makefile} == set()


def test_every_pin_is_one_exact_version() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert len(pins) > 100
    assert [line for line in pins if not re.fullmatch(r"[\w.-]+==[\w.+!]+", line)] == []
