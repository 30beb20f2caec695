"""Rules that the source of the page itself has to keep."""

import ast
import re
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "ui" / "web"
MODULES = sorted(WEB.rglob("*.py"))
STATIC = sorted(path.name for path in (WEB / "static").iterdir())


def calls(tree: ast.AST) -> list[tuple[str, ast.Call]]:
    return [(ast.unparse(n.func), n) for n in ast.walk(tree) if isinstance(n, ast.Call)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(WEB)))
def test_no_component_that_renders_foreign_text_is_used(path: Path) -> None:
    forbidden = {
        *("gr.Markdown", "gr.Chatbot", "gr.Error", "gr.Warning", "gr.Info", "gr.load"),
        *("gr.Dataframe", "gr.DownloadButton", "gr.File", "gr.UploadButton", "gr.Image"),
    }
    names = {name for name, _ in calls(ast.parse(path.read_text(encoding="utf-8")))}
    assert not names & forbidden
    assert "gr.HTML" not in names or path.name == "components.py"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(WEB)))
def test_no_switch_that_opens_the_page_is_set(path: Path) -> None:
    for _, call in calls(ast.parse(path.read_text(encoding="utf-8"))):
        given = {k.arg: ast.unparse(k.value) for k in call.keywords if k.arg}
        assert given.get("sanitize_html", "True") == "True"
        assert given.get("show_error", "False") == "False"
        assert given.get("share", "False") == "False"
        for name in ("enable_monitoring", "mcp_server", "ssr_mode", "run_history", "pwa"):
            assert given.get(name, "False") == "False", name
        assert not {"allowed_paths", "js", "head_paths"} & set(given)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(WEB)))
def test_markup_is_declared_safe_only_where_it_is_made(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    if path.parent.name != "render":
        assert "SafeHtml(" not in source or path.name == "app.py"
        assert not re.search(r"""["'][^"']*</?\w+[^"']*>[^"']*["']""", source) or path.name in {
            *("app.py", "guards.py"),
        }


@pytest.mark.parametrize("name", STATIC)
def test_style_and_script_fetch_nothing(name: str) -> None:
    source = (WEB / "static" / name).read_text(encoding="utf-8")
    addresses = re.findall(
        r"(?:https?:)?//[\w.]+", source.replace("http://www.w3.org/2000/svg", "")
    )
    assert [each for each in addresses if name.endswith(".css") or "://" in each] == []
    assert not re.search(r"@import|outerHTML|insertAdjacentHTML|eval\(|Function\(", source)
    # An answer grows several times a second by markup that the server has made safe.
    assert "innerHTML" not in source or name == "talk.js"


def test_nothing_but_our_own_markup_can_be_shown() -> None:
    from assistant.markup.elements import SafeHtml
    from ui.web.components import show

    assert show(SafeHtml("<p>"))["value"] == "<p>"
    with pytest.raises(TypeError):
        show("<p>")  # type: ignore[arg-type]
