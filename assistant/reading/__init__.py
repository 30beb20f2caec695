"""Reading without a language model: quotable units, their scores, and an answer made of them."""
