"""Cleaning and decoding of text."""

import codecs
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import corpus
from corpus.errors import SourceUnreadable
from corpus.text import clean_text, decode_bytes, printable

_LESSON = Path(corpus.__file__).parent / "lesson.md"

# Every sort that must never come out, by Unicode category or by hand.
_NEVER_CATEGORIES = {"Cs", "Co"}
_NEVER = set(
    "\r\v\f\x00\x7f\x85\u2028\u2029\ufeff\u00ad\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2066\u2067\u2068\u2069\u061c\u180e\ufb00\ufb01\ufb02\ufb03\ufb04\ufe00\ufe0e\ufffe\uffff"
) | {chr(code) for code in range(0xE0000, 0xE1000)}
_AWKWARD = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=["Cs", "Co", "Cf", "Cc"]),
        st.sampled_from(
            "a1#\u0301\u094d\u0915\u0627\u200c\u200d\ufe0f\u20e3\U0001f600\U0001f3fd\r\n"
        ),
    )
)


def test_the_lesson_comes_through_unchanged() -> None:
    raw = _LESSON.read_bytes().decode()
    cleaned = clean_text(raw)
    assert cleaned.text == raw
    assert cleaned.removed == {}


@given(_AWKWARD)
def test_cleaning_twice_changes_nothing(raw: str) -> None:
    once = clean_text(raw)
    twice = clean_text(once.text)
    assert twice.text == once.text
    assert twice.removed == {}


@given(_AWKWARD)
def test_no_forbidden_character_is_left(raw: str) -> None:
    text = clean_text(raw).text
    assert not _NEVER & set(text)
    assert not [c for c in text if unicodedata.category(c) in _NEVER_CATEGORIES]
    assert not [c for c in text if unicodedata.category(c) == "Cc" and c not in "\n\t"]
    assert unicodedata.is_normalized("NFC", text)
    text.encode()


@given(st.text(st.characters(categories=["Lu", "Ll", "Nd", "Po", "Zs"], max_codepoint=0x24F)))
def test_plain_western_text_loses_nothing(raw: str) -> None:
    cleaned = clean_text(raw)
    assert cleaned.text == unicodedata.normalize("NFC", raw)
    assert cleaned.removed == {}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param("a\r\nb\rc\x85d\u2028e\ff", "a\nb\nc\nd\ne\nf", id="line ends"),
        pytest.param("\ufeffa\x00b\x1b[31m\tc", "ab[31m\tc", id="control characters"),
        pytest.param("co\u00adopera\u200btion", "cooperation", id="invisible breaks"),
        pytest.param("\u202egpj.exe\u202c", "gpj.exe", id="direction controls"),
        pytest.param("hi\U000e0049\U000e0067", "hi", id="tag characters"),
        pytest.param("x\ufe00\ufe01\U000e0105", "x", id="variation-selector payload"),
        pytest.param("\U0001f600\U000e0154\U000e0155", "\U0001f600", id="payload behind an emoji"),
        pytest.param("a\ue000\U000f0000b\U0010fffd", "ab", id="private use"),
        pytest.param("a\ud800b\udfff", "ab", id="lone surrogates"),
        pytest.param(
            "e\ufb03cient \ufb01ne \ufb02at o\ufb00", "efficient fine flat off", id="ligatures"
        ),
        pytest.param("cafe\u0301", "caf\u00e9", id="composed"),
        pytest.param("e\u200b\u0301", "\u00e9", id="composed after a removal"),
        pytest.param("pass\u200dword", "password", id="joiner between Latin letters"),
        pytest.param("\u200c\u200d", "", id="joiners alone"),
    ],
)
def test_what_nobody_can_see_is_removed(raw: str, expected: str) -> None:
    assert clean_text(raw).text == expected


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param("\U0001f468\u200d\U0001f469\u200d\U0001f467", id="family"),
        pytest.param("\U0001f44d\U0001f3fd", id="skin tone"),
        pytest.param("\U0001f9d1\U0001f3fd\u200d\U0001f4bb", id="skin tone and profession"),
        pytest.param("\u2764\ufe0f\u200d\U0001f525", id="heart on fire"),
        pytest.param("1\ufe0f\u20e3", id="keycap"),
        pytest.param("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", id="Persian"),
        pytest.param("\u0915\u094d\u200d\u0937", id="Devanagari half letter"),
        pytest.param("\u0d28\u0d4d\u200d", id="Malayalam chillu at a word's end"),
        pytest.param("\u4e2d\u6587 \ud55c\uad6d\uc5b4 \u0395\u03bb", id="other scripts"),
        pytest.param("12\u00a0GB \u2013 \u20ac5", id="typography"),
    ],
)
def test_what_writing_needs_is_kept(raw: str) -> None:
    cleaned = clean_text(raw)
    assert cleaned.text == raw
    assert cleaned.removed == {}


def test_what_was_removed_is_counted_by_sort() -> None:
    cleaned = clean_text("\ufeffa\u200b\u200bb\u202ec\r\n\ufb01\x00")
    assert cleaned.removed == {
        "byte order marks": 1,
        "zero-width characters": 2,
        "direction controls": 1,
        "control characters": 1,
    }


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("Grüße\n".encode(), id="UTF-8"),
        pytest.param(codecs.BOM_UTF8 + "Grüße\n".encode(), id="UTF-8 with a mark"),
        pytest.param("Grüße\n".encode("utf-16"), id="UTF-16, order of the machine"),
        pytest.param(codecs.BOM_UTF16_BE + "Grüße\n".encode("utf-16-be"), id="UTF-16, big end"),
    ],
)
def test_the_encodings_that_say_what_they_are_are_read(data: bytes) -> None:
    assert decode_bytes(data, "a.txt") == "Grüße\n"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("Grüße".encode("latin-1"), id="Latin-1"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00", id="image"),
        pytest.param(b"ab\x00\x00" * 100, id="many NULs"),
        pytest.param(codecs.BOM_UTF16_LE + b"a", id="half a character"),
        pytest.param("text".encode("utf-32"), id="UTF-32"),
    ],
)
def test_what_is_not_text_is_refused_with_a_cure(data: bytes) -> None:
    with pytest.raises(SourceUnreadable) as caught:
        decode_bytes(data, "a\nb.txt")
    assert "“a b.txt”" in caught.value.what
    assert caught.value.cure


@given(st.binary())
def test_decoding_gives_text_or_the_one_error(data: bytes) -> None:
    try:
        text = decode_bytes(data, "a.txt")
    except SourceUnreadable:
        return
    text.encode()


def test_a_name_is_shown_on_one_line() -> None:
    assert printable("in\nvoice\u202e\udcff.txt") == "in voice.txt"
