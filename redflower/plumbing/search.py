"""Search words of Chinese and English text, cut once when written and once when asked."""

import re

import rjieba

_WORD = re.compile(r"[\w]+", re.UNICODE)


def cut_words(text: str) -> list[str]:
    """The distinct lower-case words of a text, in order, as a search engine would cut them."""
    words = (word.strip().lower() for word in rjieba.cut_for_search(text))
    return list(dict.fromkeys(word for word in words if word and _WORD.fullmatch(word)))


def to_vector_text(text: str) -> str:
    """What `to_tsvector('simple', …)` is fed: words apart by spaces."""
    return " ".join(cut_words(text))


def to_query_text(text: str) -> str:
    """A tsquery that asks for all words of what a person typed, each as a prefix; empty when nothing is left."""
    return " & ".join(f"'{word}':*" for word in cut_words(text)[:12])
