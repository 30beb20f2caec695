"""A run's report as one file of HTML: to be projected, read on a phone, printed, given away."""

from eval.report.html.page import to_html

__all__ = ["to_html"]
