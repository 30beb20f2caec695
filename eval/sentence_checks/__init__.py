"""The sentence check measured on labelled sentences: ``python -m eval.sentence_checks``.

``questions.jsonl`` holds one question a line with what was retrieved for it: passages as their
document and the words they begin and end with, and disputed claims by their ids. ``answers.jsonl``
holds one answer a line: its question (``case``), who wrote it (``origin``: the built-in reader,
SmolLM2, or ``written`` by hand as a larger model would, right sentences and planted errors side by
side), the numbers of the passages that it was shown (all, where ``shown`` is missing), and its
sentences. A sentence has its text, what stands before it where that is not one space, its label,
its kind, and the places of the evidence that speak to it: a document and the first words of the
line, or the id of a claim. No text of a document is kept here; a test finds every place.

``fresh_questions.jsonl`` and ``fresh.jsonl`` are written in the same way, by another hand when the
checker was done, over questions of neither half: right sentences in other words, planted errors.

The labels were set by reading, before the checker was run on them:

- *supported*: everything that the sentence states stands in the passages shown, in whatever words,
  or follows by plain arithmetic or from two of them together. A wrong citation does not change
  the label: the fact is in the sources. Who says it counts as part of what is stated.
- *partly*: it states several things, at least one of which is borne out and at least one is not;
  or it widens what a passage says ("all" for a part) so that part of it holds.
- *not found*: nothing that it states is borne out. A sentence that states one thing and has that
  wrong (a number, a name, a denial) is not found, however close its words are.
- *left out*: it speaks about the answer or the sources, asks, greets: there is nothing to check.
"""
