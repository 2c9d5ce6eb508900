"""Meta's rules for the words of a message template: what it would refuse is refused here, and named. Pure.

Source: Meta's template reference. A definition that breaks one stops the start, not the first customer's message.
"""

import re
from collections.abc import Iterator, Sequence

BODY_LIMIT = 1024
FOOTER_LIMIT = 60
BUTTON_LABEL_LIMIT = 25
BUTTONS_LIMIT = 10
URL_LIMIT = 2000
CATEGORIES = ("MARKETING", "UTILITY")

VARIABLE = re.compile(r"\{\{(\d+)\}\}")
_NAME = re.compile(r"[a-z0-9_]{1,512}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2,3})?")
_AT_AN_END = re.compile(r"^\s*\{\{\d+\}\}|\{\{\d+\}\}\s*$")
_ADJACENT = re.compile(r"\{\{\d+\}\}\s*\{\{\d+\}\}")


def faults_of_name(name: str, category: str, language: str) -> Iterator[str]:
    """Say what Meta would not take of what a template is called."""
    if not _NAME.fullmatch(name):
        yield f"the name {name!r} may have up to 512 lowercase letters, digits and underscores"
    if category not in CATEGORIES:
        yield f"the category {category!r} has to be one of {', '.join(CATEGORIES)}"
    if not _LANGUAGE.fullmatch(language):
        yield f"{language!r} is no language as Meta writes it: en, en_US"


def faults_of_body(body: str, variables: int) -> Iterator[str]:
    """Say what Meta would not take of a body with that many variables."""
    if not body.strip():
        yield "the body is empty"
    if len(body) > BODY_LIMIT:
        yield f"the body has {len(body)} characters, and Meta takes {BODY_LIMIT}"
    if _AT_AN_END.search(body):
        yield "the body begins or ends with a variable"
    if _ADJACENT.search(body):
        yield "two variables of the body have nothing between them"
    if {int(number) for number in VARIABLE.findall(body)} != set(range(1, variables + 1)):
        yield f"the variables of the body are not those of its {variables} fields, from {{{{1}}}} on"
    if "{{" in (rest := VARIABLE.sub("", body)) or "}}" in rest:
        yield "the braces of a variable of the body are not whole"


def faults_of_ending(footer: str, label: str, *, has_button: bool) -> Iterator[str]:
    """Say what Meta would not take of what stands under the body."""
    if len(footer) > FOOTER_LIMIT:
        yield f"the footer has {len(footer)} characters, and Meta takes {FOOTER_LIMIT}"
    if "{{" in footer or "\n" in footer:
        yield "the footer holds a variable or a line break"
    if has_button != bool(label.strip()):
        yield "the button and the address that it leads to go together"
    yield from _faults_of_label(label)


def faults_of_replies(labels: Sequence[str], fields: int, *, beside: int = 0) -> Iterator[str]:
    """Say what Meta would not take of the quick replies; `fields` of them are meant to be there, `beside` others."""
    if (count := len(labels) + beside) > BUTTONS_LIMIT:
        yield f"it has {count} buttons, and Meta takes {BUTTONS_LIMIT}"
    if len(labels) != fields or not all(label.strip() for label in labels):
        yield f"the quick replies are not those of its {fields} fields"
    if len(set(labels)) < len(labels):
        yield "two quick replies have one label"
    for label in labels:
        yield from _faults_of_label(label)


def _faults_of_label(label: str) -> Iterator[str]:
    if len(label) > BUTTON_LABEL_LIMIT:
        yield f"the button's label has {len(label)} characters, and Meta takes {BUTTON_LABEL_LIMIT}"
    if "{{" in label or "\n" in label:
        yield "the button's label holds a variable or a line break"
