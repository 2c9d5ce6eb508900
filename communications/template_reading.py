"""What a person reads of a template message: each component of the template with its values filled in. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_VARIABLE = re.compile(r"\{\{(\w+)\}\}")

JSONObject = Mapping[str, Any]


@dataclass(frozen=True)
class Button:
    """A button under the message: `kind` is Meta's word in small letters (url, quick_reply), `url` where it leads."""

    kind: str
    text: str
    url: str = ""


@dataclass(frozen=True)
class Reading:
    """A message as it stands on the person's phone."""

    body: str
    header: str = ""
    footer: str = ""
    buttons: tuple[Button, ...] = ()


def read(components: Sequence[Any], sent: JSONObject) -> Reading:
    """Fill the values of `sent`, the `template` of a message, into the template's `components`, which they fit.

    >>> read([{"type": "BODY", "text": "Hi {{1}}!"}], {"components": [
    ...     {"type": "body", "parameters": [{"type": "text", "text": "Maria"}]}]}).body
    'Hi Maria!'
    """
    there = {str(part.get("type")).upper(): part for part in components if isinstance(part, dict)}
    given = [part for part in sent.get("components", []) if isinstance(part, dict)]
    by_place = {str(part.get("type")).lower(): part for part in given if part.get("type") != "button"}
    by_button = {str(part.get("index")): part for part in given if part.get("type") == "button"}
    return Reading(
        body=_filled(there.get("BODY", {}).get("text"), by_place.get("body")),
        header=_filled(there.get("HEADER", {}).get("text"), by_place.get("header")),
        footer=str(there.get("FOOTER", {}).get("text") or ""),
        buttons=tuple(_buttons(there.get("BUTTONS", {}).get("buttons") or [], by_button)),
    )


def _buttons(buttons: Sequence[Any], given: Mapping[str, JSONObject]) -> Iterator[Button]:
    for index, button in enumerate(each for each in buttons if isinstance(each, dict)):
        url = _filled(button.get("url"), given.get(str(index)))
        yield Button(str(button.get("type")).lower(), str(button.get("text") or ""), url)


def _filled(text: object, part: JSONObject | None) -> str:
    """Named values go by their names, the others by their numbers."""
    parameters = (part or {}).get("parameters") or []
    values = {
        str(held.get("parameter_name") or number): str(held.get("text", ""))
        for number, held in enumerate(parameters, start=1)
    }
    return _VARIABLE.sub(lambda match: values.get(match[1], match[0]), str(text or ""))
