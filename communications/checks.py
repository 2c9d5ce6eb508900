"""System checks: wrong settings are named at start, with what to do."""

import re
from datetime import date, timedelta
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as CheckWarning
from django.utils import timezone

from communications.conf import setting
from communications.rates import RateFileError, rates

# Meta's table of versions and the last day of each, as of November 2026. v26 has no end announced.
API_VERSION_ENDS = {
    "v18.0": date(2026, 1, 26),
    "v19.0": date(2026, 5, 21),
    "v20.0": date(2026, 9, 24),
    "v21.0": date(2027, 1, 21),
    "v22.0": date(2027, 5, 20),
    "v23.0": date(2027, 10, 8),
    "v24.0": date(2028, 2, 18),
    "v25.0": date(2028, 7, 29),
}
HALF_A_YEAR = timedelta(days=182)
# How long Meta tries to deliver a message.
LONGEST_ON_ITS_WAY_DAYS = 30


@register()
def check_api_version(**kwargs: Any) -> list[CheckMessage]:
    version = setting("WHATSAPP_API_VERSION")
    if not re.fullmatch(r"v[0-9]+\.[0-9]+", version):
        return [
            Error(
                f"WHATSAPP_API_VERSION is {version!r}, which is no Graph API version.",
                hint="Write it as Meta does, for example v25.0.",
                id="communications.E001",
            )
        ]
    end = end_of_version(version)
    if end - timezone.now().date() < HALF_A_YEAR:
        return [
            CheckWarning(
                f"Graph API {version} can be used until {end}. After that Meta silently serves the oldest version "
                "that still lives.",
                hint="Set WHATSAPP_API_VERSION to a newer version.",
                id="communications.W001",
            )
        ]
    return []


def end_of_version(version: str) -> date:
    """The last day of a version: what is older than the table has ended, what is newer has no end announced."""
    if version in API_VERSION_ENDS:
        return API_VERSION_ENDS[version]
    oldest = min(API_VERSION_ENDS, key=_number)
    return API_VERSION_ENDS[oldest] if _number(version) < _number(oldest) else date.max


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.removeprefix("v").split("."))


@register()
def check_graph_api_url(**kwargs: Any) -> list[CheckMessage]:
    url = setting("WHATSAPP_GRAPH_API_URL")
    if re.fullmatch(r"https?://[^\s/]+(/\S*)?", url):
        return []
    return [
        Error(
            f"WHATSAPP_GRAPH_API_URL is {url!r}, which is no address.",
            hint="Leave it empty for Meta, or give the sandbox's address with http://.",
            id="communications.E002",
        )
    ]


@register()
def check_public_base_url(**kwargs: Any) -> list[CheckMessage]:
    url = setting("PUBLIC_BASE_URL")
    if re.fullmatch(r"(https?://[^\s/?#]+(/[^\s?#]*)?)?", url):
        return []
    return [
        Error(
            f"PUBLIC_BASE_URL is {url!r}, which is no address that links could begin with.",
            hint="Write it with https:// and without a question mark: https://app.example.com.",
            id="communications.E007",
        )
    ]


@register()
def check_access_token(**kwargs: Any) -> list[CheckMessage]:
    token = setting("WHATSAPP_ACCESS_TOKEN")
    if re.fullmatch(r"[!-~]*", token) and not re.search("[\"']", token):
        return []
    return [
        Error(
            "WHATSAPP_ACCESS_TOKEN holds spaces, quotes or characters that no token has.",
            hint="Copy the token again, without quotes and without the word Bearer.",
            id="communications.E003",
        )
    ]


@register()
def check_phone_number_id(**kwargs: Any) -> list[CheckMessage]:
    phone_number_id = setting("WHATSAPP_PHONE_NUMBER_ID")
    if re.fullmatch(r"[0-9]*", phone_number_id):
        return []
    return [
        Error(
            f"WHATSAPP_PHONE_NUMBER_ID is {phone_number_id!r}, which is no ID: it has digits only.",
            hint="Copy the phone number ID from Meta's API setup page, not the phone number itself.",
            id="communications.E004",
        )
    ]


@register()
def check_app_secret(**kwargs: Any) -> list[CheckMessage]:
    app_secret = setting("WHATSAPP_APP_SECRET")
    if not app_secret or any(part.strip() for part in app_secret.split(",")):
        return []
    return [
        Error(
            "WHATSAPP_APP_SECRET holds commas and no secret: every webhook would be refused.",
            hint="Give the app secret, or the old and the new one with a comma between them.",
            id="communications.E005",
        )
    ]


@register()
def check_retention(**kwargs: Any) -> list[CheckMessage]:
    days = setting("WHATSAPP_WEBHOOK_RETENTION_DAYS")
    if days >= 1:
        return []
    return [
        Error(
            f"WHATSAPP_WEBHOOK_RETENTION_DAYS is {days}, which would delete webhooks as soon as they are processed.",
            hint="Use 1 or more.",
            id="communications.E006",
        )
    ]


@register()
def check_text_retention(**kwargs: Any) -> list[CheckMessage]:
    days = setting("MESSAGE_TEXT_RETENTION_DAYS")
    if days == 0 or days > LONGEST_ON_ITS_WAY_DAYS:
        return []
    return [
        Error(
            f"MESSAGE_TEXT_RETENTION_DAYS is {days}: messages could be emptied while they are on their way.",
            hint=f"Use more than {LONGEST_ON_ITS_WAY_DAYS}, or 0 to keep everything.",
            id="communications.E009",
        )
    ]


@register()
def check_messages_per_second(**kwargs: Any) -> list[CheckMessage]:
    rate = setting("WHATSAPP_MESSAGES_PER_SECOND")
    if rate >= 1:
        return []
    return [
        Error(
            f"WHATSAPP_MESSAGES_PER_SECOND is {rate}: nothing could be sent.",
            hint="Meta lets a number send 80 messages a second, 1000 after its upgrade.",
            id="communications.E008",
        )
    ]


@register()
def check_redis_url(**kwargs: Any) -> list[CheckMessage]:
    url = setting("REDIS_URL")
    if not url or re.match(r"(rediss?|unix)://.", url):
        return []
    return [
        Error(
            "REDIS_URL does not begin with redis://, rediss:// or unix://.",
            hint="Write it like redis://host:6379/0, or leave it empty.",
            id="communications.E010",
        )
    ]


@register()
def check_rate_file(**kwargs: Any) -> list[CheckMessage]:
    try:
        rates()
    except RateFileError as exc:
        return [
            Error(
                str(exc),
                hint="Correct the file that WHATSAPP_RATE_FILE names, or leave the setting empty to show no money.",
                id="communications.E020",
            )
        ]
    return []
