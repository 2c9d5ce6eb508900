"""What the business gets when a person presses something under one of its messages."""

from typing import Any

from sandbox.content import Button
from sandbox.messages import Message
from sandbox.people import Person


def press(message: Message, chosen: str | int) -> tuple[str, dict[str, Any]]:
    """Return the kind and the content of the answer, for `Exchange.receive`. ValueError: nothing such to press."""
    button = find_button(message, chosen)
    answer = answer_of(button, message.person)
    if answer is None:
        raise ValueError(f"{button.text!r} sends the business nothing")
    return answer


def find_button(message: Message, chosen: str | int) -> Button:
    buttons = message.envelope.content.buttons
    if isinstance(chosen, int) and 0 <= chosen < len(buttons):
        return buttons[chosen]
    for button in buttons:
        if chosen in {button.text, button.id} and chosen:
            return button
    raise ValueError(f"the message has no button {chosen!r}; it has {[button.text for button in buttons]}")


def answer_of(button: Button, person: Person) -> tuple[str, dict[str, Any]] | None:
    answers: dict[str, tuple[str, dict[str, Any]]] = {
        "reply": ("button_reply", {"id": button.id, "title": button.text}),
        "row": ("list_reply", {"id": button.id, "title": button.text, "description": button.description}),
        "quick_reply": ("button", {"text": button.text, "payload": button.id}),
        "location": ("location", {}),
        "contact": ("contacts", {"name": person.name, "phone": person.phone}),
    }
    return answers.get(button.kind)


def is_pressable(button: Button) -> bool:
    return button.kind in {"reply", "row", "quick_reply", "location", "contact"}
