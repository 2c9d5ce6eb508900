"""Sentences for people, in English, that can still be said in another language. Pure."""

from typing import Any


class Sentence(str):
    """English to whoever takes it for a text: the API, a log, a row. It remembers the `pattern` and its `values`.

    >>> Sentence("Wait %(seconds)d seconds.", seconds=5)
    'Wait 5 seconds.'
    """

    pattern: str
    values: dict[str, Any]

    def __new__(cls, pattern: str, **values: Any) -> "Sentence":
        sentence = super().__new__(cls, pattern % values if values else pattern)
        sentence.pattern, sentence.values = pattern, values
        return sentence


def joined(*sentences: str) -> Sentence:
    """One sentence of ours after the other, as a text that still knows its parts."""
    parts = {f"part{number}": _sentence(each) for number, each in enumerate(filter(None, sentences))}
    return Sentence(" ".join(f"%({name})s" for name in parts), **parts)


def _sentence(text: str) -> Sentence:
    return text if isinstance(text, Sentence) else Sentence(text)
