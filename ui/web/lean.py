"""Gradio without two things that it does for others and that this page would pay for.

Each time it is imported, Gradio parses the source of each of its components and writes what an
editor wants to know into the environment that it is installed in. That is half of its import, and
a program should not write there. And around each step of each event it looks twice for a library
of plots: where that is not installed, every folder of the path is searched again each time, a
twelfth of what the page does when many chat at once.
"""

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, Final, cast

_MODULE: Final = "gradio.component_meta"
_PLOTS: Final = "matplotlib"


def prepare() -> None:
    """Leave both out from now on; what has been imported stays."""
    # None is how Python remembers that a module is not to be had.
    sys.modules.setdefault(_PLOTS, cast("ModuleType", None))
    if _MODULE not in sys.modules and not any(isinstance(each, _Finder) for each in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    """Finds one module as it is found anyhow, and changes one function of it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's specification; None for all other modules."""
        spec = PathFinder.find_spec(fullname, path, target) if fullname == _MODULE else None
        if spec is None or spec.loader is None:
            return None
        sys.meta_path.remove(self)
        spec.loader = _Loader(spec.loader)
        return spec


class _Loader(Loader):
    """Loads as another loader does, and takes the function out of what it loaded."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """As the other one does."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """As the other one does; then nothing is written any more."""
        self._loader.exec_module(module)
        module.__dict__["create_or_modify_pyi"] = _nothing


def _nothing(*_given: Any) -> None:
    """Writes nothing."""
