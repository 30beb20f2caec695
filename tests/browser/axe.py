"""Accessibility of the page as it stands: axe-core, run inside the browser.

The page's policy keeps foreign scripts out, so axe-core's text is evaluated instead of linked.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

_AXE = Path(__file__).parents[2] / ".venv" / "node_modules" / "axe-core" / "axe.min.js"
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RUN = """async ([within, tags, off]) => {
  const rules = Object.fromEntries(off.map((each) => [each, {enabled: false}]));
  const found = await axe.run(within ?? document, {
    runOnly: {type: "tag", values: tags}, rules, resultTypes: ["violations"],
  });
  return found.violations.flatMap((rule) => rule.nodes.map((node) =>
    `${rule.id} (${rule.impact}): ${node.target.join(" ")} — ${node.failureSummary}`
      .replace(/\\s+/g, " ")));
}"""


def violations(page: Page, within: str | None = None, *, off: Sequence[str] = ()) -> list[str]:
    """What axe-core has against the page, one line an element; empty when it has nothing.

    Args:
        page: the page in the state that is looked at.
        within: a selector, to look at one part of it alone.
        off: rules that are left out; say beside the call why.

    The test is skipped when axe-core is not installed.
    """
    source = _source()
    if source is None:
        pytest.skip("axe-core is not installed")
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(source)
    found: list[Any] = page.evaluate(_RUN, [within, _TAGS, list(off)])
    return [str(line) for line in found]


@cache
def _source() -> str | None:
    return _AXE.read_text(encoding="utf-8") if _AXE.is_file() else None
