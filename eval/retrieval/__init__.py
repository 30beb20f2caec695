"""A question set for retrieval: which passages must be found, over whatever is loaded.

Each question of ``questions.jsonl`` names its *needs*: the facts that an answer takes from the
documents. A need is a list of *places*, and it is met by any one of them, because most facts stand
in several documents. A place holds no text of a document. It is given by anchors, a few words or
figures that stand close together there, and ``gold`` finds the smallest range that holds them all.

- ``questions`` reads the set; half of it (``dev``) is for tuning, the other (``test``) is not.
- ``gold`` finds places in documents.
- ``scores`` turns ranks into figures with intervals.
- ``run`` asks the questions: ``python -m eval.retrieval.run --help``.

To add a question: choose an id, word it as somebody would who has not seen the document, find
every document that answers it, give each place two to four anchors, and run the tests.
"""
