"""Our own account, number and templates: each word of Meta's updates its state, newest by Meta's clock. Set-based."""

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from communications import channel, signals
from communications.conf import setting
from communications.models import AccountEvent, Channel, MessageTemplate
from communications.webhooks.events import AccountUpdate

logger = logging.getLogger(__name__)

_SEVERE = {"account_update", "account_alerts", "security", "errors"}


def apply_account(updates: Sequence[AccountUpdate]) -> None:
    """Keep the events, bring templates and channel up to date, pause or resume. Runs in a transaction."""
    if not updates:
        return
    for event in _kept(updates):
        logger.log(
            logging.WARNING if event.field in _SEVERE else logging.INFO,
            "Meta says of our account: %s %s", event.field, event.event,
        )  # fmt: skip
        signals.send_after_commit(signals.account_event_received, AccountEvent, event=event)
    _update_templates(sorted(updates, key=_by_time))
    _update_channel(updates)


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
    words = {name: _short(word) for name, word in read(update.value).items()}
    has_told = {name: getattr(row, name) for name in words}
    told_at = getattr(row, time_column)
    # Of two words in one second, the same one counts whichever came first.
    if told_at is not None and (told_at, sorted(has_told.items())) >= (update.at, sorted(words.items())):
        return False
    for name, word in words.items():
        setattr(row, name, word)
    setattr(row, time_column, update.at)
    return True


_CHANNEL_FIELDS = {"phone_number_quality_update", "business_capability_update"}


def _update_channel(updates: Sequence[AccountUpdate]) -> None:
    """Work out from all we were told what holds of the number now, so that late news changes nothing newer."""
    if any(update.field in _CHANNEL_FIELDS for update in updates):
        words: dict[str, Any] = {}
        for event in AccountEvent.objects.filter(field__in=_CHANNEL_FIELDS).order_by("at", "fingerprint"):
            words |= _channel_words(event.field, event.value) | {"updated_at": event.at}
        Channel.objects.update_or_create(pk=setting("WHATSAPP_PHONE_NUMBER_ID"), defaults=words)
    _pause_or_resume([update for update in updates if update.field == "account_update"])


def _channel_words(field: str, value: dict[str, Any]) -> dict[str, str]:
    limit = value.get("max_daily_conversations_per_business")
    if field == "business_capability_update":
        return {"messaging_limit": _short(limit or value.get("max_daily_conversation_per_phone"))}
    words = {"messaging_limit": _short(limit or value.get("current_limit"))}
    event = value.get("event")
    if event in _QUALITY:
        words["quality_rating"] = _QUALITY[event]
    if event == "THROUGHPUT_UPGRADE":
        words["throughput"] = "HIGH"
    return words


_QUALITY = {"FLAGGED": "RED", "UNFLAGGED": "GREEN"}


def _short(value: object) -> str:
    return str(value)[:30] if isinstance(value, str | int) else ""


def _pause_or_resume(updates: Sequence[AccountUpdate]) -> None:
    """A ban or a restriction of business-initiated messages stops the channel; Meta's reinstatement frees it.

    Only Meta's newest word counts, and only once: what a person resumed since stays resumed.
    """
    decisive = [update for update in updates if _forbids_sending(update.value) or _frees(update.value)]
    if not decisive:
        return
    newest = max(decisive, key=_by_time)
    newer = AccountEvent.objects.filter(field="account_update", at__gt=newest.at)
    if any(_forbids_sending(event.value) or _frees(event.value) for event in newer):
        return
    phone_number_id = setting("WHATSAPP_PHONE_NUMBER_ID")
    if _forbids_sending(newest.value):
        channel.pause_by_event(phone_number_id, str(newest.value.get("event", "")))
    else:
        channel.resume_after_event(phone_number_id)


def _by_time(update: AccountUpdate) -> tuple[datetime, str]:
    """Of two words in one second, the same one counts whichever came first."""
    return update.at, json.dumps(update.value, sort_keys=True)


def _frees(value: dict[str, Any]) -> bool:
    return value.get("event") == "ACCOUNT_REINSTATED" or _ban_state(value) == "REINSTATE"


def _forbids_sending(value: dict[str, Any]) -> bool:
    restrictions = value.get("restriction_info")
    kinds = [item.get("restriction_type") for item in restrictions if isinstance(item, dict)] if isinstance(
        restrictions, list
    ) else []  # fmt: skip
    return (
        value.get("event") in {"DISABLED_UPDATE", "ACCOUNT_DELETED"} and _ban_state(value) != "REINSTATE"
    ) or "RESTRICTED_BIZ_INITIATED_MESSAGING" in kinds


def _ban_state(value: dict[str, Any]) -> str:
    info = value.get("ban_info")
    state = info.get("waba_ban_state") if isinstance(info, dict) else ""
    # One word, or a list of them.
    return str(state[0] if isinstance(state, list) and state else state)
