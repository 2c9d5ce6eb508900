"""What Meta tells about the account, its templates and people's preferences: the values of those webhooks.

Pure functions, for `Sandbox.post_event` and `POST /_sandbox/events`. Each is named for its webhook field.

>>> message_template_status_update("business_invitation", "PAUSED")["event"]
'PAUSED'
"""

import hashlib
import time
from collections.abc import Sequence
from typing import Any

from sandbox.people import person_with_phone

JSON = dict[str, Any]

BUSINESS_NUMBER = "15551905954"
WEEK = 7 * 24 * 3600


def template_of(name: str, language: str) -> JSON:
    # Webhooks write `en-US` where the API writes `en_US`.
    number = int.from_bytes(hashlib.sha256(f"{name} {language}".encode()).digest()[:6], "big")
    return {
        "message_template_id": number,
        "message_template_name": name,
        "message_template_language": language.replace("_", "-"),
    }


def message_template_status_update(
    name: str,
    event: str = "APPROVED",
    *,
    language: str = "en_US",
    category: str = "UTILITY",
    reason: str | None = "NONE",
    title: str = "",
    description: str = "",
) -> JSON:
    """`title` and `description` say why a template was paused, locked or freed."""
    value: JSON = {
        "event": event,
        **template_of(name, language),
        "reason": reason,
        "message_template_category": category,
    }
    if event == "DISABLED":
        value["disable_info"] = {"disable_date": int(time.time())}
    if title or description:
        value["other_info"] = {"title": title, "description": description}
    return value


def message_template_quality_update(
    name: str, new: str = "YELLOW", *, previous: str = "GREEN", language: str = "en_US"
) -> JSON:
    return {"previous_quality_score": previous, "new_quality_score": new, **template_of(name, language)}


def template_category_update(
    name: str, category: str = "MARKETING", *, previous: str = "UTILITY", language: str = "en_US", notice: bool = False
) -> JSON:
    """With `notice`, announce the change a day ahead: `new_category` is then the present one."""
    if notice:
        tomorrow = int(time.time()) + 24 * 3600
        coming = {"correct_category": category, "new_category": previous, "category_update_timestamp": tomorrow}
        return {**template_of(name, language), **coming}
    return {**template_of(name, language), "previous_category": previous, "new_category": category}


def phone_number_quality_update(
    event: str = "THROUGHPUT_UPGRADE", *, limit: str = "TIER_UNLIMITED", old_limit: str = "", number: str = ""
) -> JSON:
    value = {"display_phone_number": number or BUSINESS_NUMBER, "event": event, "current_limit": limit}
    changed = {"old_limit": old_limit} if old_limit else {}
    return {**value, **changed, "max_daily_conversations_per_business": limit}


def business_capability_update(*, conversations: int = 2000, phone_numbers: int = 25) -> JSON:
    """`conversations`: how many people may be written to outside a window in a day."""
    return {"max_daily_conversations_per_business": conversations, "max_phone_numbers_per_waba": phone_numbers}


def account_update(
    event: str = "ACCOUNT_RESTRICTION",
    *,
    restrictions: Sequence[str] = ("RESTRICTED_BIZ_INITIATED_MESSAGING",),
    ban_state: str = "DISABLE",
    violation: str = "SPAM",
) -> JSON:
    """Restrict (ACCOUNT_RESTRICTION), ban (DISABLED_UPDATE) or blame (ACCOUNT_VIOLATION) the account."""
    expiration = int(time.time()) + WEEK
    details: dict[str, JSON] = {
        "ACCOUNT_RESTRICTION": {
            "restriction_info": [{"restriction_type": kind, "expiration": expiration} for kind in restrictions]
        },
        "DISABLED_UPDATE": {
            "ban_info": {"waba_ban_state": ban_state, "waba_ban_date": time.strftime("%B %d, %Y", time.gmtime())}
        },
        "ACCOUNT_VIOLATION": {"violation_info": {"violation_type": violation}},
    }
    return {"event": event, **details.get(event, {})}


def account_alerts(
    alert_type: str = "INCREASED_CAPABILITIES_ELIGIBILITY_DEFERRED",
    *,
    severity: str = "WARNING",
    status: str = "ACTIVE",
    description: str = "Limits cannot be increased for your business. Use the platform for several days.",
    entity_type: str = "BUSINESS",
    entity_id: str = "506914307656634",
) -> JSON:
    alert = {
        "alert_severity": severity,
        "alert_status": status,
        "alert_type": alert_type,
        "alert_description": description,
    }
    return {"entity_type": entity_type, "entity_id": entity_id, "alert_info": alert}


def user_preferences(phone: str, value: str = "stop", *, hidden: bool = False) -> JSON:
    """Let a person stop or resume marketing messages. `hidden`: they have a username and do not show their number."""
    person = person_with_phone(phone)
    known = {"user_id": person.user_id} if hidden else {"wa_id": person.wa_id, "user_id": person.user_id}
    preference = {
        **known,
        "detail": f"User requested to {value} marketing messages",
        "category": "marketing_messages",
        "value": value,
        "timestamp": int(time.time()),
    }
    return {"contacts": [{"profile": {"name": person.name}, **known}], "user_preferences": [preference]}


def security(event: str = "PIN_CHANGED", *, requester: str = "", number: str = "") -> JSON:
    """`requester` is the user at Meta who asked to reset the PIN."""
    value = {"display_phone_number": number or BUSINESS_NUMBER, "event": event}
    return {**value, "requester": requester} if requester else value
