"""A template's components as Meta lists them, and those of a message that fills them: what stands where. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

VARIABLE = re.compile(r"\{\{(\w+)\}\}")

JSONObject = Mapping[str, Any]


class Places(NamedTuple):
    """Components of the template by kind (BODY), of the message by place (body), and of its buttons by number ("0")."""

    there: dict[str, JSONObject]
    given: dict[str, JSONObject]
    given_buttons: dict[str, JSONObject]


def places_of(components: Sequence[Any], sent: JSONObject) -> Places:
    """Sort a template's `components` and those of `sent`, the `template` of a message; only objects count."""
    given = [part for part in sent.get("components", []) if isinstance(part, dict)]
    return Places(
        there={str(part.get("type")).upper(): part for part in components if isinstance(part, dict)},
        given={str(part.get("type")).lower(): part for part in given if part.get("type") != "button"},
        given_buttons={str(part.get("index")): part for part in given if part.get("type") == "button"},
    )


def has_quick_replies(components: Sequence[Any]) -> bool:
    """Whether there are buttons that answer in the chat."""
    buttons = places_of(components, {}).there.get("BUTTONS", {}).get("buttons")
    listed = [button for button in buttons if isinstance(button, dict)] if isinstance(buttons, list) else []
    return any(str(button.get("type")).upper() == "QUICK_REPLY" for button in listed)
