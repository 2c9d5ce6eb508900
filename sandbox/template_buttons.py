"""Meta's rules for the buttons of a template."""

from collections import Counter
from itertools import groupby

from sandbox.parameters import JSONObject, require_list, require_object, require_text
from sandbox.template_refusals import refused
from sandbox.templates import names_in

MOST_BUTTONS = 10
MOST_OF_A_KIND = {"URL": 2, "PHONE_NUMBER": 1, "COPY_CODE": 1, "QUICK_REPLY": 10}
TEXT_LIMIT, URL_LIMIT, PHONE_LIMIT, CODE_LIMIT = 25, 2000, 20, 20


def check_buttons(component: JSONObject) -> None:
    buttons = [
        require_object({"button": value}, "button")
        for value in require_list(component, "buttons", path="BUTTONS['buttons']")
    ]
    if len(buttons) > MOST_BUTTONS:
        raise refused("buttons", f"There can be {MOST_BUTTONS} buttons at most, not {len(buttons)}.")
    kinds = [require_text(button, "type", path="button['type']").upper() for button in buttons]
    for kind, number in Counter(kinds).items():
        if number > MOST_OF_A_KIND.get(kind, 0):
            raise refused("buttons", f"There can be {MOST_OF_A_KIND.get(kind, 0)} buttons of type {kind} at most.")
    if [quick for quick, _ in groupby(kind == "QUICK_REPLY" for kind in kinds)].count(True) > 1:
        raise refused("buttons", "Quick replies must stand together, and not among other buttons.")
    for kind, button in zip(kinds, buttons, strict=True):
        check_button(kind, button)


def check_button(kind: str, button: JSONObject) -> None:
    if kind == "COPY_CODE":
        example = button.get("example")
        code = example[0] if isinstance(example, list) and example else example
        limited(code, "example", CODE_LIMIT)
        return
    if "{{" in limited(button.get("text"), "text", TEXT_LIMIT):
        raise refused("buttons", "A button's text can't have variables.")
    if kind == "PHONE_NUMBER":
        limited(button.get("phone_number"), "phone_number", PHONE_LIMIT)
    if kind == "URL":
        check_url(button)


def check_url(button: JSONObject) -> None:
    url = limited(button.get("url"), "url", URL_LIMIT)
    if not url.startswith(("https://", "http://")):
        raise refused("buttons", f"{url} is not a web address.")
    if "{{" not in url:
        return
    if names_in(url) != ["1"] or not url.endswith("{{1}}") or url.count("{{") > 1:
        raise refused("buttons", "A URL can have one variable, {{1}}, at its end.")
    example = button.get("example")
    first = example[0] if isinstance(example, list) and example else None
    if not isinstance(first, str) or not first:
        raise refused("example", "BUTTONS component does not contain the expected field(s) (example)")


def limited(value: object, name: str, most: int) -> str:
    text = require_text({name: value}, name, path=f"button['{name}']")
    if len(text) > most:
        raise refused("length", f"A button's {name} is {len(text)} characters long; the limit is {most}.")
    return text
