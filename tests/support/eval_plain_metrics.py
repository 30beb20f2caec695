"""Simple metrics whose values can be seen at a glance."""

from statistics import fmean

from eval.metrics.base import NOT_ABOUT_THIS, Answered, Metric, Score


def _recall(a: Answered) -> Score:
    if not a.case.answerable:
        return NOT_ABOUT_THIS
    return Score(fmean(a.case.facts_found(a.answer.text)))


def _correct(a: Answered) -> Score:
    if not a.case.answerable:
        return Score(float("not in these sources" in a.answer.text))
    return Score(float(all(a.case.facts_found(a.answer.text))))


def _refusal(a: Answered) -> Score:
    if a.case.answerable:
        return NOT_ABOUT_THIS
    return Score(float("not in these sources" in a.answer.text))


def _supported(a: Answered) -> Score:
    checks = a.answer.sentences
    if not checks:
        return Score(None, "the answer has no sentence that could be checked")
    return Score(fmean(float(check.verdict == "supported") for check in checks))


def _first(a: Answered) -> Score:
    seconds = a.answer.receipt.first_token_s
    return Score(None, "no text came") if seconds is None else Score(seconds)


def _cost(a: Answered) -> Score:
    amount = a.answer.receipt.money.amount
    return (
        Score(None, "the provider did not report the tokens") if amount is None else Score(amount)
    )


METRICS = (
    Metric("fact_recall", "Expected facts", "share", "higher", False, True, "0 to 1",
           "The share of the expected facts that the answer holds.", "our own", "How it is said.",
           _recall),
    Metric("correct", "Correct answers", "share", "higher", True, True, "0 or 1",
           "Finished, with all facts; or a right refusal.", "our own", "Near misses.", _correct),
    Metric("supported_rate", "Supported sentences", "share", "higher", False, True, "0 to 1",
           "The share of sentences that the passages bear out.", "our sentence check",
           "Whether they answer the question.", _supported),
    Metric("right_refusal", "Right refusals", "share", "higher", True, True, "0 or 1",
           "Whether what cannot be answered is refused.", "our own", "How it is said.", _refusal),
    Metric("first_token", "First token", "s", "lower", False, False, "0 and more",
           "Seconds from sending to the first text.", "receipt", "The network's share.", _first),
    Metric("cost", "Cost of an answer", "USD", "lower", False, False, "0 and more",
           "Tokens times a dated price.", "receipt", "Subscriptions.", _cost),
)  # fmt: skip
