"""Sentences and words of English text, shared by the reader and the sentence check."""
