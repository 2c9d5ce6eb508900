"""Meta's `message_history`: what happened to a message, and whether its webhooks arrived."""

import hashlib
import re
from collections.abc import Mapping
from itertools import islice

from sandbox.graph_errors import invalid_parameter
from sandbox.messages import RANKS, Message, MessageStore, Status
from sandbox.parameters import JSONObject

# The default is what Meta's reference names; a field with braces names the fields inside.
DEFAULT_FIELDS = "id,message_id"
FIELD = re.compile(r"(\w+)(?:\{([^{}]*)\})?(?:,|$)")
EVENT_FIELDS = "id,delivery_status,timestamp"
DEFAULT_LIMIT, HIGHEST_LIMIT = 25, 100

# Meta knows four states. A webhook that was lost counts as failed; without a webhook URL there is none.
UPDATE_STATES = {
    "waiting": "PENDING",
    "retrying": "RETRYING",
    "delivered": "DELIVERED",
    "given_up": "FAILED",
    "lost": "FAILED",
}


def message_history(store: MessageStore, query: Mapping[str, str]) -> JSONObject:
    """Answer with the message of `message_id`, or with the latest ones where none is named."""
    fields = read_fields(query.get("fields") or DEFAULT_FIELDS)
    limit = read_limit(query.get("limit", ""))
    if "message_id" in query:
        known = store.messages.get(query["message_id"])
        messages = [known] if known else []
    else:
        messages = list(islice(reversed(store.messages.values()), limit))
    data = [entry_of(message, fields) for message in messages]
    if not data:
        return {"data": []}
    return {"data": data, "paging": {"cursors": {"before": data[0]["id"], "after": data[-1]["id"]}}}


def read_fields(text: str) -> dict[str, str]:
    """Return the fields asked for, each with the list of fields inside it.

    >>> read_fields("id,events{delivery_status,timestamp}")
    {'id': '', 'events': 'delivery_status,timestamp'}
    """
    compact = text.replace(" ", "")
    if not re.fullmatch(rf"(?:{FIELD.pattern})+", compact):
        raise invalid_parameter(f"Syntax error in the fields parameter: {text}")
    return {match[1]: match[2] or "" for match in FIELD.finditer(compact)}


def read_limit(text: str) -> int:
    if not text:
        return DEFAULT_LIMIT
    if not text.isdecimal() or not 1 <= int(text) <= HIGHEST_LIMIT:
        raise invalid_parameter(f"Param limit must be a number between 1 and {HIGHEST_LIMIT}.")
    return int(text)


def entry_of(message: Message, fields: Mapping[str, str]) -> JSONObject:
    entry: JSONObject = {"id": node_id(message.wamid)}
    if "message_id" in fields:
        entry["message_id"] = message.wamid
    if "events" in fields:
        asked = read_fields(fields["events"] or EVENT_FIELDS)
        entry["events"] = {"data": [event_of(message, status, asked) for status in distinct(message.statuses)]}
    return entry


def distinct(statuses: list[Status]) -> list[Status]:
    """Return each status once, in the order in which they happened."""
    first = {status.name: status for status in reversed(statuses)}
    return sorted(first.values(), key=lambda status: RANKS[status.name])


def event_of(message: Message, status: Status, fields: Mapping[str, str]) -> JSONObject:
    event: JSONObject = {
        "id": node_id(f"{message.wamid} {status.name}"),
        "delivery_status": status.name.upper(),
        "timestamp": int(status.timestamp),
    }
    # A status without a webhook waits to be merged with others.
    state = UPDATE_STATES.get(status.webhook.state) if status.webhook else "PENDING"
    if state:
        event["webhook_update_state"] = state
    if status.error is not None:
        event["error_description"] = status.error.details
    return {name: value for name, value in event.items() if name == "id" or name in fields}


def node_id(name: str) -> str:
    """Return an ID such as the Graph API gives to everything: sixteen digits, always the same for the same thing."""
    return str(10**15 + int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % (9 * 10**15))
