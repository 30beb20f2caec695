"""The lesson, checked: its text, and what the vendors say to each of its claims."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from assistant.markup.elements import SafeHtml, element, hidden, icon, join, outward_link
from assistant.markup.figures import day, number_of
from corpus.claims import SYSTEMS, Claim, Verdict
from corpus.documents import Document
from ui.web.render.lesson_text import (
    VERDICT_WORDS,
    headings_of,
    marked_lesson,
    number_in_table,
    place_id,
    verdict_sign,
)

# Best first, as a reader counts them.
_ORDER: Final[tuple[Verdict, ...]] = ("agrees", "outdated", "wrong", "unverifiable")
_COUNTED: Final[dict[Verdict, tuple[str, str]]] = {
    "agrees": ("agrees", "agree"),
    "outdated": ("outdated", "outdated"),
    "wrong": ("wrong", "wrong"),
    "unverifiable": ("cannot be checked", "cannot be checked"),
}
_SENTENCES: Final[dict[Verdict, str]] = {
    "agrees": "The vendor agrees",
    "outdated": "The lesson is out of date here",
    "wrong": "The lesson is wrong here",
    "unverifiable": "No vendor document bears this out",
}
_SYSTEM_NAMES: Final = {
    "llama": "LLaMA",
    "mistral": "Mistral",
    "falcon": "Falcon",
    "gpt-4": "GPT-4",
    "claude": "Claude",
    "gemini": "Gemini",
    "phi-3": "Phi-3",
    "grok": "Grok",
    "inflection": "Inflection AI",
    "ollama": "Ollama",
}


@lru_cache(maxsize=2)
def lesson_page(lesson: Document, claims: tuple[Claim, ...]) -> SafeHtml:
    """The whole tab: summary, filters, contents, the marked lesson, and the evidence.

    Args:
        lesson: the lesson.
        claims: the claims table, with spans in the lesson's text.
    """
    return element(
        "div",
        _head(claims),
        element(
            "div",
            _contents(lesson),
            element("article", marked_lesson(lesson, claims), class_="lesson-text", lang="en"),
            class_="lesson-body",
        ),
        element("div", *(_card(claim) for claim in claims), class_="claim-cards", hidden=True),
        _evidence_panel(),
        class_="lesson",
    )


def question_about(claim: Claim) -> str:
    """A question that both sides can be asked about a claim."""
    return (
        f"Is it true, as the lesson says, that {_inside_a_sentence(claim.lesson_says).rstrip('.')}?"
    )


def verdict_sentence(verdict: Verdict) -> str:
    """A verdict as a sentence."""
    return _SENTENCES[verdict]


def claim_source(claim: Claim) -> SafeHtml:
    """The vendor's document with its link, and its date or that it has none."""
    return join(
        [outward_link(claim.source_title, claim.source_url), f" · {day(claim.source_date)}"]
    )


def _head(claims: Sequence[Claim]) -> SafeHtml:
    counts = Counter(claim.verdict for claim in claims)
    told = ", ".join(
        f"{counts[verdict]} {_COUNTED[verdict][counts[verdict] != 1]}" for verdict in _ORDER
    )
    return element(
        "header",
        element("h2", "The lesson, checked"),
        element(
            "p",
            element("strong", f"{number_of(len(claims), 'claim')} checked"),
            f" against what the vendors publish: {told}.",
            class_="lesson-sum",
        ),
        element("div", *(_share(v, counts[v]) for v in _ORDER), class_="bar", aria_hidden="true"),
        element("p", "Choose a marked statement to see what its vendor says.", class_="quiet"),
        _filters(claims, counts),
        class_="lesson-head",
    )


def _share(verdict: Verdict, count: int) -> SafeHtml | None:
    return element("span", data_verdict=verdict, style=f"flex-grow:{count}") if count else None


def _filters(claims: Sequence[Claim], counts: Counter[Verdict]) -> SafeHtml:
    of_systems = Counter(system for claim in claims for system in claim.systems)
    verdicts = [
        _toggle("verdict", v, counts[v], verdict_sign(v), _COUNTED[v][counts[v] != 1])
        for v in _ORDER
    ]
    systems = [
        _toggle("system", s, of_systems[s], None, _SYSTEM_NAMES[s])
        for s in SYSTEMS
        if of_systems[s]
    ]
    return element(
        "div",
        element("div", *verdicts, class_="toggles", role="group", aria_label="Show by verdict"),
        element("div", *systems, class_="toggles", role="group", aria_label="Show by system"),
        element(
            "div",
            element("p", f"All {len(claims)} claims are marked.", role="status"),
            element("button", "Mark all", type="button", data_mark_all=True, hidden=True),
            *_steps(),
            class_="steps",
        ),
        class_="filters",
    )


def _toggle(what: str, value: str, count: int, sign: SafeHtml | None, words: str) -> SafeHtml:
    number = element("span", str(count), class_="count")
    return element(
        "button",
        sign,
        *([number, f" {words}"] if what == "verdict" else [f"{words} ", number]),
        type="button",
        class_="toggle",
        aria_pressed="false",
        data_filter=what,
        data_value=value,
        data_verdict=value if what == "verdict" else None,
    )


def _steps() -> tuple[SafeHtml, SafeHtml]:
    return _step("previous", "Previous", "k"), _step("next", "Next", "j")


def _step(way: str, words: str, key: str) -> SafeHtml:
    return element(
        "button",
        words,
        hidden(" claim"),
        element("kbd", key, aria_hidden="true"),
        type="button",
        class_="step-button",
        data_step=way,
        aria_keyshortcuts=key,
    )


def _contents(lesson: Document) -> SafeHtml:
    lines = [
        element("li", element("a", h.words, href=f"#{h.id}"), class_=f"level-{h.level}")
        for h in headings_of(lesson)
    ]
    return element(
        "nav",
        element("details", element("summary", "Contents"), element("ol", *lines)),
        class_="contents",
        aria_label="Contents of the lesson",
    )


def _evidence_panel() -> SafeHtml:
    return element(
        "section",
        element("button", icon("close"), type="button", class_="close", aria_label="Close (Esc)",
                data_close_evidence=True),
        element("div", class_="evidence-cards"),
        element("p", *_steps(), class_="steps"),
        id="evidence",
        class_="evidence",
        aria_label="Evidence",
        tabindex="-1",
        hidden=True,
    )  # fmt: skip


def _card(claim: Claim) -> SafeHtml:
    number = number_in_table(claim)
    return element(
        "article",
        element(
            "p",
            verdict_sign(claim.verdict),
            element("strong", verdict_sentence(claim.verdict)),
            element("span", f"claim {number}", class_="quiet"),
            class_="card-verdict",
        ),
        both_sides(claim),
        element("p", "Source: ", claim_source(claim), class_="card-source"),
        _places(claim),
        element(
            "p",
            element(
                "button", "Ask both sides about this", type="button", data_ask=question_about(claim)
            ),
            element("button", "Copy link", type="button", data_copy_claim=claim.id),
            class_="card-actions",
        ),
        class_="claim-card",
        aria_label=f"Claim {number}: {VERDICT_WORDS[claim.verdict]}",
        tabindex="-1",
        data_card=claim.id,
        data_verdict=claim.verdict,
        data_systems=" ".join(claim.systems),
    )


def both_sides(claim: Claim) -> SafeHtml:
    """What the lesson says beside what the vendor says."""
    return element(
        "dl",
        element("div", element("dt", "The lesson says"), element("dd", claim.lesson_says)),
        element("div", element("dt", "The vendor says"), element("dd", claim.vendor_says)),
    )


def _places(claim: Claim) -> SafeHtml | None:
    """Where else the lesson says it."""
    if len(claim.spans) == 1:
        return None
    links = (
        element("a", f"place {n}", href=f"#{place_id(claim, n)}", data_claim=place_id(claim, n))
        for n in range(1, len(claim.spans) + 1)
    )
    places = number_of(len(claim.spans), "place")
    return element(
        "p", f"The lesson says this in {places}: ", join(links, ", "), class_="card-places"
    )


def _inside_a_sentence(words: str) -> str:
    """A sentence as it goes on after others: its first word small, unless that is a name."""
    first = words.split(maxsplit=1)[0]
    names = {*_SYSTEM_NAMES.values(), "Mixtral"}
    is_name = first.rstrip(",") in names or any(letter.isupper() for letter in first[1:])
    return words if is_name else words[:1].lower() + words[1:]
