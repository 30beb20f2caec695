"""Everything that parses, against what nobody would write.

Each target is a strategy and a check. The tests try a few examples of each, always the same;
``python -m tests.fuzz --seconds N`` goes on for as long as it is told, with others every time.
"""
