"""Whether the values of a message fit its template as Meta has it; said before Meta answers 132000. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from communications.template_components import VARIABLE, JSONObject, places_of
from communications.template_rules import BODY_LIMIT, URL_LIMIT

HEADER_LIMIT = 60
_ALWAYS_FILLED = {"COPY_CODE"}


def misfits(components: Sequence[Any], sent: JSONObject, *, named: bool) -> Iterator[str]:
    """Say where `sent`, the `template` of a message, does not fit the template's `components`.

    >>> list(misfits([{"type": "BODY", "text": "Hi {{1}}!"}], {"name": "hello"}, named=False))
    ['its body takes 1 value at Meta, and 0 were given']
    """
    there, given, given_buttons = places_of(components, sent)
    yield from _text_misfits("body", there.get("BODY", {}), _parameters(given.get("body")), BODY_LIMIT, named)
    yield from _header_misfits(there.get("HEADER"), _parameters(given.get("header")), named)
    yield from _button_misfits(there.get("BUTTONS", {}).get("buttons") or [], given_buttons)


def _header_misfits(header: JSONObject | None, given: Sequence[JSONObject], named: bool) -> Iterator[str]:
    kind = str((header or {}).get("format") or "TEXT").upper()
    if kind == "TEXT":
        yield from _text_misfits("header", header or {}, given, HEADER_LIMIT, named)
    elif len(given) != 1 or str(given[0].get("type")).upper() != kind:
        yield f"its header takes one {kind.lower()} at Meta"


def _text_misfits(place: str, part: JSONObject, given: Sequence[JSONObject], limit: int, named: bool) -> Iterator[str]:
    text = str(part.get("text") or "")
    names = list(dict.fromkeys(VARIABLE.findall(text)))
    if len(given) != len(names):
        yield f"its {place} takes {_values(len(names))} at Meta, and {len(given)} were given"
        return
    if not named:
        names = sorted(names, key=lambda name: (len(name), name))
    told = [parameter.get("parameter_name", "") for parameter in given]
    if named and set(told) != set(names):
        yield f"the values of its {place} are named {', '.join(names)} at Meta"
    elif not named and any(told):
        yield f"the values of its {place} have no names at Meta"
    else:
        values = dict(zip(told if named else names, (str(held.get("text", "")) for held in given), strict=True))
        filled = VARIABLE.sub(lambda match: values[match[1]], text)
        if len(filled) > limit:
            yield f"its {place} has {len(filled)} characters with these values, and WhatsApp takes {limit}"


def _button_misfits(buttons: Sequence[Any], given: Mapping[str, JSONObject]) -> Iterator[str]:
    for place in sorted(set(given) - {str(index) for index in range(len(buttons))}):
        yield f"it has no button {place} at Meta"
    for index, button in enumerate(button for button in buttons if isinstance(button, dict)):
        yield from _one_button_misfits(index, button, given.get(str(index)))


def _one_button_misfits(index: int, button: JSONObject, given: JSONObject | None) -> Iterator[str]:
    kind, url = str(button.get("type")).upper(), str(button.get("url") or "")
    takes_value = bool(VARIABLE.search(url)) or kind in _ALWAYS_FILLED
    if given is None:
        if takes_value:
            yield f"its button {index} takes a value at Meta"
        return
    if str(given.get("sub_type")).upper() != kind:
        yield f"its button {index} is of the kind {kind.lower()} at Meta"
    elif kind == "URL" and len(_parameters(given)) != int(takes_value):
        yield f"its button {index} takes {_values(int(takes_value))} at Meta, and {len(_parameters(given))} were given"
    elif kind == "URL":
        filled = VARIABLE.sub(lambda _match: str(_parameters(given)[0].get("text", "")), url)
        if len(filled) > URL_LIMIT:
            yield f"the address of its button {index} is longer than {URL_LIMIT} characters"


def _parameters(part: JSONObject | None) -> list[JSONObject]:
    return [held for held in (part or {}).get("parameters") or [] if isinstance(held, dict)]


def _values(number: int) -> str:
    return f"{number} value" if number == 1 else f"{number} values"
