"""System checks: wrong settings are named at start, with what to do."""

import re
from typing import Any

from django.core.checks import CheckMessage, Error, register

from invitations.conf import setting


@register()
def check_rate(**kwargs: Any) -> list[CheckMessage]:
    rate = setting("INVITATION_RATE")
    if re.fullmatch(r"[1-9]\d*/(s|sec|second|m|min|minute|h|hour|d|day)", rate):
        return []
    return [
        Error(
            f"INVITATION_RATE is {rate!r}, which is no rate.",
            hint="Write a number, a slash and sec, min, hour or day, for example 20/min.",
            id="invitations.E001",
        )
    ]


@register()
def check_numbers(**kwargs: Any) -> list[CheckMessage]:
    return [
        Error(
            f"{name} is {setting(name)}, which is less than zero.",
            hint="Use 0 or more.",
            id="invitations.E002",
        )
        for name in ("INVITATION_DAILY_QUOTA", "INVITATION_COOLDOWN_HOURS")
        if setting(name) < 0
    ]
