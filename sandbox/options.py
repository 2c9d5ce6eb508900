"""What a sandbox can be told: who the business is, where its webhook is, how fast and how late it answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlsplit

CHANGEABLE = frozenset(
    {
        "access_token",
        "app_secret",
        "display_phone_number",
        "verified_name",
        "webhook_url",
        "verify_token",
        "latency_ms",
        "delay_ms",
        "messages_per_second",
        "pair_seconds",
        "webhook_retry_ms",
        "lose_webhooks",
        "cut_after_accept",
        "server_errors",
        "no_statuses",
        "double",
        "late",
        "late_ms",
        "reverse",
        "batch",
        "hide_numbers",
        "review_ms",
    }
)
MOST_UPDATES = 1000
SECRETS = frozenset({"access_token", "app_secret", "verify_token"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxOptions:
    """The settings of one sandbox; `docs/sandbox.md` explains each."""

    host: str = "127.0.0.1"
    port: int = 0
    access_token: str = "sandbox-token"  # noqa: S105
    app_secret: str = "sandbox-secret"  # noqa: S105
    app_id: str = "1068741974830721"
    phone_number_id: str = "676188225586230"
    business_account_id: str = "1513500473389693"
    display_phone_number: str = "15551905954"
    country_code: str = "1"
    verified_name: str = "Dott"
    webhook_url: str | None = None
    verify_token: str | None = None
    latency_ms: int = 0
    delay_ms: int = 700
    messages_per_second: int = 80
    pair_seconds: int = 6
    webhook_retry_ms: int = 1000
    lose_webhooks: float = 0.0
    cut_after_accept: float = 0.0
    server_errors: float = 0.0
    no_statuses: bool = False
    double: float = 0.0
    late: float = 0.0
    late_ms: int = 3000
    reverse: float = 0.0
    batch: int = 1
    hide_numbers: bool = False
    seed: int = 0
    keep: int = 100_000
    keep_references: int = 1_000_000
    review_ms: int = 200
    no_templates: bool = False

    def __post_init__(self) -> None:
        for field in fields(self):
            require_kind(field.name, field.type, getattr(self, field.name))
        if self.webhook_url and urlsplit(self.webhook_url).scheme not in {"http", "https"}:
            raise ValueError(f"webhook_url must begin with http:// or https://, not {self.webhook_url!r}")
        if not 1 <= self.batch <= MOST_UPDATES:
            raise ValueError(f"batch must be 1 to {MOST_UPDATES}, not {self.batch}")

    def changed(self, changes: Mapping[str, Any]) -> "SandboxOptions":
        """Return these options with `changes`; ValueError names what is unknown or wrong."""
        unknown = sorted(set(changes) - CHANGEABLE)
        if unknown:
            raise ValueError(f"cannot change {', '.join(unknown)}; only {', '.join(sorted(CHANGEABLE))}")
        return replace(self, **changes)

    def shown(self) -> dict[str, Any]:
        """Return the options for people to read: everything but the secrets."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name not in SECRETS}


def require_kind(name: str, kind: Any, value: object) -> None:
    problem = PROBLEMS[kind if kind in PROBLEMS else None](value)
    if problem:
        raise ValueError(f"{name} must be {problem}, not {value!r}")


def not_whole(value: object) -> str:
    return "" if type(value) is int and value >= 0 else "a whole number, 0 or more"


def not_a_fraction(value: object) -> str:
    number = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
    return "" if number else "a fraction between 0 and 1"


def not_true_or_false(value: object) -> str:
    return "" if isinstance(value, bool) else "true or false"


def not_a_string(value: object) -> str:
    return "" if isinstance(value, str) else "a string"


def not_a_string_or_null(value: object) -> str:
    return "" if value is None or isinstance(value, str) else "a string or null"


PROBLEMS: dict[Any, Callable[[object], str]] = {
    int: not_whole,
    float: not_a_fraction,
    bool: not_true_or_false,
    str: not_a_string,
    None: not_a_string_or_null,
}
