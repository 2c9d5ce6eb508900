"""What pages do with sentences that are English everywhere else: say them in the reader's language."""

from typing import Any

from django.utils.translation import gettext

from communications.sentences import Sentence


def said(text: str) -> str:
    """Say a sentence in the language that is active; a text that no catalogue knows stays as it is."""
    if not isinstance(text, Sentence):
        return gettext(text) if text else ""
    # A pattern of nothing but parts is no sentence of any catalogue.
    pattern = gettext(text.pattern) if text.pattern else ""
    return pattern % {name: _value(value) for name, value in text.values.items()} if text.values else pattern


def _value(value: Any) -> Any:
    """What people wrote is never taken for a sentence of ours."""
    return said(value) if isinstance(value, Sentence) else value
