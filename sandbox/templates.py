"""A message template: its texts, their variables, and its form as Meta's components."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.content import Button

VARIABLE = re.compile(r"\{\{(\w+)\}\}")
MEDIA_FORMATS = frozenset({"IMAGE", "VIDEO", "DOCUMENT"})
JSON = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One template in one language. `header` is a text, and empty where `header_format` is another."""

    name: str
    body: str
    language: str = "en_US"
    category: str = "utility"
    header: str = ""
    header_format: str = "TEXT"
    footer: str = ""
    buttons: tuple[Button, ...] = ()
    named: bool = False


def names_in(text: str) -> list[str]:
    """List the variables of a text, each once, in the order of their numbers or of their coming.

    >>> names_in("Hi {{1}}, your invoice {{2}} is ready. {{1}}!")
    ['1', '2']
    """
    names = list(dict.fromkeys(VARIABLE.findall(text)))
    return sorted(names, key=int) if all(name.isdecimal() for name in names) else names


def filled(text: str, values: Mapping[str, str]) -> str:
    return VARIABLE.sub(lambda match: values[match[1]], text)


def components_of(template: Template) -> list[JSON]:
    """Return a template as the Graph API lists it, with an example for each variable."""
    components: list[JSON] = []
    if template.header:
        components.append({"type": "HEADER", "format": "TEXT", "text": template.header})
    body: JSON = {"type": "BODY", "text": template.body}
    if names_in(template.body):
        body["example"] = {"body_text": [[f"Example {name}" for name in names_in(template.body)]]}
    components.append(body)
    if template.footer:
        components.append({"type": "FOOTER", "text": template.footer})
    if template.buttons:
        components.append({"type": "BUTTONS", "buttons": [button_json(button) for button in template.buttons]})
    return components


def button_json(button: Button) -> JSON:
    if button.kind == "quick_reply":
        return {"type": "QUICK_REPLY", "text": button.text}
    example = {"example": [filled(button.url, {"1": "abc"})]} if names_in(button.url) else {}
    return {"type": "URL", "text": button.text, "url": button.url, **example}


def template_of(creation: JSON) -> Template:
    """Read a creation request that was found to be in order."""
    parts = {component["type"].upper(): component for component in creation["components"]}
    header = parts.get("HEADER", {})
    return Template(
        name=creation["name"],
        language=creation["language"],
        category=creation["category"].lower(),
        header=header.get("text", ""),
        header_format=header.get("format", "TEXT").upper(),
        body=parts["BODY"]["text"],
        footer=parts.get("FOOTER", {}).get("text", ""),
        buttons=tuple(button_of(button) for button in parts.get("BUTTONS", {}).get("buttons", [])),
        named=creation.get("parameter_format", "POSITIONAL").upper() == "NAMED",
    )


def button_of(button: JSON) -> Button:
    kind = button["type"].lower()
    if kind == "phone_number":
        return Button(button["text"], button["phone_number"], "phone")
    return Button(button.get("text", "Copy code"), button.get("url", ""), kind)
