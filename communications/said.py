"""What pages do with sentences that are English everywhere else: say them in the reader's language.

An error, a log line and a row hold finished English. Where a sentence still knows what it was made of, that is used;
where it has been stored, it is recognised by the patterns of the catalogue.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.utils.functional import lazy
from django.utils.translation import get_language, gettext
from django.utils.translation.trans_real import catalog

from communications.sentences import Sentence

_HOLE = re.compile(r"%\((\w+)\)[sd]")
_END_OF_SENTENCE = re.compile(r"(?<=[.!?]) (?=\S)")
_LONGEST = 2_000


def said(text: str) -> str:
    """Say a sentence in the language that is active; a text that no catalogue knows stays as it is."""
    if isinstance(text, Sentence):
        return _filled(gettext(text.pattern) if text.pattern else "", text.values)
    if not text or (get_language() or "en").startswith("en") or len(text) > _LONGEST:
        return str(text)
    return _recognised(str(text)) or str(text)


# For what is written down once and shown to many.
said_later = lazy(said, str)


def _filled(pattern: str, values: Mapping[str, Any]) -> str:
    """What people wrote is never taken for a sentence of ours."""
    said_values = {name: said(value) if isinstance(value, Sentence) else value for name, value in values.items()}
    return pattern % said_values if values else pattern


def _recognised(text: str) -> str:
    """One sentence of the catalogue, or several, one after the other; empty where it is neither."""
    whole = _one(text)
    if whole:
        return whole
    for end in _END_OF_SENTENCE.finditer(text):
        first = _one(text[: end.start()])
        if first:
            return f"{first} {said(text[end.end() :])}"
    return ""


def _one(text: str) -> str:
    known = gettext(text)
    if known != text:
        return known
    for pattern, msgid in _patterns(get_language() or "en"):
        found = pattern.fullmatch(text)
        if found and (values := _values(found.groupdict())):
            return _HOLE.sub(r"%(\1)s", gettext(msgid)) % values
    return ""


def _values(found: dict[str, str]) -> dict[str, str]:
    """What stood in the holes, said where it is known; none where a hole has swallowed the sentences that follow."""
    values = {name: _recognised(value) for name, value in found.items()}
    has_swallowed = any(not values[name] and _END_OF_SENTENCE.search(value) for name, value in found.items())
    return {} if has_swallowed else {name: values[name] or value for name, value in found.items()}


@lru_cache(maxsize=8)
def _patterns(language: str) -> list[tuple[re.Pattern[str], str]]:
    """The sentences with holes that the catalogue of `language` has, those that say most before the others."""
    # As Django's own JavaScriptCatalog reads it.
    known = catalog()._catalog  # type: ignore[attr-defined]
    msgids = {key for key, _text in known.items() if isinstance(key, str) and _HOLE.search(key)}
    whole = [msgid for msgid in msgids if len(_HOLE.sub("", msgid)) >= 8 and "\x04" not in msgid]
    return [(_pattern(msgid), msgid) for msgid in sorted(whole, key=lambda each: -len(_HOLE.sub("", each)))]


def _pattern(msgid: str) -> re.Pattern[str]:
    parts = re.split(r"(%\(\w+\)[sd])", msgid.replace("%%", "%"))
    seen: set[str] = set()
    return re.compile("".join(_hole(part, seen) if _HOLE.fullmatch(part) else re.escape(part) for part in parts), re.S)


def _hole(part: str, seen: set[str]) -> str:
    name = part[2:-2]
    if name in seen:
        return f"(?P={name})"
    seen.add(name)
    return f"(?P<{name}>.+?)"
