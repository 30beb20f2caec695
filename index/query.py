"""What a question asks of the index: a text for the vectors, weighted terms for the words.

Whatever makes a question easier to find an answer for, be it the repair of a typing error or key
words in the language of the corpus, happens here and nowhere else: it changes the text, the terms
or their weights, and the search itself need not know.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from index.lexical import LexicalIndex, terms


@dataclass(frozen=True, slots=True)
class Query:
    """A question as it is searched for.

    Attributes:
        text: what is embedded.
        terms: stemmed terms with their weights; a term of the question weighs 1 for each time it
            is said, one that was added to help weighs less.
    """

    text: str
    terms: Mapping[str, float]


def read_question(question: str, words: LexicalIndex) -> Query:
    """Turn a question into what is searched for.

    Args:
        question: as it was typed, or made to stand alone.
        words: the word index that will be searched; it knows which terms there are.
    """
    del words
    return Query(question, Counter(terms(question)))
