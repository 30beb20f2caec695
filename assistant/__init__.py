"""Backends, prompt, answering, citations, receipts, checks, conversations."""
