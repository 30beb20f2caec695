"""Measurements of retrieval: how well it finds, and how fast."""
