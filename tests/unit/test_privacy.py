"""What in a text looks personal, and what only seems so at first sight."""

import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.privacy import find_personal

ROOT = Path(__file__).parents[2]


def marked(text: str) -> list[tuple[str, str]]:
    return [(what, text[span.start : span.end]) for span, what in find_personal(text)]


@pytest.mark.parametrize(
    ("text", "what", "it"),
    [
        ("Write to anna.smith+x@m.example.org.", "e-mail address", "anna.smith+x@m.example.org"),
        ("Call +44 20 7946 0958 today", "phone number", "+44 20 7946 0958"),
        ("ring (555) 123-4567", "phone number", "(555) 123-4567"),
        ("It is 0171 2345678.", "phone number", "0171 2345678"),
        ("Meine Handy Nummer: 0151 234567", "phone number", "0151 234567"),
        ("0049 30 1234567", "phone number", "0049 30 1234567"),
        ("DE89 3704 0044 0532 0130 00 it", "bank account (IBAN)", "DE89 3704 0044 0532 0130 00"),
        ("gb82west12345698765432", "bank account (IBAN)", "gb82west12345698765432"),
        ("BE68 5390 0754 7034 send it", "bank account (IBAN)", "BE68 5390 0754 7034"),
        ("card 4111 1111 1111 1111, please", "payment card", "4111 1111 1111 1111"),
        ("5500-0000-0000-0004", "payment card", "5500-0000-0000-0004"),
        ("378282246310005", "payment card", "378282246310005"),
        ("The server is 203.0.113.45:8080", "address of a machine", "203.0.113.45"),
        ("at 192.168.1.20", "address of a machine", "192.168.1.20"),
        ("2001:db8:85a3::8a2e:370:7334", "address of a machine", "2001:db8:85a3::8a2e:370:7334"),
        ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "key or token", None),
        ("sk-ant-api03-Zx81Qv93Lm20Kp47", "key or token", None),
        ('api_key = "a1b2c3d4e5f6a7b8c9d0"', "key or token", "a1b2c3d4e5f6a7b8c9d0"),
        ("Authorization: Bearer a1b2c3d4e5f6a7b8c9d0", "key or token", "a1b2c3d4e5f6a7b8c9d0"),
        ("-----BEGIN RSA PRIVATE KEY-----", "private key", None),
        ("my password is hunter2", "password", "hunter2"),
        ("https://anna:geheim1@intern.example/", "login in an address", "anna:geheim1"),
        ("My SSN: 536-22-1234", "identity number", "536-22-1234"),
        ("NI number QQ 12 34 56 C? no: AB 12 34 56 C", "identity number", "AB 12 34 56 C"),
        ("DNI 12345678Z", "identity number", "12345678Z"),
        ("codice RSSMRA85T10A562S", "identity number", "RSSMRA85T10A562S"),
        ("n° 1 85 05 78 006 084 91", "identity number", "1 85 05 78 006 084 91"),
        ("passport number C01X00T478", "identity number", "C01X00T478"),
        ("my patient number is 4711 0815", "customer or account number", "4711 0815"),
        ("I live at 221 Baker Street.", "street address", "221 Baker Street"),
        ("1600 Pennsylvania Avenue NW", "street address", "1600 Pennsylvania Avenue"),
        ("wohnt Lindenstraße 12a", "street address", "Lindenstraße 12a"),
        ("12 rue de la Paix", "street address", "12 rue de la Paix"),
        ("Calle de Alcalá 45", "street address", "Calle de Alcalá 45"),
        ("P.O. Box 1234", "street address", "P.O. Box 1234"),
        ("I was born on 3 May 1987 in York", "date of birth", "3 May 1987"),
        ("DOB: 03/05/1987", "date of birth", "03/05/1987"),
        ("geboren am 03.05.1987", "date of birth", "03.05.1987"),
        ("Hello, my name is Anna Smith and", "name", "Anna Smith"),
        ("my name is anna.", "name", "anna"),
        ("Ich heiße Jörg Müller.", "name", "Jörg Müller"),
        ("Mrs Robinson asked", "name", "Robinson"),
        ("Kind regards,\nAnna Smith", "name", "Anna Smith"),
    ],
)  # fmt: skip
def test_what_is_personal_is_marked(text: str, what: str, it: str | None) -> None:
    assert marked(text) == [(what, text if it is None else it)]


@pytest.mark.parametrize(
    "text",
    [
        "GPT-4 costs $30.00 for 1,000,000 tokens of input and 60 for output.",
        "Mixtral has 46,702,792,704 parameters, 12.9B of them active.",
        "46702792704 parameters, 15000000000000 tokens",
        "Released on 2024-07-23; updated 23.07.2024; read on 24 November 2026.",
        "Meta was founded on 4 February 2004, OpenAI in 2015.",
        "arXiv 2303.08774, 2407.21783v3, doi 10.48550/arXiv.2303.08774",
        "See section 1.2.3.4 and version 10.20.30.40 of the library",
        "127.0.0.1:11434 and 0.0.0.0, or http://localhost:8000, or [::1]:80",
        "std::vector<int> at 12:30:45, ratio 3:4:5:6",
        "gpt-4-0613, claude-3-5-sonnet-20241022, mistral-large-2407, gemini-2.5-pro",
        "Set OPENAI_API_KEY=your-api-key-here, or api_key=os.environ['OPENAI_API_KEY']",
        "a key such as sk-... or <token>; token: YOUR_ACCESS_TOKEN",
        "The token limit is 128000; the secret is the mixture of experts.",
        "A password is required. Password: ********",
        "git@github.com:owner/project.git and package@1.2.3 and @mistralai",
        "between 2019-2024 pages 100-200, 555-1234",
        "A100 80GB, H100 8GB, RTX 4090 24GB, T4 16 GB",
        "1234 5678 9012 3456 is no card, and neither is 0000 0000 0000 0000.",
        "GB82 WEST 1234 5698 7654 33 has a wrong check digit",
        "SHA-256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "100 Google Drive files, 5 Million Street View images? 3 Open Source models",
        "My name is not important. The name is Llama.",
        "Phi-3-mini has 3.8 billion parameters and 4,096 or 131,072 tokens.",
        "192.168.1 is no address, 999.999.999.999 neither",
        "Windows 11 24H2, Python 3.11.4, CUDA 12.4.1, 2.0.0.1",
        "0.1 0.25 0.5 075 0800, +30 % and +15 points, -5.25",
        "The MMLU scores are 86.4 70.0 83.7 and 3.1415926535897932.",
    ],
)
def test_what_only_seems_personal_is_left_alone(text: str) -> None:
    assert marked(text) == []


def test_nothing_in_the_lesson_or_the_notes_is_marked() -> None:
    paths = sorted((ROOT / "corpus").rglob("*.md"))
    assert len(paths) > 5
    found = {p.name: marks for p in paths if (marks := marked(p.read_text(encoding="utf-8")))}
    assert found == {}


def test_several_marks_come_in_their_order_and_never_overlap() -> None:
    text = "My name is Anna Smith, anna@example.org, +49 171 1234567, Lindenstraße 12."
    spans = [span for span, _ in find_personal(text)]
    assert len(spans) == 4
    assert spans == sorted(spans, key=lambda span: span.start)
    assert all(a.end <= b.start for a, b in pairwise(spans))


@given(st.text(max_size=300))
def test_any_text_is_read_and_read_alike_twice(text: str) -> None:
    found = find_personal(text)
    assert found == find_personal(text)
    assert all(0 <= span.start < span.end <= len(text) for span, _ in found)


@pytest.mark.parametrize(
    "hostile",
    ["1 " * 50_000, "a." * 50_000, "A" * 100_000, "0" * 100_000, "Ab " * 33_000, "1-" * 50_000,
     "x@" * 50_000, "a:" * 50_000, "DE89 3704 " * 10_000, "my name is " * 9_000, "://a:" * 20_000,
     "eyJ" * 33_000, "+1 " * 33_000, "1.1." * 25_000, "'" * 100_000, "Calle A " * 12_000],
)  # fmt: skip
def test_no_text_keeps_the_search_long(hostile: str) -> None:
    began_s = time.process_time()
    find_personal(hostile)
    assert time.process_time() - began_s < 2
