"""What a person reads of a template message: each component of the template with its values filled in. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from communications.template_components import VARIABLE, JSONObject, places_of


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

    @property
    def text(self) -> str:
        """All that is read but the buttons."""
        return "\n\n".join(filter(None, (self.header, self.body, self.footer)))


def read(components: Sequence[Any], sent: JSONObject) -> Reading:
    """Fill the values of `sent`, the `template` of a message, into the template's `components`, which they fit.

    >>> read([{"type": "BODY", "text": "Hi {{1}}!"}], {"components": [
    ...     {"type": "body", "parameters": [{"type": "text", "text": "Maria"}]}]}).body
    'Hi Maria!'
    """
    there, given, given_buttons = places_of(components, sent)
    return Reading(
        body=_filled(there.get("BODY", {}).get("text"), given.get("body")),
        header=_filled(there.get("HEADER", {}).get("text"), given.get("header")),
        footer=str(there.get("FOOTER", {}).get("text") or ""),
        buttons=tuple(_buttons(there.get("BUTTONS", {}).get("buttons") or [], given_buttons)),
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
    return VARIABLE.sub(lambda match: values.get(match[1], match[0]), str(text or ""))
