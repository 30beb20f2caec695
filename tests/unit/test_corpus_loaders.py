"""Files that a user adds."""

import hashlib
import os
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from corpus.documents import Document
from corpus.errors import CorpusError, SourceMissing, SourceUnreadable, UnsafePath
from corpus.loaders import LoadReport, load_file, load_folder, read_document
from index.chunking import chunk_document
from index.markdown import parse_markdown
from tests.support.pdf_bytes import PdfPage, Words, make_pdf, paragraph

_VENDOR_DOCS = Path(__file__).parents[2].parent / "shared" / "vendor-docs"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "added"
    folder.mkdir()
    return folder


def test_a_file_becomes_a_document_named_by_its_place(root: Path) -> None:
    (root / "a" / "b").mkdir(parents=True)
    path = root / "a" / "b" / "c.MD"
    path.write_bytes("\ufeffIntro\r\n\r\n# The *real* title #\r\n".encode())
    document = load_file(path, root).document
    assert document.id == "a/b/c.MD"
    assert document.title == "The real title"
    assert document.text == "Intro\n\n# The *real* title #\n"
    assert (document.kind, document.url, document.vendor) == ("file", None, None)


def test_a_path_given_from_where_the_user_stands_is_found(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "a.txt").write_text("text")
    monkeypatch.chdir(root)
    assert load_file(Path("a.txt"), Path()).document.id == "a.txt"


def test_a_file_without_a_heading_is_called_by_its_name(root: Path) -> None:
    (root / "my notes.markdown").write_text("plain\n## second level\n")
    assert load_file(root / "my notes.markdown", root).document.title == "my notes"


@pytest.mark.parametrize("target", ["../outside.md", "/etc/hostname"])
def test_a_link_out_of_the_folder_is_refused(root: Path, target: str) -> None:
    (root.parent / "outside.md").write_text("secret")
    (root / "link.md").symlink_to(target)
    with pytest.raises(UnsafePath, match=r"link\.md"):
        load_file(root / "link.md", root)


def test_a_file_that_cannot_be_read_is_named_by_its_place_in_the_folder(root: Path) -> None:
    for name in ("one/README.md", "two/README.md", "two/gone.md", "two/README.html"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(b"")
    (root / "two" / "gone.md").unlink()
    (root / "two" / "gone.md").symlink_to("nowhere")
    said = [problem.what.split("”")[0] for problem in load_folder(root).problems]
    assert said == [
        "“one/README.md",
        "“two/README.html",
        "“two/README.md",
        "There is no “two/gone.md",
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda path: path.write_text("Half of the new"), "changed while it was read"),
        (Path.unlink, "no longer there"),
    ],
)
def test_a_file_that_changes_while_it_is_read_is_no_document(
    root: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], object], said: str
) -> None:
    path = root / "a.md"
    path.write_text("The old text.\n")
    real = os.fstat

    def stat_then_change(descriptor: int) -> os.stat_result:
        found = real(descriptor)
        change(path)
        monkeypatch.setattr(os, "fstat", real)
        return found

    monkeypatch.setattr(os, "fstat", stat_then_change)
    with pytest.raises(CorpusError, match=said):
        load_file(path, root)


def test_of_a_file_that_grows_while_it_is_read_no_more_is_taken_than_may_be(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = root / "a.md"
    path.write_text("Some text.\n")
    real = os.fstat

    def stat_then_grow(descriptor: int) -> os.stat_result:
        found = real(descriptor)
        os.truncate(path, 50_000_000)
        return found

    monkeypatch.setattr(os, "fstat", stat_then_grow)
    tracemalloc.start()
    try:
        with pytest.raises(SourceUnreadable):
            load_file(path, root, max_bytes=1_000)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_a_path_out_of_the_folder_is_refused(root: Path) -> None:
    (root.parent / "outside.md").write_text("secret")
    with pytest.raises(UnsafePath):
        load_file(root / ".." / "outside.md", root)


def test_a_link_inside_the_folder_is_the_file_that_it_leads_to(root: Path) -> None:
    (root / "a.md").write_text("text")
    (root / "b.md").symlink_to("a.md")
    assert load_file(root / "b.md", root).document.id == "a.md"
    assert [document.id for document in load_folder(root).documents] == ["a.md"]


def test_a_file_over_the_limit_is_refused_and_one_at_the_limit_is_read(root: Path) -> None:
    (root / "a.txt").write_text("x" * 100)
    assert len(load_file(root / "a.txt", root, max_bytes=100).document.text) == 100
    with pytest.raises(SourceUnreadable, match="larger than"):
        load_file(root / "a.txt", root, max_bytes=99)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        pytest.param("a.md", b"", "holds no text", id="empty"),
        pytest.param("a.md", " \n\u200b\n".encode(), "holds no text", id="invisible"),
        pytest.param("a.md", b"caf\xe9", "UTF-8", id="Latin-1"),
        pytest.param("a.md", b"a\x00" * 50, "binary", id="binary"),
        pytest.param("a.docx", b"text", "kind", id="unknown kind"),
        pytest.param("README", b"text", "kind", id="no suffix"),
        pytest.param("a\u202e.md", b"text", "Rename", id="hidden character in the name"),
        pytest.param("a\nb.md", b"text", "Rename", id="line end in the name"),
    ],
)
def test_what_cannot_be_read_says_why_and_what_to_do(
    root: Path, name: str, data: bytes, message: str
) -> None:
    (root / name).write_bytes(data)
    with pytest.raises(SourceUnreadable, match=message) as caught:
        load_file(root / name, root)
    assert caught.value.cure
    assert "\n" not in str(caught.value)


def test_a_name_that_is_not_unicode_is_refused(root: Path) -> None:
    raw = os.fsencode(root) + b"/caf\xe9.md"
    try:
        Path(os.fsdecode(raw)).write_text("text")
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    report = load_folder(root)
    assert report.documents == ()
    (problem,) = report.problems
    str(problem).encode()
    assert "Rename" in problem.cure


def test_a_missing_file_a_folder_a_pipe_and_a_loop_are_errors(root: Path) -> None:
    (root / "folder.md").mkdir()
    os.mkfifo(root / "pipe.md")
    (root / "loop.md").symlink_to("loop.md")
    with pytest.raises(SourceMissing):
        load_file(root / "none.md", root)
    for name in ("folder.md", "pipe.md", "loop.md"):
        with pytest.raises(SourceUnreadable, match=name):
            load_file(root / name, root)
    with pytest.raises(CorpusError):
        load_file(root / "a\0b.md", root)


def test_one_bad_file_never_hides_the_others(root: Path) -> None:
    (root.parent / "outside.md").write_text("secret")
    (root / "z").mkdir()
    (root / "z" / "good.md").write_text("# Good\n")
    (root / "also good.txt").write_text("text")
    (root / "bad.md").write_bytes(b"\xff\xfe\xfd")
    (root / "empty.md").write_text("")
    (root / "gone.md").symlink_to("nowhere.md")
    (root / "out.md").symlink_to("../outside.md")
    (root / "picture.png").write_bytes(b"\x89PNG")
    (root / "photo.PNG").write_bytes(b"\x89PNG")
    report = load_folder(root)
    assert [document.id for document in report.documents] == ["also good.txt", "z/good.md"]
    kinds = [type(problem) for problem in report.problems]
    assert kinds == [
        SourceUnreadable,
        SourceUnreadable,
        SourceMissing,
        UnsafePath,
        SourceUnreadable,
    ]
    assert "2 files are of kinds that are not read: .png (2)" in report.problems[-1].what


def test_hidden_files_and_links_to_folders_are_passed_over(root: Path) -> None:
    (root / ".git").mkdir()
    (root / ".git" / "a.md").write_text("text")
    (root / ".hidden.md").write_text("text")
    (root / "round").symlink_to(".")
    (root / "seen.md").write_text("text")
    report = load_folder(root)
    assert [document.id for document in report.documents] == ["seen.md"]
    assert report.problems == ()


def test_a_folder_that_is_missing_or_no_folder_is_an_error(root: Path) -> None:
    with pytest.raises(SourceMissing):
        load_folder(root / "none")
    (root / "a.md").write_text("text")
    with pytest.raises(SourceUnreadable, match="not a folder"):
        load_folder(root / "a.md")


def test_a_document_of_each_kind_is_loaded_with_what_was_dropped(root: Path) -> None:
    page = PdfPage([*paragraph(["A line of text on a page."]), Words(300, 770, "1")])
    (root / "a.md").write_bytes(b"\xef\xbb\xbf# A\n\n![](x.png)\n")
    (root / "b.htm").write_text("<title>B</title><nav>n</nav><main><p>said</main>")
    (root / "c.xhtml").write_text('<?xml version="1.0" encoding="utf-8"?><html><p>said</p></html>')
    (root / "d.pdf").write_bytes(make_pdf([page, page]))
    (root / "e.mdx").write_text("import Box from 'a'\n\n<Box b='c'>said</Box>\n")
    (root / "f.txt").write_text("said")
    report = load_folder(root)
    assert report.problems == ()
    dropped = {one.document.id: dict(one.dropped) for one in report.loaded}
    assert dropped == {
        "a.md": {"images": 1},
        "b.htm": {"navigation": 1},
        "c.xhtml": {},
        "d.pdf": {"page numbers": 2},
        "e.mdx": {"imports": 1, "component tags": 2},
        "f.txt": {},
    }
    first = report.loaded[0]
    assert first.sha256 == hashlib.sha256((root / "a.md").read_bytes()).hexdigest()
    assert [len(document.pages) for document in report.documents] == [0, 0, 0, 2, 0, 0]


def test_what_cannot_be_read_never_hides_the_others(root: Path) -> None:
    (root.parent / "outside.md").write_text("secret")
    (root / "good.md").write_text("# Good\n")
    (root / "binary.md").write_bytes(b"a\x00" * 50)
    (root / "bomb.html").write_text("<div>" * 5_000)
    (root / "broken.pdf").write_bytes(b"%PDF-1.7 and no more")
    (root / "latin.txt").write_bytes(b"caf\xe9")
    (root / "empty.html").write_text("<body></body>")
    (root / "out.md").symlink_to("../outside.md")
    with (root / "huge.md").open("wb") as file:
        file.truncate(1024**3)  # a hole: no byte of it is written, none should be read
    (root / "shut.md").write_text("text")
    (root / "shut.md").chmod(0)
    started = time.monotonic()
    report = load_folder(root)
    assert time.monotonic() - started < 30
    is_root = os.geteuid() == 0  # who may read everything
    assert [one.document.id for one in report.loaded] == ["good.md", *(["shut.md"] * is_root)]
    told = " ".join(str(problem) for problem in report.problems)
    for name in ("binary.md", "bomb.html", "broken.pdf", "latin.txt", "empty.html", "out.md"):
        assert f"“{name}”" in told
    assert "“huge.md” is larger than 50 MiB" in told
    assert len(report.problems) == 8 - is_root
    assert all("\n" not in str(problem) for problem in report.problems)


def test_progress_names_each_file_as_it_is_taken_up(root: Path) -> None:
    (root / "b").mkdir()
    (root / "b" / "c.txt").write_text("text")
    (root / "a.md").write_text("")
    (root / "skipped.zip").write_text("")
    heard: list[tuple[str, int, int]] = []
    load_folder(root, progress=lambda *step: heard.append(step))
    assert heard == [("a.md", 0, 2), ("b/c.txt", 1, 2)]


def test_what_the_caller_knows_goes_before_what_the_content_declares() -> None:
    html = b"<title>T</title><link rel=canonical href=https://x.org/a><main><p>said</main>"
    declared = read_document(html, id="web/a", suffix=".HTML").document
    assert (declared.title, declared.url, declared.kind) == ("T (a)", "https://x.org/a", "file")
    known = read_document(
        html, id="a", suffix=".html", url="https://y.org", vendor="V", title="Known", kind="web"
    ).document
    assert (known.title, known.url, known.vendor, known.kind) == (
        "Known",
        "https://y.org",
        "V",
        "web",
    )


@pytest.fixture(scope="module")
def real() -> LoadReport:
    if not _VENDOR_DOCS.is_dir():
        pytest.skip("the vendor documents are not here")
    return load_folder(_VENDOR_DOCS)


def test_all_documents_of_a_real_collection_are_read(real: LoadReport) -> None:
    files = {p for p in _VENDOR_DOCS.rglob("*") if p.suffix in (".md", ".html", ".pdf")}
    documents = {document.id: document for document in real.documents}
    assert set(documents) == {path.relative_to(_VENDOR_DOCS).as_posix() for path in files}
    assert len(documents) == 192
    (unread,) = real.problems
    assert ".tsv (1)" in unread.what
    for document in real.documents:
        assert len(document.text) > 300, document.id
        for block in parse_markdown(document.text):
            assert 0 <= block.span.start < block.span.end <= len(document.text)
        assert chunk_document(document, lambda text: len(text) // 4), document.id
    for file, sayings in _SAYS.items():
        for saying in sayings:
            assert saying in documents[file].text, (file, saying)
    for file, leftovers in _SAYS_NOT.items():
        for leftover in leftovers:
            assert leftover not in documents[file].text, (file, leftover)


def test_what_real_documents_declare_is_kept(real: LoadReport) -> None:
    documents = {document.id: document for document in real.documents}

    def load(file: str) -> Document:
        return documents[file]

    blog = load("falcon/falcon2-11b-blog.html")
    assert blog.url == "https://falcon-lm.github.io/blog/falcon2-11b/"
    assert blog.dated == "2024-05-24"
    assert (
        load("falcon/falcon-h1-deployment-site.html").title
        == "Deployment (falcon-h1-deployment-site)"
    )
    assert load("falcon/falcon-h1-blog.md").dated == "2025-05-20"
    paper = load("anthropic/constitutional-ai-paper.pdf")
    assert paper.title == "Constitutional AI: Harmlessness from AI Feedback"
    assert paper.dated == "2022-12-19"
    assert len(paper.pages) == 34
    assert paper.page_at(paper.text.index("### 1.4 Models and Data")) == 6
    guide = load("meta/llama2-responsible-use-guide.pdf")
    assert guide.title == "Responsible Use Guide"
    assert len(guide.pages) == 24


# What a person who opened the files found that they say, in words short enough to name a place.
_SAYS = {
    "falcon/falcon2-11b-blog.html": (
        "| Stage 1 | 2048 | 4500 |",
        "```python\nfrom transformers import AutoTokenizer",
        "## License information",
    ),
    "falcon/falcon-h1-deployment-site.html": ("```bash\n# pip install vllm", "#### 5. Web UI"),
    "falcon/falcon-3-tutorial.html": ("| Homebrew |  | ✅ | ✅ |", "   - **API Key:**"),
    "meta/llama3.1-model-card.md": ("| Llama 3.1 (text only) |", "| 405B |"),
    "meta/llama1-model-card.md": ("| 7B | 4096 | 32 | 32 |",),
    "meta/llama-guard-3-8b-model-card.md": ("|  | Search tool calls F1 ↑ |",),
    "mistral/first-api-request.md": (
        "## Step 1: Get your API key",
        "| `401 Unauthorized` |",
        "import { Mistral } from '@mistralai/mistralai';",
    ),
    "mistral/usage-limits.md": ("[Admin Panel > API > Limits](https://",),
    "ollama/embeddings.md": ("**cURL**\n\n```shell\n",),
    "anthropic/constitutional-ai-paper.pdf": (
        "### 1.3 Contributions",
        "#### C.2 Principles for RL-CAI",
        "```\nConsider the following conversation",
        "self-improvement",
    ),
    "meta/llama2-responsible-use-guide.pdf": (
        "### Mitigation points for LLM-powered products",
        "- OECD’s AI Principles\n- NIST’s",
    ),
}
_SAYS_NOT = {
    "falcon/falcon2-11b-blog.html": ("Powered by", "Try Falcon Chat", "Table of Contents"),
    "falcon/falcon-h1-deployment-site.html": ("Fine-Tuning Guidelines", "MkDocs", "Next page"),
    "ollama/api.md": ("AAAAAXNSR0IArs",),
    "ollama/modelfile.md": ("Table of Contents", "</Card>"),
    "google/gemini-cookbook-readme.md": ("<br>", "colab_icon"),
    "mistral/first-api-request.md": ("<SectionTab", "import { Tabs"),
    "anthropic/claude-platform-availability.md": ("reviewer-only",),
    "falcon/falcon-h1-blog.md": ("<td", "<style", "show_word_count"),
    "anthropic/constitutional-ai-paper.pdf": ("GGene", "con-versely", "arXiv:2212"),
    "meta/llama2-responsible-use-guide.pdf": ("JULY 2023 5", "Contents"),
}
