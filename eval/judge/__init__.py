"""A language model that says which of two answers is better, and how far it can be believed.

Nothing here runs unless it is asked for, and no judge is shown that has not been compared with
human verdicts (docs/judge.md).
"""
