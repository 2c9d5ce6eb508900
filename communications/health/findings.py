"""What a check found: a light, one sentence, and what to do. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Light(Enum):
    """From the best to the worst."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"

    @property
    def word(self) -> str:
        """What stands at the line, so that nobody needs to see its colour."""
        return str(_WORDS[self])

    @property
    def counted(self) -> str:
        """What stands behind a number of such lines."""
        return str(_COUNTED[self])

    @property
    def rank(self) -> int:
        return list(Light).index(self)


_WORDS = {
    Light.GREEN: pgettext_lazy("a check", "Good"),
    Light.AMBER: pgettext_lazy("a check", "Look"),
    Light.RED: pgettext_lazy("a check", "Broken"),
}
_COUNTED = {
    Light.GREEN: pgettext_lazy("so many checks are", "good"),
    Light.AMBER: pgettext_lazy("so many checks are", "to look at"),
    Light.RED: pgettext_lazy("so many checks are", "broken"),
}


@dataclass(frozen=True)
class Verdict:
    """What one check says. `todo` is what to do; `command` and `link` are where or how, either may be empty."""

    light: Light
    sentence: str
    todo: str = ""
    command: str = ""
    link: str = ""


@dataclass(frozen=True)
class Finding:
    """One line of the checklist; `name` is a stable word for scripts."""

    name: str
    title: str
    verdict: Verdict

    @property
    def light(self) -> Light:
        return self.verdict.light

    def as_json(self) -> dict[str, Any]:
        verdict = self.verdict
        return {
            "name": self.name,
            "title": self.title,
            "light": verdict.light.value,
            "sentence": verdict.sentence,
            "todo": verdict.todo,
            "command": verdict.command,
            "link": verdict.link,
        }


class NotKnown(Exception):
    """A check cannot say anything, because what it looks at could not be read; the reason is a sentence."""


def good(sentence: str) -> Verdict:
    return Verdict(Light.GREEN, sentence)


def look(sentence: str, todo: str = "", *, command: str = "", link: str = "") -> Verdict:
    """Amber: it works, and somebody should look."""
    return Verdict(Light.AMBER, sentence, todo, command, link)


def broken(sentence: str, todo: str = "", *, command: str = "", link: str = "") -> Verdict:
    """Red: something that people rely on does not work."""
    return Verdict(Light.RED, sentence, todo, command, link)


def not_known(reason: str) -> Verdict:
    return look(_("Not known: %(reason)s") % {"reason": reason})


def worst(findings: Iterable[Finding]) -> Light:
    return max((finding.light for finding in findings), key=lambda light: light.rank, default=Light.GREEN)
