"""Our rows of what Meta has: filled by a list of Meta's, and by what we did. Webhooks that are newer stand."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from communications import signals
from communications.models import MessageTemplate
from communications.template_comparison import TemplateAtMeta

# A row, and whether what Meta thinks of the template has changed.
Told = tuple[MessageTemplate, bool]

DELETED = "DELETED"
_MOST_EDITS_KEPT = 20
_FIELDS = (
    "status", "reason", "quality", "category", "coming_category", "status_at", "quality_at", "category_at",
    "meta_id", "components", "parameter_format", "previous_category", "synced_at",
)  # fmt: skip


@transaction.atomic
def keep_all(listed: Iterable[TemplateAtMeta], *, asked_at: datetime) -> None:
    """Keep Meta's whole list, as of `asked_at`: what is not on it is deleted at Meta."""
    rows = {(row.name, row.language): row for row in MessageTemplate.objects.select_for_update()}
    there = {_key(template): template for template in listed}
    told = [_told(rows.get(key) or _new(key), template, asked_at) for key, template in there.items()]
    told += [_deleted(row, asked_at) for key, row in rows.items() if key not in there and _is_older(row, asked_at)]
    _save(told)


@transaction.atomic
def keep(template: TemplateAtMeta, *, asked_at: datetime) -> None:
    """Keep one template, as of `asked_at`."""
    name, language = _key(template)
    row = MessageTemplate.objects.select_for_update().filter(name=name, language=language).first()
    _save([_told(row or _new((name, language)), template, asked_at)])


def edits() -> dict[tuple[str, str], list[datetime]]:
    """When we edited each template."""
    rows = MessageTemplate.objects.exclude(edits=[]).values_list("name", "language", "edits")
    return {(name, language): [datetime.fromisoformat(at) for at in told] for name, language, told in rows}


@transaction.atomic
def note_edit(key: tuple[str, str], *, at: datetime) -> None:
    """Remember an edit, because Meta counts them."""
    row, _created = MessageTemplate.objects.select_for_update().get_or_create(name=key[0], language=key[1])
    row.edits = [*row.edits, at.isoformat()][-_MOST_EDITS_KEPT:]
    row.save(update_fields=["edits"])


def _key(template: TemplateAtMeta) -> tuple[str, str]:
    return template.name[:512], template.language[:20]


def _new(key: tuple[str, str]) -> MessageTemplate:
    return MessageTemplate(name=key[0], language=key[1])


def _told(row: MessageTemplate, there: TemplateAtMeta, asked_at: datetime) -> Told:
    before = _state(row)
    # Meta's webhooks count whole seconds: one of this very second may be newer than the list.
    second = asked_at.replace(microsecond=0)
    if row.status_at is None or row.status_at <= second:
        row.status, row.reason, row.status_at = there.status[:30], there.reason, second
    if there.quality and (row.quality_at is None or row.quality_at <= second):
        row.quality, row.quality_at = there.quality[:20], second
    if row.category_at is None or row.category_at <= second:
        row.category, row.category_at = there.category[:30], second
        row.coming_category = "" if row.coming_category == row.category else row.coming_category
    row.meta_id, row.parameter_format = there.id[:40], there.parameter_format[:20]
    row.previous_category, row.components = there.previous_category[:30], list(there.components)
    row.synced_at = asked_at
    return row, _state(row) != before


def _is_older(row: MessageTemplate, asked_at: datetime) -> bool:
    return row.status != DELETED and (row.status_at is None or row.status_at <= asked_at)


def _deleted(row: MessageTemplate, asked_at: datetime) -> Told:
    row.status, row.reason, row.status_at, row.synced_at = DELETED, "", asked_at.replace(microsecond=0), asked_at
    return row, True


def _state(row: MessageTemplate) -> tuple[str, ...]:
    return row.status, row.reason, row.quality, row.category, row.coming_category


def _save(told: list[Told]) -> None:
    MessageTemplate.objects.bulk_create(
        [row for row, _changed in told],
        update_conflicts=True,
        unique_fields=["name", "language"],
        update_fields=_FIELDS,
    )
    for row in (row for row, changed in told if changed):
        signals.send_after_commit(signals.template_changed, MessageTemplate, template=row)
