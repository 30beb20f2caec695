"""A run: what was asked of whom, over which evidence, and every answer, one line each."""
