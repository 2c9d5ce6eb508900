"""System checks of what the API is set to: rates, and the proxies in front of it."""

import re
from typing import Any

from django.core.checks import CheckMessage, Error, register

from communications.conf import DEFAULTS, setting


def rate_problems(rate: str, *, name: str, example: str, id: str) -> list[CheckMessage]:  # noqa: A002  Django's word
    """The error `id` if the setting `name` holds no rate such as 20/min."""
    if re.fullmatch(r"[1-9]\d*/(s|sec|second|m|min|minute|h|hour|d|day)", rate, re.ASCII):
        return []
    hint = f"Write a number, a slash and sec, min, hour or day, for example {example}."
    return [Error(f"{name} is {rate!r}, which is no rate.", hint=hint, id=id)]


@register()
def check_rates(**kwargs: Any) -> list[CheckMessage]:
    return [
        problem
        for name in ("MESSAGE_RATE", "SIGN_IN_FAILURE_RATE")
        for problem in rate_problems(setting(name), name=name, example=DEFAULTS[name], id="communications.E101")
    ]


@register()
def check_proxy_count(**kwargs: Any) -> list[CheckMessage]:
    count = setting("PROXY_COUNT")
    if count >= 1:
        return []
    return [
        Error(
            f"PROXY_COUNT is {count}, which is less than one.",
            hint="Count the proxies in front of this server. If there is none, leave BEHIND_TLS_PROXY empty instead.",
            id="communications.E102",
        )
    ]
