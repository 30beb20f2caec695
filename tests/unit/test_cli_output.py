"""What the command line writes is read by a terminal, which obeys some of it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.cli.output import note, write, write_json

ORDERS = (
    "\x1b]0;a title\x07",
    "\x1b]52;c;cm0gLXJm\x07",
    "\x1b]8;;http://evil.example/\x1b\\\\link\x1b]8;;\x1b\\\\",
    "\x1b[2J\x1b[H",
    "\x9b2J",
    "secret\rpublic",
    "a\x08b",
    "\u202eabc\u202c",
    "\u2066abc\u2069",
    "\x00",
)
OBEYED = set("\x1b\x07\x9b\r\x08\x00\u202e\u202c\u2066\u2069")


@pytest.mark.parametrize("said", ORDERS)
def test_what_a_terminal_would_obey_is_not_written(
    said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(f"Microsoft {said} makes it.\n\tYes.")
    note(f"It broke {said} off.")
    out, err = capsys.readouterr()
    assert not OBEYED & set(out + err)
    assert out.endswith("makes it.\n\tYes.\n")


@pytest.mark.parametrize("said", ORDERS)
def test_json_keeps_every_letter_and_orders_nothing(
    said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_json({"answer": said, "Größe": "œ ≥ 😀"})
    out = capsys.readouterr().out
    assert not OBEYED & set(out)
    assert json.loads(out) == {"answer": said, "Größe": "œ ≥ 😀"}
    assert "Größe" in out


@given(st.text())
def test_what_is_no_order_is_written_as_it_is(said: str) -> None:
    import contextlib
    import io

    plain = "".join(sign for sign in said if sign.isprintable() or sign in "\n\t")
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        write(plain)
    assert out.getvalue() == plain + "\n"
