"""Each template of ours in each of its languages, as Meta has it now: may it be sent, and as what is it charged."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from communications.health import metas_pages
from communications.health.findings import Light, NotKnown, Verdict, broken, good, look
from communications.health.meta import Look, Told
from communications.health.reading import facts, text
from communications.json_shapes import objects_in
from communications.message_templates import DEFINITIONS, TemplateDefinition
from communications.models import MessageTemplate
from communications.templates import USABLE

_PASSES = {"PENDING", "IN_APPEAL", "PAUSED"}
SYNC = "python manage.py sync_message_templates"


@dataclass(frozen=True)
class TemplateLine:
    """One template in one language, for the table: Meta's words, and what is wrong with it in ours."""

    name: str
    language: str
    status: str
    quality: str
    category: str
    reason: str
    light: Light
    trouble: str
    synced_at: datetime | None


def template(definition: TemplateDefinition, asked: Look) -> Verdict:
    """Red where no language of it can be sent."""
    facts(asked.templates)
    lines = [line for line in lines_of(asked) if line.name == definition.name]
    troubled = [line for line in lines if line.light is not Light.GREEN]
    usable = [line.language for line in lines if line.status in USABLE]
    if not troubled:
        return good(_("Approved in %(languages)s.") % {"languages": ", ".join(usable)})
    sentence = " ".join(f"{line.language}: {line.trouble}" for line in troubled)
    if any(not line.status for line in troubled):
        todo, command = _("Submit what is missing."), SYNC
    else:
        todo, command = _("Look at it in WhatsApp Manager. Refused words are changed here and submitted again."), ""
    return (look if usable else broken)(sentence, todo, command=command, link=metas_pages.TEMPLATES)


def lines_of(asked: Look | None) -> list[TemplateLine]:
    """Every template of ours in every language; from our own rows where Meta did not say."""
    rows = {(row.name, row.language): row for row in MessageTemplate.objects.all()}
    there = _at_meta(asked.templates) if asked else None
    return [
        _line(definition, language, there, rows.get((definition.name, language)))
        for definition in DEFINITIONS.values()
        for language in definition.languages
    ]


def _at_meta(told: Told) -> dict[tuple[str, str], dict[str, str]] | None:
    try:
        listed = objects_in(facts(told), "data")
    except NotKnown:
        return None
    return {
        (text(item, "name"), text(item, "language")): {
            key: text(item, key) for key in ("status", "quality", "category", "previous_category", "reason")
        }
        for item in listed
    }


def _line(
    definition: TemplateDefinition,
    language: str,
    there: dict[tuple[str, str], dict[str, str]] | None,
    row: MessageTemplate | None,
) -> TemplateLine:
    if there is None:
        columns = ("status", "quality", "category", "previous_category", "reason")
        told = {column: getattr(row, column) for column in columns} if row and row.status else None
    else:
        told = there.get((definition.name, language))
    coming = row.coming_category if row else ""
    light, trouble = _judged(definition, told, coming)
    told = told or {}
    return TemplateLine(
        name=definition.name,
        language=language,
        status=told.get("status", ""),
        quality=told.get("quality", ""),
        category=told.get("category", ""),
        reason=told.get("reason", ""),
        light=light,
        trouble=trouble,
        synced_at=row.synced_at if row else None,
    )


def _judged(definition: TemplateDefinition, told: dict[str, str] | None, coming: str) -> tuple[Light, str]:
    if told is None:
        return Light.RED, _("Not at Meta.")
    status, quality, category = told["status"], told["quality"], told["category"]
    if status not in USABLE:
        reason = f" ({told['reason']})" if told["reason"] else ""
        sentence = _("%(status)s at Meta%(reason)s.") % {"status": status.replace("_", " ").lower(), "reason": reason}
        return (Light.AMBER if status in _PASSES else Light.RED), sentence
    if category and category != definition.category:
        return Light.AMBER, _("Meta charges and limits it as %(category)s.") % {"category": category}
    if coming and coming != definition.category:
        return Light.AMBER, _("Meta will make it %(category)s.") % {"category": coming}
    if blame := quality if quality in {"RED", "YELLOW"} else status if status == "FLAGGED" else "":
        return Light.AMBER, _("People block or report it (%(blame)s); Meta may pause it.") % {"blame": blame}
    return Light.GREEN, ""
