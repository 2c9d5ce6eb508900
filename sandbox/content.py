"""What a person sees of a message."""

from typing import NamedTuple


class Button(NamedTuple):
    """A button under a message; one without a URL answers with its own text."""

    text: str
    url: str = ""


class Content(NamedTuple):
    """A message as the phone shows it. `category` is what Meta bills it as."""

    text: str
    header: str = ""
    footer: str = ""
    buttons: tuple[Button, ...] = ()
    category: str = "service"
