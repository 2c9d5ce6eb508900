"""The sending number and the business behind it: may it send, to how many, and under which name."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from communications.capacity import THROUGHPUT, people_in
from communications.conf import setting
from communications.daily_limit import people_counted
from communications.health import metas_pages
from communications.health.findings import Verdict, broken, good, look
from communications.health.meta import Look
from communications.health.reading import ago, facts, number, text
from communications.json_shapes import objects_in
from communications.meta_codes import explain
from communications.models import Channel

# In `health_status`, these are about calls; Meta says to ignore them.
_IGNORED = {138024, 138025}
_PAYMENT = {131042, 141006}
_NO_LIMIT = "TIER_UNLIMITED"


@dataclass(frozen=True)
class _Entity:
    """One of those that a message passes: number, account, business, app."""

    kind: str
    may_send: str
    errors: list[tuple[int, str, str]]


def channel() -> Verdict:
    row = Channel.objects.filter(pk=setting("WHATSAPP_PHONE_NUMBER_ID"), paused_at__isnull=False).first()
    if row is None or row.paused_at is None:
        return good(_("The number is open."))
    when, resume = ago(row.paused_at), "python manage.py resume_channel"
    if row.paused_by:
        sentence = _("%(name)s paused the number %(ago)s: nothing is sent.") % {"name": row.paused_by, "ago": when}
        return broken(sentence, _("Resume it when the reason is gone."), command=resume)
    if row.paused_by_event:
        sentence = _("Meta's event %(event)s paused the number %(ago)s: nothing is sent.")
        todo = _("Put it right in WhatsApp Manager, then resume the number.")
        return broken(
            sentence % {"event": row.paused_by_event, "ago": when}, todo, command=resume, link=metas_pages.ACCOUNT
        )
    meaning = explain(row.paused_by_code)
    sentence = _("The number was paused %(ago)s and nothing is sent: %(why)s") % {"ago": when, "why": meaning.meaning}
    return broken(sentence, meaning.advice, command=resume)


def payment(asked: Look) -> Verdict:
    for entity in _entities(asked):
        for code, description, solution in entity.errors:
            if code in _PAYMENT:
                return broken(
                    _("Meta cannot charge for messages (%(code)s): %(said)s") % {"code": code, "said": description},
                    solution or _("Add a payment method to the WhatsApp account."),
                    link=metas_pages.PAYMENT,
                )
    return good(_("Meta has no objection to the payment method."))


def sending(asked: Look) -> Verdict:
    """Meta's own verdict, with its own reasons; those about payment stand in their own line."""
    hindered = [entity for entity in _entities(asked) if entity.may_send != "AVAILABLE"]
    if not hindered:
        return good(_("Meta lets the number, the account, the business and the app send."))
    reasons = [description for entity in hindered for _code, description, _solution in entity.errors if description]
    todo = next((solution for entity in hindered for _code, _said, solution in entity.errors if solution), "")
    named = ", ".join(f"{entity.kind} {entity.may_send}" for entity in hindered)
    sentence = _("Meta says %(named)s. %(reasons)s") % {"named": named, "reasons": " ".join(reasons)}
    is_blocked = any(entity.may_send == "BLOCKED" for entity in hindered)
    return (broken if is_blocked else look)(
        sentence.strip(), todo or _("Open WhatsApp Manager to see why."), link=metas_pages.ACCOUNT
    )


def _entities(asked: Look) -> list[_Entity]:
    """Those of `health_status`; one that is hindered for nothing but calls is not hindered."""
    told = facts(asked.number).get("health_status")
    entities = []
    for item in objects_in(told, "entities"):
        every = [
            (number(error, "error_code"), text(error, "error_description"), text(error, "possible_solution"))
            for error in objects_in(item, "errors")
        ]
        errors = [error for error in every if error[0] not in _IGNORED]
        may_send = text(item, "can_send_message") if errors or not every else "AVAILABLE"
        entities.append(_Entity(text(item, "entity_type"), may_send or "AVAILABLE", errors))
    return entities


def verified_number(asked: Look) -> Verdict:
    told = facts(asked.number)
    shown, status = text(told, "display_phone_number"), text(told, "code_verification_status")
    digits = "".join(filter(str.isdigit, shown))
    if digits.startswith("1555") or text(told, "verified_name") == "Test Number":
        return look(
            _("%(number)s looks like one of Meta's test numbers: those reach only people on the app's list.")
            % {"number": shown},
            _("Add your business number, verify it, and set WHATSAPP_PHONE_NUMBER_ID to its ID."),
            link=metas_pages.NUMBERS,
        )
    if status == "VERIFIED":
        return good(_("%(number)s is verified.") % {"number": shown})
    sentence = _("%(number)s is not verified (%(status)s).") % {"number": shown, "status": status or "?"}
    todo = _("Verify the number by SMS or call in WhatsApp Manager.")
    return (look if status == "EXPIRED" else broken)(sentence, todo, link=metas_pages.NUMBERS)


def display_name(asked: Look) -> Verdict:
    told = facts(asked.number)
    name, status = text(told, "verified_name"), text(told, "name_status")
    if status in {"APPROVED", "AVAILABLE_WITHOUT_REVIEW"}:
        return good(_("People see the name “%(name)s”.") % {"name": name})
    sentence = _("The display name “%(name)s” is not approved (%(status)s).") % {"name": name, "status": status or "?"}
    if status == "PENDING_REVIEW":
        return look(sentence, _("Wait for Meta's review."), link=metas_pages.NUMBERS)
    refused = status in {"DECLINED", "EXPIRED"}
    todo = _("Choose a name that follows Meta's rules, and submit it in WhatsApp Manager.")
    return (broken if refused else look)(sentence, todo, link=metas_pages.NUMBERS)


def business(asked: Look) -> Verdict:
    told = facts(asked.account)
    review, verification = text(told, "account_review_status"), text(told, "business_verification_status")
    if review == "REJECTED":
        return broken(
            _("Meta has rejected the WhatsApp account."), _("Ask for another review in WhatsApp Manager."),
            link=metas_pages.ACCOUNT,
        )  # fmt: skip
    if verification.lower() != "verified":
        return look(
            _("The business is not verified (%(status)s): it reaches 250 people a day at first, and fewer templates.")
            % {"status": verification or "?"},
            _("Start the verification in the business settings at Meta."),
            link=metas_pages.VERIFICATION,
        )
    if review not in {"APPROVED", ""}:
        sentence = _("Meta has not finished reviewing the WhatsApp account (%(status)s).")
        return look(sentence % {"status": review}, _("Wait for Meta's review."))
    return good(_("The business is verified, and the account approved."))


def quality(asked: Look) -> Verdict:
    rating = text(facts(asked.number), "quality_rating")
    if rating == "RED":
        return broken(
            _("People block or report the number often: its quality is red, and Meta may lower its limits."),
            _("Stop campaigns, write only to people who expect it, and look at what was reported."),
            link=metas_pages.NUMBERS,
        )
    if rating == "YELLOW":
        return look(
            _("Some people block or report the number: its quality is yellow."),
            _("Write to fewer people at once, and only to those who expect it."),
            link=metas_pages.NUMBERS,
        )
    return good(_("Its quality is green.") if rating == "GREEN" else _("Meta has no rating of it yet."))


def daily_limit(asked: Look) -> Verdict:
    tier = text(facts(asked.number), "whatsapp_business_manager_messaging_limit")
    limit = people_in(tier)
    if limit is None and tier != _NO_LIMIT:
        return look(
            _("Meta does not say how many people may be written to in a day (%(tier)s).") % {"tier": tier or "?"},
            _("Look at the limit of the number in WhatsApp Manager."),
            link=metas_pages.NUMBERS,
        )
    reached = people_counted()
    if limit is None:
        return good(_("No daily limit; %(reached)d people were written to in 24 hours.") % {"reached": reached})
    left = max(0, limit - reached)
    counts = {"left": left, "limit": limit}
    sentence = _("%(left)d of %(limit)d people may still be written to in these 24 hours.") % counts
    todo = _("What is above it waits. The limit grows with quality, with use, and with a verified business.")
    if not left:
        return broken(sentence, todo, link=metas_pages.NUMBERS)
    return look(sentence, todo, link=metas_pages.NUMBERS) if left * 10 < limit else good(sentence)


def throughput(asked: Look) -> Verdict:
    told: Any = facts(asked.number).get("throughput")
    level = text(told, "level")
    ceiling = THROUGHPUT.get(level)
    if ceiling is None:
        return look(
            _("Meta does not say how fast the number may send (%(level)s).") % {"level": level or "?"},
            _("Look whether the number is registered in WhatsApp Manager."),
            link=metas_pages.NUMBERS,
        )
    ours = setting("WHATSAPP_MESSAGES_PER_SECOND")
    if ours > ceiling:
        return look(
            _("WHATSAPP_MESSAGES_PER_SECOND is %(ours)d, and Meta takes %(ceiling)d.")
            % {"ours": ours, "ceiling": ceiling},
            _("Set it to what Meta takes: what is above it is only refused."),
        )
    return good(_("Up to %(ceiling)d messages a second.") % {"ceiling": ceiling})
