"""What the votes say, in plain words."""

from eval.statistics import SignTest
from eval.taste.summary import Summary, Tally


def verdict(tally: Tally, side: str) -> str:
    """The split, how easily chance makes it, and what would tell.

    Args:
        tally: the votes, counted from one side's point of view.
        side: what that side is called, as in "for the open side".
    """
    test = tally.test
    if not test.decided:
        return "No vote took a side yet, so there is nothing to compare."
    often = chance(test)
    split = f"{test.wins} of {test.decided} for {side}. {often[0].upper()}{often[1:]}: "
    if test.tells():
        return split + "this tells the two apart."
    if test.wins == test.losses:
        return split + "this does not tell, and while the split is even no number of votes would."
    more = tally.more
    if more is None:
        return split + "this does not tell, and at this share more than a thousand votes would not."
    return split + f"this does not tell yet; about {_votes(more)} would, if the share stays."


def chance(test: SignTest) -> str:
    """How often chance alone would give such a split."""
    if test.p >= 1:
        return "by chance alone, a split like this or a clearer one happens every time"
    hundredths = round(test.p * 100)
    often = f"in {hundredths} of 100 cases" if hundredths else "in fewer than 1 of 100 cases"
    return f"by chance alone, a split like this or a clearer one happens {often}"


def left_out(tally: Tally) -> str:
    """The votes that took no side, or nothing."""
    parts = []
    if tally.ties:
        parts.append("1 tie" if tally.ties == 1 else f"{tally.ties} ties")
    if tally.both_bad:
        parts.append(f"{tally.both_bad} “both bad”")
    count = tally.ties + tally.both_bad
    if not parts:
        return ""
    verb = "takes no side and is" if count == 1 else "take no side and are"
    return f"{' and '.join(parts)} {verb} left out of this."


def surer(tally: Tally) -> str:
    """How many votes a test needs that is likely to tell, or nothing."""
    more = tally.more_for_power
    if tally.test.tells() or not more or tally.more is None:
        return ""
    return (
        f"To find a difference of this size in four of five tests, about {_votes(more)}. Settle on "
        "a number first: who stops as soon as it tells is misled by chance more often."
    )


def few(tally: Tally) -> str:
    """That the interval, an approximation, leaves the middle where the exact test does not tell."""
    share = tally.share
    if tally.test.tells() or share.low <= 0.5 <= share.high:
        return ""
    return (
        "With so few votes the bar can end short of the middle although they do not tell: the "
        "interval is an approximation, and the words above are counted exactly."
    )


def mind(summary: Summary) -> str:
    """How many changed their mind once they saw names and bill, and in which direction."""
    changes = summary.changes
    if not changes.asked:
        return "No second vote was given after the bill."
    rounds = "1 round" if changes.asked == 1 else f"{changes.asked} rounds"
    if not changes.changed:
        return (
            f"You kept your vote in all of {rounds}."
            if changes.asked > 1
            else ("You kept your vote in the one round that you voted on twice.")
        )
    told = [
        f"{count} towards {name}"
        for count, name in (
            (changes.to_first, summary.first.label),
            (changes.to_second, summary.second.label),
            (changes.between_none, "no side"),
        )
        if count
    ]
    return (
        f"You changed your mind in {changes.changed} of {rounds} after seeing the bill: "
        f"{', '.join(told)}."
    )


def blinding(summary: Summary, subject: str) -> str:
    """How often the guess was right, and what that says about the blinding.

    Args:
        summary: the summary.
        subject: what the guess was about, as in "the open one".
    """
    guesses = summary.guesses
    made, right = guesses.right.total, guesses.right.count
    unsure = f" In {_rounds(guesses.unsure)} you could not tell." if guesses.unsure else ""
    if not made:
        return f"You made no guess which answer was {subject}'s.{unsure}"
    low, high = guesses.right.low, guesses.right.high
    told = (
        f"You guessed {subject} right in {right} of {_rounds(made)} "
        f"(plausible range {low:.0%} to {high:.0%}; guessing blindly gives 50%).{unsure}"
    )
    if guesses.gives_away:
        return (
            f"{told} That is more than chance explains: the blinding is weak here, and the votes "
            "may follow what you think of the models."
        )
    if guesses.mistaken:
        return (
            f"{told} That is less than chance explains: you told the answers apart, but took each "
            "side for the other. The blinding is weak here, too."
        )
    if high > 0.75 and made < 20:
        return f"{told} That is no proof of a good blinding: the range is wide."
    return f"{told} So the answers did not clearly give the sides away."


def seats(summary: Summary) -> str:
    """Whether the voter leans to A or to B."""
    places = summary.places
    decided = places.wins + places.losses
    if not decided:
        return "No vote went to A or to B."
    told = f"{places.wins} of {decided} decided votes went to A, which comes first"
    if places.test.tells():
        return f"{told}: more than chance explains, so the place itself may have drawn votes."
    return f"{told}; the sides were seated by lot, and no leaning to a place shows."


def _votes(count: int) -> str:
    return "1 vote more" if count == 1 else f"{count:,} votes more"


def _rounds(count: int) -> str:
    return "1 round" if count == 1 else f"{count} rounds"
