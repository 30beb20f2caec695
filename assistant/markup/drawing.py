"""What plots are drawn with: a picture with a caption, scales, grid lines, signs of a kind.

Lengths along the page are percentages and heights are pixels, so that text keeps its size on a
phone while bars and lines take the room there is. Colours come from the style sheet; each mark has
a shape or a letter beside its colour.
"""

import math
from dataclasses import dataclass

from assistant.markup.elements import SafeHtml, element


@dataclass(frozen=True, slots=True)
class Caption:
    """What a plot is, for those who do not see it.

    Attributes:
        name: an id that is unique on the page.
        title: what is shown, short.
        description: what is to be seen in it.
    """

    name: str
    title: str
    description: str


def ticks(end: float, number: int = 4) -> tuple[float, ...]:
    """Round values from 0, about ``number`` steps, the last one at ``end`` or beyond.

    Args:
        end: the largest value; 0 or less counts as 1.
        number: how many steps are wanted.
    """
    end = end if end > 0 and math.isfinite(end) else 1.0
    rough = end / number
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    return tuple(step * n for n in range(math.ceil(end / step * 0.999) + 1))


def kind_sign(kind: str, middle: int) -> SafeHtml:
    """A ring for an open model, a filled square for a proprietary one, at the left edge."""
    if kind == "open":
        return element("circle", cx=6, cy=middle, r=4, class_="plot-ring")
    return element("rect", x=1, y=middle - 5, width=10, height=10, rx=2, class_="plot-fill")


def picture(caption: Caption, height: int, *children: SafeHtml) -> SafeHtml:
    """A drawing as wide as there is room, with its caption in words; ``height`` in pixels."""
    name = caption.name
    return element(
        "svg",
        element("title", caption.title, id=f"{name}-title"),
        element("desc", caption.description, id=f"{name}-desc"),
        *children,
        id=name,
        width="100%",
        height=height,
        class_="plot",
        role="img",
        aria_labelledby=f"{name}-title",
        aria_describedby=f"{name}-desc",
    )


def letter_badge(letter: str, kind: str, left: float, top: float) -> SafeHtml:
    """A letter in the colour of a kind, in a circle; ``left`` in percent, ``top`` in pixels."""
    x, y = percent(left), f"{top:.1f}"
    return element(
        "g",
        element("circle", cx=x, cy=y, r=9, class_="badge"),
        element("text", letter, x=x, y=y, dy=4, text_anchor="middle", class_="badge-letter"),
        class_=f"kind-{kind}",
    )


def grid_line(left: float, top: int, bottom: int) -> SafeHtml:
    """An upright line; ``left`` in percent, the others in pixels."""
    return element("line", x1=percent(left), x2=percent(left), y1=top, y2=bottom, class_="grid")


def level(top: float) -> SafeHtml:
    """A line across; ``top`` in pixels."""
    return element("line", x1=0, x2="100%", y1=f"{top:.1f}", y2=f"{top:.1f}", class_="grid")


def y_tick(top: float, words: str) -> SafeHtml:
    """Words above a line across."""
    return element("text", words, x=0, y=f"{top - 4:.1f}", class_="tick")


def x_tick(left: float, top: int, words: str) -> SafeHtml:
    """Words below a place on the axis, kept within the picture."""
    anchor = "start" if left < 5 else "end" if left > 95 else "middle"
    return element("text", words, x=percent(left), y=top, class_="tick", text_anchor=anchor)


def percent(value: float) -> str:
    """A length along the page."""
    return f"{value:.3f}%"
