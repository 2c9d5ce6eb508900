"""Our own account, number and templates: each word of Meta's updates its state, newest by Meta's clock. Set-based."""

import hashlib
import json
import logging
import re
from collections.abc import Callable, Sequence
from typing import Any

from communications import channel, signals
from communications.conf import setting
from communications.json_shapes import word_of
from communications.models import AccountEvent, Channel, MessageTemplate
from communications.webhooks.events import AccountUpdate

logger = logging.getLogger(__name__)

_CHANNEL_FIELDS = {"phone_number_quality_update", "business_capability_update", "account_update"}
_SEVERE = {"account_update", "account_alerts", "security", "errors"}


def keep_display_number(numbers: set[str]) -> None:
    """Remember how Meta writes our own number; runs in a transaction."""
    phone_number_id = setting("WHATSAPP_PHONE_NUMBER_ID")
    for digits in sorted(numbers)[:1]:
        if not Channel.objects.filter(pk=phone_number_id, display_number=digits).exists():
            Channel.objects.update_or_create(pk=phone_number_id, defaults={"display_number": digits})


def apply_account(updates: Sequence[AccountUpdate]) -> None:
    """Keep the events, bring templates and channel up to date, pause or resume. Runs in a transaction."""
    if not updates:
        return
    new = _kept(updates)
    for event in new:
        logger.log(
            logging.WARNING if event.field in _SEVERE else logging.INFO,
            "Meta says of our account: %s %s", event.field, _word(event.event),
        )  # fmt: skip
        signals.send_after_commit(signals.account_event_received, AccountEvent, event=event)
    _update_templates(sorted(updates, key=lambda update: update.at))
    _update_channel({event.pk for event in new if event.field in _CHANNEL_FIELDS})


def _word(event: str) -> str:
    """One of Meta's words such as PIN_CHANGED: a line of the log takes nothing else."""
    return event if re.fullmatch(r"[A-Z0-9_]{0,60}", event) else "(other than a word)"


def _kept(updates: Sequence[AccountUpdate]) -> list[AccountEvent]:
    events = {event.fingerprint: event for event in map(_event, updates)}
    known = set(AccountEvent.objects.filter(fingerprint__in=events).values_list("fingerprint", flat=True))
    new = [event for fingerprint, event in events.items() if fingerprint not in known]
    return AccountEvent.objects.bulk_create(new)


def _event(update: AccountUpdate) -> AccountEvent:
    canonical = json.dumps([update.at.timestamp(), update.field, update.value], sort_keys=True)
    name = update.value.get("event") or update.value.get("alert_type") or update.value.get("code") or ""
    return AccountEvent(
        at=update.at,
        field=update.field,
        event=str(name)[:100],
        value=update.value,
        fingerprint=hashlib.sha256(canonical.encode()).hexdigest(),
    )


# What each field says of a template: the column, the column of its time, and where the word stands.
_TEMPLATE_WORDS: dict[str, tuple[str, str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "message_template_status_update": (
        "status", "status_at", lambda value: {"status": value.get("event"), "reason": value.get("reason")},
    ),
    "message_template_quality_update": (
        "quality", "quality_at", lambda value: {"quality": value.get("new_quality_score")},
    ),
    "template_category_update": ("category", "category_at", lambda value: _categories(value)),
}  # fmt: skip


def _categories(value: dict[str, Any]) -> dict[str, Any]:
    """In the advance notice `new_category` is the present one, and `correct_category` the one to come."""
    return {"category": value.get("new_category"), "coming_category": value.get("correct_category") or ""}


def _update_templates(updates: Sequence[AccountUpdate]) -> None:
    told = [(update, _template_key(update.value)) for update in updates if update.field in _TEMPLATE_WORDS]
    names = {name for _update, (name, _language) in told if name}
    if not names:
        return
    known = {(row.name, row.language): row for row in MessageTemplate.objects.filter(name__in=names)}
    changed: dict[tuple[str, str], MessageTemplate] = {}
    for update, key in told:
        row = known.setdefault(key, MessageTemplate(name=key[0], language=key[1]))
        if key[0] and _tell(row, update):
            changed[key] = row
    fields = ["status", "reason", "quality", "category", "coming_category", "status_at", "quality_at", "category_at"]
    MessageTemplate.objects.bulk_create(
        changed.values(), update_conflicts=True, unique_fields=["name", "language"], update_fields=fields
    )
    for row in changed.values():
        signals.send_after_commit(signals.template_changed, MessageTemplate, template=row)


def _template_key(value: dict[str, Any]) -> tuple[str, str]:
    """Meta writes the language as en-US here and as en_US in the API."""
    name, language = value.get("message_template_name"), value.get("message_template_language")
    if not isinstance(name, str) or not isinstance(language, str):
        return "", ""
    return name[:512], language.replace("-", "_")[:20]


def _tell(row: MessageTemplate, update: AccountUpdate) -> bool:
    """Change the row if this word is newer than the one it has."""
    _column, time_column, read = _TEMPLATE_WORDS[update.field]
    limits = {column.name: column.max_length for column in MessageTemplate._meta.fields}
    words = {name: word_of(word, limits[name]) for name, word in read(update.value).items()}
    has_told, told_at = {name: getattr(row, name) for name in words}, getattr(row, time_column)
    # Of two words in one second, the same one counts whichever came first.
    if told_at is not None and (told_at, sorted(has_told.items())) >= (update.at, sorted(words.items())):
        return False
    for name, word in words.items():
        setattr(row, name, word)
    setattr(row, time_column, update.at)
    return True


def _update_channel(new: set[int]) -> None:
    """Work out the channel from the whole ledger: an old word that comes late must not be lost behind a newer one."""
    if not new:
        return
    row, _created = Channel.objects.get_or_create(pk=setting("WHATSAPP_PHONE_NUMBER_ID"))
    decisive = None
    for event in AccountEvent.objects.filter(field__in=_CHANNEL_FIELDS).order_by("at", "fingerprint"):
        if _is_news(row, event):
            _tell_channel(row, event)
            row.updated_at = event.at
        decisive = event if _forbids_sending(event) or _allows_sending(event) else decisive
    row.save(update_fields=["quality_rating", "messaging_limit", "throughput", "updated_at"])
    # What was obeyed before is not obeyed again: a person may have resumed the channel since.
    if decisive is not None and decisive.pk in new:
        _pause_or_resume(row.phone_number_id, decisive)


def _is_news(row: Channel, event: AccountEvent) -> bool:
    """What happened before Meta was last asked is in its answer; events count whole seconds."""
    return row.facts_at is None or event.at >= row.facts_at.replace(microsecond=0)


def _tell_channel(row: Channel, told: AccountEvent) -> None:
    value, event = told.value, told.value.get("event")
    if told.field == "phone_number_quality_update" and _is_ours(row, value):
        limit = value.get("max_daily_conversations_per_business") or value.get("current_limit")
        row.messaging_limit = word_of(limit, 30) or row.messaging_limit
        row.quality_rating = {"FLAGGED": "RED", "UNFLAGGED": "GREEN"}.get(str(event), row.quality_rating)
        row.throughput = "HIGH" if event == "THROUGHPUT_UPGRADE" else row.throughput
    elif told.field == "business_capability_update":
        limit = value.get("max_daily_conversations_per_business") or value.get("max_daily_conversation_per_phone")
        row.messaging_limit = word_of(limit, 30) or row.messaging_limit


def _is_ours(row: Channel, value: dict[str, Any]) -> bool:
    """The account may have other numbers; while we do not know how Meta writes ours, any is taken for it."""
    about = "".join(filter(str.isdigit, str(value.get("display_phone_number", ""))))
    return not row.display_number or not about or about == row.display_number


def _pause_or_resume(phone_number_id: str, event: AccountEvent) -> None:
    """A ban or a restriction of business-initiated messages stops the channel; Meta's reinstatement frees it."""
    if _forbids_sending(event):
        channel.pause_by_event(phone_number_id, event.event)
    else:
        channel.resume_after_event(phone_number_id)


def _allows_sending(event: AccountEvent) -> bool:
    return event.field == "account_update" and (
        event.event == "ACCOUNT_REINSTATED" or _ban_state(event.value) == "REINSTATE"
    )


def _forbids_sending(event: AccountEvent) -> bool:
    if event.field != "account_update":
        return False
    restrictions = event.value.get("restriction_info")
    kinds = [item.get("restriction_type") for item in restrictions if isinstance(item, dict)] if isinstance(
        restrictions, list
    ) else []  # fmt: skip
    return (
        event.event in {"DISABLED_UPDATE", "ACCOUNT_DELETED"} and _ban_state(event.value) != "REINSTATE"
    ) or "RESTRICTED_BIZ_INITIATED_MESSAGING" in kinds


def _ban_state(value: dict[str, Any]) -> str:
    info = value.get("ban_info")
    state = info.get("waba_ban_state") if isinstance(info, dict) else ""
    # One word, or a list of them.
    return str(state[0] if isinstance(state, list) and state else state)
