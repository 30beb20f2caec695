"""Starting the page leaves the environment that it is installed in as it is."""

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
