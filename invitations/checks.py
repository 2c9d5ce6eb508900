"""System checks: wrong settings are named at start, with what to do."""

import re
from typing import Any

from django.core.checks import CheckMessage, Error, register

from communications.api.checks import rate_problems
from invitations.carriers import usable_templates
from invitations.conf import DEFAULTS, setting


@register()
def check_rate(**kwargs: Any) -> list[CheckMessage]:
    name = "INVITATION_RATE"
    return rate_problems(setting(name), name=name, example=DEFAULTS[name], id="invitations.E001")


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


@register()
def check_life(**kwargs: Any) -> list[CheckMessage]:
    problems: list[CheckMessage] = []
    least_of = {"INVITATION_VALID_DAYS": 1, "INVITATION_REMINDER_HOURS": 0, "INVITATION_LIST_RETENTION_DAYS": 31}
    for name, least in least_of.items():
        if setting(name) < least:
            problems.append(
                Error(f"{name} is {setting(name)}.", hint=f"Use a number of {least} or more.", id="invitations.E006")
            )
    url = setting("INVITATION_SIGN_UP_URL")
    if not re.fullmatch(r"(https?://[^\s/?#]+(/[^\s#]*)?)?", url):
        problems.append(
            Error(
                f"INVITATION_SIGN_UP_URL is {url!r}, which is no address that a person could be led to.",
                hint="Write it with https://: https://app.example.com/sign-up. Leave it empty to thank them only.",
                id="invitations.E007",
            )
        )
    return problems


@register()
def check_invitation_template(**kwargs: Any) -> list[CheckMessage]:
    name = setting("WHATSAPP_INVITATION_TEMPLATE")
    if not name or name in usable_templates():
        return []
    return [
        Error(
            f"WHATSAPP_INVITATION_TEMPLATE is {name!r}, which is no template that can carry an invitation.",
            hint=f"Set it to {' or '.join(usable_templates())}, or leave it empty to send plain text.",
            id="invitations.E005",
        )
    ]
