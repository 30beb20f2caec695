"""Whether the sentences of an answer are borne out by the passages."""
