"""The only place that makes markup.

Text of models, documents and people comes in as ``str`` and leaves as ``SafeHtml``; no component of
the page is given anything else.
"""
