"""The state of the business account: its token, its health, who gets its webhooks."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

HEALTHS = ("AVAILABLE", "LIMITED", "BLOCKED")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """What the control door can set; `docs/sandbox.md` explains each."""

    token_valid: bool = True
    token_expires_at: int = 0
    data_access_expires_at: int = 0
    scopes: tuple[str, ...] = ("whatsapp_business_management", "whatsapp_business_messaging")
    subscribed: bool = True
    can_send_message: str = "AVAILABLE"
    health_error: int = 141006
    quality_rating: str = "GREEN"
    throughput: str = "STANDARD"
    messaging_limit: str = "TIER_250"
    code_verification_status: str = "VERIFIED"
    name_status: str = "APPROVED"
    business_verification_status: str = "verified"
    account_review_status: str = "APPROVED"
    webhook_fields: tuple[str, ...] = (
        "messages",
        "message_template_status_update",
        "message_template_quality_update",
        "template_category_update",
        "account_update",
        "phone_number_quality_update",
        "business_capability_update",
        "user_preferences",
    )

    def changed(self, changes: Mapping[str, Any]) -> "AccountState":
        """Return this state with `changes`; ValueError names what is unknown or wrong."""
        known = {field.name: getattr(self, field.name) for field in fields(self)}
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"cannot change {name}; only {', '.join(known)}")
            require_same_kind(name, value, known[name])
        state = replace(self, **{name: settled(value) for name, value in changes.items()})
        if state.can_send_message not in HEALTHS:
            raise ValueError(f"can_send_message must be one of {', '.join(HEALTHS)}")
        return state

    def as_json(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


def settled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def require_same_kind(name: str, value: object, present: object) -> None:
    if isinstance(present, tuple):
        sound = isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
    else:
        sound = type(value) is type(present)
    if not sound:
        raise ValueError(f"{name} must be like {present!r}, not {value!r}")


def is_expired(state: AccountState, now: float) -> bool:
    return not state.token_valid or bool(state.token_expires_at and state.token_expires_at <= now)
