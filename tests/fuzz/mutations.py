"""One thing or a few of a body made odd: what JSON allows and nobody expects, at any depth."""

import json
import math
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

_PAYLOADS = Path(__file__).parents[1] / "payloads"
RECORDED = [path.read_bytes() for path in sorted(_PAYLOADS.glob("*.json"))]
OUR_ID = "019a9c3e-5f00-7000-8000-0123456789ab"
WAMID = "wamid.HBgLMTIwMjU1NTAxMDAVAgARGBI2QjQ4RkY5Njc0NTQ5QjQ4MjkA"

_FIELDS = ["messages", "calls", "user_preferences", "account_update", "account_alerts", "security",
           "message_template_status_update", "message_template_quality_update", "template_category_update",
           "phone_number_quality_update", "business_capability_update"]  # fmt: skip
_WORDS = ["sent", "delivered", "read", "played", "failed", "text", "image", "button", "interactive", "system",
          "contacts", "location", "reaction", "unsupported", "STOP", "ALTA", "stop", "resume",
          "user_changed_number", "user_changed_user_id", "DISABLED_UPDATE", "ACCOUNT_RESTRICTION",
          "REINSTATE", "TIER_1K", "FLAGGED", "en-US", "12025550100", "US.13491208655302741918"]  # fmt: skip
# Codes of Meta's, the limits of columns, and of what a calendar holds.
_NUMBERS = [0, -1, 1, 131026, 131042, 131050, 131048, 190, 2**31, 2**63, -(2**63), 10**400, 0.5, 1e308,
            math.inf, -math.inf, math.nan,
            -62135596800, -62135596801, 253402300799, 253402300800, 1795348803]  # fmt: skip
_TEXTS = ["", "\0", "a\0b", "\ud800", "\udfff\ud800", "٣", "１２", "²", " 1795348803 ", "-1", "1_0", "0x10", "NaN",
          "9" * 5000, "x" * 300, "a" * 151, "+12025550100", "=1+1", "\u2028", "\u202e",
          "253402300799", "-62135596800"]  # fmt: skip
_ODD: list[Any] = [None, True, False, [], {}, [[]], [{}], [None], {"": None}, OUR_ID, WAMID,
                   *_NUMBERS, *_TEXTS, *_WORDS, *_FIELDS]  # fmt: skip
_KEYS = ["id", "status", "timestamp", "from", "from_user_id", "wa_id", "user_id", "type", "text", "body",
         "errors", "code", "error_data", "details", "context", "system", "previous_user_id", "contacts",
         "profile", "name", "pricing", "biz_opaque_callback_data", "event", "value", "ban_info",
         "waba_ban_state", "restriction_info", "metadata", "phone_number_id", "display_phone_number", "image",
         "sha256", "mime_type", "interactive", "button_reply", "payload", "category", "direction", "statuses",
         "messages", "calls", "user_preferences"]  # fmt: skip


def mutated(body: bytes, random: Random) -> bytes:
    """Change up to five places of `body`; one that is no JSON gives way to a recorded one."""
    value = _loaded(body)
    if value is None:
        value = _loaded(random.choice(RECORDED))
    for _ in range(random.randint(1, 5)):
        value = _changed(value, random)
    return _written(value, random)


def _loaded(body: bytes) -> Any:
    try:
        return json.loads(body, strict=False)
    except (ValueError, RecursionError):
        return None


def _changed(value: Any, random: Random) -> Any:
    places = list(_places(value))
    if not places:
        return _odd(random)
    holder, key = random.choice(places)
    other_holder, other_key = random.choice(places)
    change = random.randrange(7)
    if change < 3:
        holder[key] = _odd(random)
    elif change == 3:
        # What holds itself cannot be written.
        holder[key] = deepcopy(other_holder[other_key])
    elif change == 4:
        holder[key] = random.choice([[holder[key]], {_key(random): holder[key]}, str(holder[key])])
    elif change == 5:
        del holder[key]
    elif isinstance(holder, dict):
        holder[_key(random)] = _odd(random)
    else:
        holder.append(_odd(random))
    return value


def _odd(random: Random) -> Any:
    # A copy: what stands here must not change with what is made of it.
    return deepcopy(random.choice(_ODD))


def _key(random: Random) -> str:
    return random.choice([*_KEYS, "", "\0", "\ud800"])


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _places(value[key])


def _written(value: Any, random: Random) -> bytes:
    """As JSON, and now and then as what only looks like it: doubled keys, an abyss, another encoding, a bad end."""
    text = json.dumps(value, ensure_ascii=random.random() < 0.7)
    way = random.randrange(40)
    if way == 0:
        text = text.replace("{", '{"status": "read", "timestamp": 1, ', random.randint(1, 5))
    elif way == 1:
        depth = random.choice([5, 25, 500, 995, 5000])
        text = text.replace("null", "[" * depth + "]" * depth)
    elif way == 2:
        text = text[: random.randrange(len(text) + 1)]
    elif way == 3:
        return text.encode(random.choice(["utf-16", "utf-32", "utf-8-sig", "utf-16-be"]), "surrogatepass")
    return text.encode("utf-8", "surrogatepass" if random.random() < 0.5 else "replace")
