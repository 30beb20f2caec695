"""The command line that scripts rely on."""

import io
import json
from pathlib import Path

import pytest

from corpus.library import load_shipped
from tests.cli.conftest import Run

pytestmark = pytest.mark.model

PHI = "Who makes Phi-3 and is it proprietary?"
ANSWER_FIELDS = {
    "backend", "kind", "text", "citations", "sentences", "disputes", "receipt", "status", "error",
}  # fmt: skip


def test_the_first_question_names_the_lessons_error_and_the_vendors_side_cited(
    run: Run, built_home: Path
) -> None:
    result = run("ask", PHI, "--json", "--backend", "reader", "--home", str(built_home))
    (answer,) = result.value["answers"]
    assert result.code == 0
    assert set(answer) == ANSWER_FIELDS
    assert answer["status"] == "finished"
    assert "Microsoft" in answer["text"]
    assert "Inflection" in answer["text"]
    assert {"claim-14", "claim-15"} <= {dispute["claim"] for dispute in answer["disputes"]}
    assert answer["citations"]
    assert all(citation["valid"] for citation in answer["citations"])


def test_the_lessons_own_words_are_among_the_evidence_of_a_dispute(
    run: Run, built_home: Path
) -> None:
    value = run("ask", PHI, "--json", "--backend", "reader", "--home", str(built_home)).value
    (answer,) = value["answers"]
    by_rank = {passage["rank"]: passage for passage in value["evidence"]["passages"]}
    for dispute in answer["disputes"]:
        assert by_rank[dispute["passage"]]["source"] == "lesson"


def test_a_receipt_says_that_the_reader_kept_everything_on_this_machine(
    run: Run, built_home: Path
) -> None:
    value = run("ask", PHI, "--json", "--backend", "reader", "--home", str(built_home)).value
    receipt = value["answers"][0]["receipt"]
    assert receipt["stayed_local"] is True
    assert receipt["destination"] == "this process"
    assert receipt["evidence_hash"] == value["evidence"]["hash"]


def test_a_question_that_the_sources_do_not_hold_is_refused_with_the_nearest_passages(
    run: Run, built_home: Path
) -> None:
    question = "What is the capital of Mongolia?"
    value = run("ask", question, "--json", "--backend", "reader", "--home", str(built_home)).value
    assert "not in these sources" in value["answers"][0]["text"]
    assert value["evidence"]["answerable"] is False
    assert value["evidence"]["passages"]


def test_two_backends_answer_over_the_same_evidence(run: Run, built_home: Path) -> None:
    value = run(
        "ask",
        PHI,
        "--json",
        "--backend",
        "reader",
        "--backend",
        "reader",
        "--home",
        str(built_home),
    ).value
    hashes = {answer["receipt"]["evidence_hash"] for answer in value["answers"]}
    assert len(value["answers"]) == 2
    assert hashes == {value["evidence"]["hash"]}


def test_passages_are_exact_pieces_of_their_documents(run: Run, built_home: Path) -> None:
    value = run("retrieve", "context window", "-k", "5", "--json", "--home", str(built_home)).value
    texts = {document.id: document.text for document in load_shipped()}
    assert [passage["rank"] for passage in value] == [1, 2, 3, 4, 5]
    for passage in value:
        assert texts[passage["source"]][passage["start"] : passage["end"]] == passage["text"]


def test_questions_from_standard_input_are_answered_a_line_each_and_follow_ups_understood(
    run: Run, built_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [
        {"question": "Who makes Falcon?"},
        {"question": "What is its licence?", "history": ["Who makes Falcon?"]},
        {
            "question": "and Grok?",
            "history": [
                {"role": "user", "content": "Who makes Falcon?"},
                {"role": "assistant", "content": "TII makes it."},
            ],
        },
    ]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(map(json.dumps, lines))))
    result = run("retrieve", "-", "-k", "3", "--home", str(built_home))
    sources = [[p["source"] for p in json.loads(line)] for line in result.out.splitlines()]
    assert len(sources) == 3
    assert "notes/falcon" in sources[1]
    assert "notes/grok" in sources[2]


def test_a_line_that_is_no_question_is_named(
    run: Run, built_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"question": "Who makes Grok?"}\nnonsense\n'))
    result = run("retrieve", "-", "--home", str(built_home))
    assert result.code == 1
    assert len(result.out.splitlines()) == 1
    assert "Line 2" in result.err


def test_an_answer_for_people_is_streamed_with_its_sources(run: Run, built_home: Path) -> None:
    result = run("ask", PHI, "--backend", "reader", "--home", str(built_home))
    assert "Sources" in result.out
    assert "stayed on this machine" in result.err


def test_a_second_build_does_nothing(run: Run, built_home: Path) -> None:
    value = run("index", "build", "--json", "--home", str(built_home)).value
    assert value["embedded"] == 0


def test_status_and_verify_agree_on_the_index(run: Run, built_home: Path) -> None:
    status = run("index", "status", "--json", "--home", str(built_home)).value
    verified = run("index", "verify", "--json", "--home", str(built_home)).value
    assert status["state"] == "ready"
    assert verified["state"] == "verified"
    assert status["chunks"] == verified["chunks"] > 100


def test_verifying_an_index_that_is_not_there_names_the_cure(run: Run, home: Path) -> None:
    result = run("index", "verify", "--home", str(home))
    assert result.code == 1
    assert len(result.err.splitlines()) == 2
    assert "counterpoint index build" in result.err


def test_the_documents_are_the_lesson_and_the_notes(run: Run, home: Path) -> None:
    value = run("corpus", "list", "--json", "--home", str(home)).value
    assert value[0]["id"] == "lesson"
    assert "notes/phi-3" in {document["id"] for document in value}


def test_backends_are_listed_with_kind_price_and_state(run: Run, home: Path) -> None:
    value = run("backends", "--json", "--home", str(home)).value
    by_id = {entry["id"]: entry for entry in value}
    assert by_id["reader"]["health"]["state"] == "ready"
    assert {entry["kind"] for entry in value} == {"open", "proprietary"}
    openai = next(entry for entry in value if entry["adapter"] == "openai")
    assert openai["health"]["state"] == "no key"
    assert "OPENAI_API_KEY" in openai["health"]["cure"]


def test_the_doctor_answers_a_question_with_the_network_blocked(run: Run, built_home: Path) -> None:
    result = run("doctor", "--offline", "--json", "--home", str(built_home))
    offline = next(finding for finding in result.value if finding["what"] == "offline")
    assert offline["ok"] is True


@pytest.mark.parametrize(
    "arguments",
    [(), ("nonsense",), ("ask",), ("retrieve", "x", "-k", "0"), ("retrieve", "x", "-k", "many")],
)
def test_wrong_usage_is_exit_code_2(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments).code == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ask", "Hello?", "--backend", "nobody"), "nobody"),
        (("ask", "  ", "--backend", "reader"), "empty"),
    ],
)
def test_a_failure_is_two_lines_and_no_traceback(
    run: Run, built_home: Path, arguments: tuple[str, ...], said: str
) -> None:
    result = run(*arguments, "--home", str(built_home))
    assert result.code == 1
    assert len(result.err.strip().splitlines()) == 2
    assert said in result.err
    assert "Traceback" not in result.err
    assert result.out == ""


def test_a_missing_key_is_named_with_its_cure(run: Run, built_home: Path) -> None:
    openai = next(
        entry["id"]
        for entry in run("backends", "--json", "--home", str(built_home)).value
        if entry["adapter"] == "openai"
    )
    result = run("ask", PHI, "--backend", openai, "--home", str(built_home))
    assert result.code == 1
    assert "OPENAI_API_KEY" in result.err
