"""Answers and evidence as plain JSON values: for scripts, exports and runs."""

from dataclasses import asdict, replace
from typing import Any

from assistant.evidence import Dispute, Evidence
from assistant.preview import Preview, PreviewSide
from assistant.turns import Answer, Receipt
from corpus.errors import CounterpointError
from index.passages import Passage


def passage_record(passage: Passage) -> dict[str, Any]:
    """One ranked passage; ``page`` is there for a paged format only."""
    page = {} if passage.page is None else {"page": passage.page}
    return {
        "rank": passage.number,
        "score": round(passage.score, 6),
        "source": passage.source,
        "title": passage.title,
        "heading": passage.heading,
        "url": passage.url,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        **page,
    }


def evidence_record(evidence: Evidence) -> dict[str, Any]:
    """The evidence of a turn with its hash."""
    return {
        "hash": evidence.hash,
        "searched": evidence.standalone_question,
        "answerable": evidence.answerable,
        "passages": [passage_record(passage) for passage in evidence.passages],
    }


def dispute_record(dispute: Dispute) -> dict[str, Any]:
    """A claim of the lesson that the vendor sees differently."""
    claim = dispute.claim
    return {
        "claim": claim.id,
        "verdict": claim.verdict,
        "lesson_says": claim.lesson_says,
        "vendor_says": claim.vendor_says,
        "source": claim.source_title,
        "url": claim.source_url,
        "date": claim.source_date,
        "passage": dispute.passage,
    }


def receipt_record(receipt: Receipt) -> dict[str, Any]:
    """A receipt; unknown values are null."""
    values = asdict(receipt)
    values["tokens_per_second"] = receipt.tokens_per_second
    values["stop_reason"] = receipt.stop_reason.value
    return values


def preview_record(preview: Preview) -> dict[str, Any]:
    """What a question would send; the personal marks carry their text."""
    messages = preview.messages
    return {
        "question": preview.evidence.question,
        "evidence": evidence_record(preview.evidence),
        "messages": [asdict(message) for message in messages],
        "prompt_hash": preview.prompt_hash,
        "search_host": preview.search_host,
        "sides": [_side_record(side) for side in preview.sides],
        "personal": [
            {
                "message": mark.message,
                "start": mark.span.start,
                "end": mark.span.end,
                "text": messages[mark.message].content[mark.span.start : mark.span.end],
                "what": mark.what,
            }
            for mark in preview.personal
        ],
    }


def _side_record(side: PreviewSide) -> dict[str, Any]:
    return {**asdict(replace(side, error=None)), "error": error_record(side.error)}


def error_record(error: CounterpointError | None) -> dict[str, str] | None:
    """What happened and what to do, or null."""
    return {"what": error.what, "cure": error.cure} if error else None


def answer_record(answer: Answer) -> dict[str, Any]:
    """One answer with its citations, checks, disputes and receipt."""
    return {
        "backend": answer.backend,
        "kind": answer.kind,
        "text": answer.text,
        "citations": [
            {
                "passage": citation.number,
                "start": citation.span.start,
                "end": citation.span.end,
                "valid": citation.valid,
            }
            for citation in answer.citations
        ],
        "sentences": [
            {
                "text": check.text,
                "verdict": check.verdict,
                "passage": check.passage,
                "misplaced": check.misplaced,
                "start": check.support.start if check.support else None,
                "end": check.support.end if check.support else None,
            }
            for check in answer.sentences
        ],
        "disputes": [dispute_record(dispute) for dispute in answer.disputes],
        "receipt": receipt_record(answer.receipt),
        "status": answer.status.value,
        "error": error_record(answer.error),
    }
