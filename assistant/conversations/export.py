"""A conversation as a file to keep: Markdown and JSON.

The share file in HTML is made where the markup of the page is made, in ``ui.web.render.share``.
"""
