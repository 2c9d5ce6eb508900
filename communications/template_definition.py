"""What a message template is: what Meta is asked to approve, what is sent, and what a person reads. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from communications import template_rules
from communications.errors import InvalidMessage
from communications.message_text import check_characters, fits_a_template
from communications.sentences import Sentence
from communications.template_rules import BODY_LIMIT, URL_LIMIT, VARIABLE

DEFAULT_LANGUAGE = "en_US"

_WEB_ADDRESS = re.compile(r"https?://[^\s/]+(/\S*)?")


@dataclass(frozen=True)
class Wording:
    """A template in one language. Variables are Meta's: {{1}}, {{2}}, in the order of the definition's fields."""

    body: str
    footer: str = ""
    button: str = ""
    replies: tuple[str, ...] = ()


@dataclass(frozen=True)
class TemplateDefinition:
    """One template: `fields` names its variables in order, each with the example that Meta's reviewers see.

    `url_field`, if there is one, is the name and the example of what fills the end of the button's address, after
    `{base_url}{url_path}`. `reply_fields` name what the quick replies under it carry, in their order; a reply that is
    given nothing carries its own words. Raises `ValueError` for what Meta would refuse.
    """

    name: str
    category: str
    fields: Mapping[str, str]
    wordings: Mapping[str, Wording]
    url_path: str = ""
    url_field: tuple[str, str] | None = None
    reply_fields: tuple[str, ...] = ()
    languages: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "languages", tuple(self.wordings))
        if faults := list(self._faults()):
            raise ValueError(f"Meta would refuse the template {self.name}: {'; '.join(faults)}.")

    @property
    def is_marketing(self) -> bool:
        return self.category == "MARKETING"

    @property
    def needs_base_url(self) -> bool:
        """Whether a button leads to an address of ours, which Meta has to know before it approves the template."""
        return self.url_field is not None

    def wording(self, language: str) -> Wording:
        """Return the wording in `language`; raise `InvalidMessage` if there is none."""
        if language not in self.wordings:
            known = ", ".join(self.languages)
            raise InvalidMessage(f"The template {self.name} is not written in {language}. Choose one of {known}.")
        return self.wordings[language]

    def creation_request(self, language: str, *, base_url: str) -> dict[str, Any]:
        """The body of `POST /{waba_id}/message_templates` that asks Meta to approve this wording.

        Raises `ValueError` where a button needs a `base_url` and this is none.
        """
        wording = self.wording(language)
        body: dict[str, Any] = {"type": "BODY", "text": wording.body}
        if self.fields:
            body["example"] = {"body_text": [list(self.fields.values())]}
        components = [body]
        if wording.footer:
            components.append({"type": "FOOTER", "text": wording.footer})
        buttons: list[dict[str, Any]] = []
        if self.url_field:
            url = self._button_address(base_url)
            example = [url + self.url_field[1]]
            buttons.append({"type": "URL", "text": wording.button, "url": url + "{{1}}", "example": example})
        # Meta wants quick replies together, not among other buttons.
        buttons += [{"type": "QUICK_REPLY", "text": label} for label in wording.replies]
        if buttons:
            components.append({"type": "BUTTONS", "buttons": buttons})
        return {"name": self.name, "language": language, "category": self.category, "components": components}

    def content(self, language: str, values: Mapping[str, str]) -> dict[str, Any]:
        """The content of a message that sends this template, as `graph/payloads.py` gives it.

        Raises `InvalidMessage` that names the field which is missing, unknown or cannot be sent.
        """
        self.text(language, values)
        sent = self._sent_values(language, values)
        parameters = [{"type": "text", "text": text} for text in sent]
        components: list[dict[str, Any]] = [{"type": "body", "parameters": parameters}] if parameters else []
        if self.url_field:
            suffix = {"type": "text", "text": self._suffix(values[self.url_field[0]])}
            components.append({"type": "button", "sub_type": "url", "index": "0", "parameters": [suffix]})
        components += self._replies(values)
        template: dict[str, Any] = {"name": self.name, "language": {"code": language}}
        if components:
            template["components"] = components
        return {"type": "template", "template": template}

    def text(self, language: str, values: Mapping[str, str]) -> str:
        """What a person reads, footer included; raises as `content` does."""
        wording = self.wording(language)
        self._check(values)
        sent = self._sent_values(language, values)
        filled = VARIABLE.sub(lambda match: sent[int(match[1]) - 1], wording.body)
        if len(filled) > BODY_LIMIT:
            raise InvalidMessage(
                Sentence(
                    "Shorten the message: with the template around it, it has %(count)d characters, and WhatsApp takes "
                    "%(limit)d.",
                    count=len(filled),
                    limit=BODY_LIMIT,
                )
            )
        return f"{filled}\n\n{wording.footer}" if wording.footer else filled

    def room_for(self, name: str, language: str, values: Mapping[str, str]) -> int:
        """How many characters the field `name` may have beside the other `values`."""
        return BODY_LIMIT - len(self.text(language, {**values, name: "x"}).removesuffix(self._ending(language))) + 1

    def _sent_values(self, language: str, values: Mapping[str, str]) -> list[str]:
        """The values in order. One that ends with the full stop that the body has after it leaves its own out."""
        body = self.wording(language).body
        return [
            without_full_stop(values[name]) if f"{{{{{number}}}}}." in body else values[name]
            for number, name in enumerate(self.fields, start=1)
        ]

    def _replies(self, values: Mapping[str, str]) -> list[dict[str, Any]]:
        first = int(self.url_field is not None)
        return [
            {
                "type": "button",
                "sub_type": "quick_reply",
                "index": str(place),
                "parameters": [{"type": "payload", "payload": values[name]}],
            }
            for place, name in enumerate(self.reply_fields, start=first)
            if name in values
        ]

    def _suffix(self, value: str) -> str:
        # The end of an address has to be percent-encoded by us.
        suffix = quote(value, safe="")
        if len(suffix) > URL_LIMIT:
            raise InvalidMessage(f"The address of the button of {self.name} would be longer than {URL_LIMIT}.")
        return suffix

    def _button_address(self, base_url: str) -> str:
        url = f"{base_url.rstrip('/')}{self.url_path}"
        if not _WEB_ADDRESS.fullmatch(url):
            raise ValueError(f"The button of {self.name} needs the address of this server, not {base_url!r}.")
        return url

    def _ending(self, language: str) -> str:
        footer = self.wording(language).footer
        return f"\n\n{footer}" if footer else ""

    def _check(self, values: Mapping[str, str]) -> None:
        wanted = {*self.fields, *([self.url_field[0]] if self.url_field else [])}
        replies = set(self.reply_fields)
        if unknown := sorted(set(values) - wanted - replies):
            raise InvalidMessage(f"The template {self.name} has no field {unknown[0]}.")
        for name in sorted(wanted | (replies & set(values))):
            _check_value(self.name, name, values.get(name))

    def _faults(self) -> Iterator[str]:
        examples = [*self.fields.values(), *([self.url_field[1]] if self.url_field else [])]
        if not all(example.strip() for example in examples):
            yield "a field has no example"
        for language, wording in self.wordings.items():
            yield from template_rules.faults_of_name(self.name, self.category, language)
            yield from template_rules.faults_of_body(wording.body, len(self.fields))
            yield from template_rules.faults_of_ending(
                wording.footer, wording.button, has_button=self.url_field is not None
            )
            yield from template_rules.faults_of_replies(
                wording.replies, len(self.reply_fields), beside=int(self.url_field is not None)
            )


def _check_value(template: str, name: str, value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        raise InvalidMessage(
            Sentence("The template %(template)s needs a text for %(name)s.", template=template, name=name)
        )
    check_characters(value)
    if not fits_a_template(value):
        raise InvalidMessage(
            Sentence(
                "%(name)s of the template %(template)s takes no line break, tab or five spaces in a row.",
                name=name,
                template=template,
            )
        )


def without_full_stop(value: str) -> str:
    """Leave out one closing full stop, unless there is nothing else."""
    return value.removesuffix(".") if value.strip(" .") else value


def fold(text: str) -> str:
    """Bring a text to the one line that a template's value may be: paragraphs become a dash between sentences."""
    paragraphs = [" ".join(line.split()) for line in text.splitlines()]
    return " – ".join(filter(None, paragraphs))
