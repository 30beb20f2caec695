"""Fetching pages on the user's machine: politely, within limits, and from public addresses only.

Nothing else in the program fetches a page. ``corpus.fetch.sync`` is the way in.
"""
