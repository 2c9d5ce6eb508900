"""What Meta last said of a template, asked before each send: a mistake is our clear error, not Meta's 132000."""

from collections.abc import Mapping
from typing import Any

from communications import signals
from communications.errors import InvalidMessage, TemplateUnavailable
from communications.message_templates import TemplateDefinition
from communications.models import MessageTemplate
from communications.sentences import Sentence, joined
from communications.template_components import has_quick_replies
from communications.template_fit import misfits
from communications.template_reading import read

USABLE = {"APPROVED", "REINSTATED", "FLAGGED", "UNPAUSED", "UNARCHIVED"}
# Nothing heard is no objection.
_USABLE = {"", *USABLE}

MARKETING = "MARKETING"
PAUSED = "PAUSED"
# These pass: whatever carries such a template waits, and goes on by itself when Meta says that it may.
PASSING = {PAUSED, "PENDING", "IN_APPEAL"}

_WHAT_TO_DO = {
    "PENDING": Sentence("Wait until Meta has reviewed it."),
    "REJECTED": Sentence("Change its text and submit it again."),
    "PAUSED": Sentence("Wait until Meta lifts the pause, or choose another template."),
    "DISABLED": Sentence("Write a new template with different text."),
    "ARCHIVED": Sentence("Take it back in WhatsApp Manager: Meta deletes it 28 days after it was archived."),
    "DELETED": Sentence("Submit it anew: manage.py sync_message_templates."),
}
_LOOK = Sentence("Look at it in WhatsApp Manager.")
_SUBMIT = Sentence("Submit it with manage.py sync_message_templates, or choose another language.")
_BRING_TOGETHER = Sentence("Bring both together: manage.py sync_message_templates.")
_IF_CHANGED = Sentence("If it was changed at Meta just now, run manage.py sync_message_templates.")


def require_usable(name: str, language: str) -> None:
    """Raise `TemplateUnavailable` if Meta said that this template cannot be sent; nothing heard is no objection."""
    _usable(name, language)


def require_fit(content: Mapping[str, Any], *, defined: bool) -> MessageTemplate | None:
    """Raise if the template message `content` cannot be sent as Meta has its template; unknown is no objection.

    Returns the template as Meta has it, as far as we were told.
    `TemplateUnavailable` where the template cannot be used now. Values that do not fit are an `InvalidMessage`, but a
    `TemplateUnavailable` if they come from a definition of ours (`defined`): then it is not the caller's mistake.
    """
    sent = content["template"]
    known = _usable(sent["name"], sent["language"]["code"])
    _require_fit_to(known, sent, defined=defined)
    return known


def find(name: str, language: str) -> MessageTemplate | None:
    """What we were told that Meta has of this template, whether or not it may be sent."""
    return MessageTemplate.objects.filter(name=name, language=language).first()


def fields_at_meta(
    definition: TemplateDefinition, known: MessageTemplate | None, fields: Mapping[str, str]
) -> Mapping[str, str]:
    """`fields` without what quick replies carry, where Meta approved the template before they came: it goes on."""
    if known is None or not known.components or has_quick_replies(known.components):
        return fields
    return {name: value for name, value in fields.items() if name not in definition.reply_fields}


def text_at_meta(known: MessageTemplate | None, content: Mapping[str, Any]) -> str:
    """What the person reads of this message, in the words that Meta has; empty where they are not known."""
    return read(known.components, content["template"]).text if known and known.components else ""


def is_marketing(known: MessageTemplate | None, definition: TemplateDefinition | None = None) -> bool:
    """Whether a message counts as marketing: Meta may have moved into it what was asked for as something else."""
    return (definition is not None and definition.is_marketing) or (known is not None and known.category == MARKETING)


class Fitting:
    """`require_fit` for many messages of our own definitions: each template is looked up once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], MessageTemplate | TemplateUnavailable | None] = {}

    def known(self, name: str, language: str) -> MessageTemplate | None:
        """The template as Meta has it; None where it may not be sent, which `require` says."""
        found = self._look_up(name, language)
        return found if isinstance(found, MessageTemplate) else None

    def require(self, content: Mapping[str, Any]) -> None:
        """Raise as `require_fit` does."""
        sent = content["template"]
        known = self._look_up(sent["name"], sent["language"]["code"])
        if isinstance(known, TemplateUnavailable):
            raise known
        _require_fit_to(known, sent, defined=True)

    def _look_up(self, name: str, language: str) -> MessageTemplate | TemplateUnavailable | None:
        if (name, language) not in self._known:
            try:
                self._known[name, language] = _usable(name, language)
            except TemplateUnavailable as refusal:
                self._known[name, language] = refusal
        return self._known[name, language]


def _require_fit_to(known: MessageTemplate | None, sent: Mapping[str, Any], *, defined: bool) -> None:
    if known is None or not known.components:
        return
    name, language = sent["name"], sent["language"]["code"]
    for misfit in misfits(known.components, sent, named=known.parameter_format == "NAMED"):
        sentence = Sentence(
            "The message template %(name)s (%(language)s) does not fit: %(misfit)s.",
            name=name,
            language=language,
            misfit=misfit,
        )
        if defined:
            raise TemplateUnavailable(joined(sentence, _BRING_TOGETHER))
        raise InvalidMessage(joined(sentence, _IF_CHANGED))


def unusable() -> list[tuple[str, str, bool]]:
    """Name and language of each template that cannot be sent now, and whether that passes by itself."""
    rows = MessageTemplate.objects.exclude(status__in=_USABLE).values_list("name", "language", "status")
    return [(name, language, status in PASSING) for name, language, status in rows]


def pause(content: Mapping[str, Any]) -> None:
    """Meta refused this template message because the template is paused: let what carries it wait.

    The time of Meta's newest word stays what it was, so that the next word counts, whatever our clocks say.
    """
    sent = content.get("template")
    if sent is None:
        return
    row, _created = MessageTemplate.objects.get_or_create(name=sent["name"], language=sent["language"]["code"])
    if MessageTemplate.objects.filter(pk=row.pk).exclude(status=PAUSED).update(status=PAUSED):
        row.status = PAUSED
        signals.send_after_commit(signals.template_changed, MessageTemplate, template=row)


def _usable(name: str, language: str) -> MessageTemplate | None:
    rows = {row.language: row for row in MessageTemplate.objects.filter(name=name)}
    known = rows.get(language)
    if known is None:
        _require_unknown(name, language, list(rows.values()))
        return None
    if known.status in _USABLE:
        return known
    advice = _WHAT_TO_DO.get(known.status, _LOOK)
    status = known.status.lower().replace("_", " ")
    sentence = Sentence(
        "The message template %(name)s (%(language)s) is %(status)s at Meta.",
        name=name,
        language=language,
        status=status,
    )
    raise TemplateUnavailable(joined(sentence, advice))


def _require_unknown(name: str, language: str, others: list[MessageTemplate]) -> None:
    """Once Meta's whole list was read, a template that is not on it does not exist there."""
    synced = [row for row in others if row.synced_at]
    if not synced and (others or not MessageTemplate.objects.filter(synced_at__isnull=False).exists()):
        return
    usable = ", ".join(sorted(row.language for row in synced if row.status in _USABLE))
    only_in = Sentence(
        "The message template %(name)s does not exist in %(language)s at Meta, only in %(usable)s.",
        name=name,
        language=language,
        usable=usable,
    )
    nowhere = Sentence(
        "The message template %(name)s does not exist in %(language)s at Meta.", name=name, language=language
    )
    raise TemplateUnavailable(joined(only_in if usable else nowhere, _SUBMIT))
