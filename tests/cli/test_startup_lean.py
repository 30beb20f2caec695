"""What the page leaves out of the library: stubs for editors, searches for plots at each step."""

import subprocess
import sys

LOOKS = """
import sys, warnings
warnings.simplefilter("ignore")
opened = []
sys.addaudithook(lambda event, given: opened.append(str(given[0])) if event == "open" else None)
import {module}
print(sum(path.endswith(".pyi") for path in opened))
"""


def stubs_opened(module: str) -> int:
    command = [sys.executable, "-c", LOOKS.format(module=module)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_the_page_is_imported_without_the_librarys_stubs_for_editors() -> None:
    assert stubs_opened("ui.web.app") == 0


def test_the_library_by_itself_still_writes_them_so_that_this_is_needed() -> None:
    assert stubs_opened("gradio") > 0


def test_no_step_of_an_event_searches_the_path_for_a_library_of_plots() -> None:
    code = (
        "import ui.web.app, sys\n"
        "from gradio.utils import MatplotlibBackendMananger\n"
        "looked = []\n"
        "class Finder:\n"
        "    def find_spec(self, name, *_):\n"
        "        looked.append(name)\n"
        "sys.meta_path.insert(0, Finder())\n"
        "with MatplotlibBackendMananger(): pass\n"
        "print(looked)\n"
    )
    command = [sys.executable, "-W", "ignore", "-c", code]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"
