"""The messages of the sandbox: those of the business, with their statuses, and those that people wrote."""

import base64
import secrets
import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Any

from sandbox.envelope import Envelope
from sandbox.graph_errors import GraphError
from sandbox.inbound import Inbound
from sandbox.people import Person
from sandbox.times import iso
from sandbox.webhook_record import WebhookRecord

RANKS = {"accepted": 0, "sent": 1, "failed": 1, "delivered": 2, "read": 3}
REFUSALS_KEPT = 200


def new_wamid(person: Person) -> str:
    """Return an ID of Meta's form: base64 around the person's number and a random part."""
    number = person.wa_id.encode()
    token = secrets.token_hex(9).upper().encode()
    frame = b"\x1c\x18" + bytes([len(number)]) + number + b"\x15\x02\x00\x11\x18\x12" + token + b"\x00"
    return "wamid." + base64.b64encode(frame).decode()


@dataclass(slots=True)
class Status:
    """A step of a message's way. `timestamp` is when it happened, which may be before it is told.

    `webhook` is what tells it: none while it waits to be merged with others.
    """

    name: str
    timestamp: float
    error: GraphError | None = None
    webhook: WebhookRecord | None = None

    def as_json(self) -> dict[str, Any]:
        code = self.error.code if self.error else None
        return {"status": self.name, "timestamp": str(int(self.timestamp)), "error_code": code}


@dataclass(slots=True, eq=False)
class Message:
    """A message that Meta has accepted from the business."""

    envelope: Envelope
    message_status: str
    version: str
    failure: GraphError | None = None
    wamid: str = ""
    accepted_at: float = field(default_factory=time.time)
    statuses: list[Status] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.wamid = new_wamid(self.person)

    @property
    def person(self) -> Person:
        return self.envelope.person

    @property
    def latest(self) -> Status:
        """Return the status furthest along, whatever the order in which they were told."""
        accepted = Status("accepted", self.accepted_at)
        return max([accepted, *self.statuses], key=lambda status: RANKS[status.name])

    def as_json(self) -> dict[str, Any]:
        envelope = self.envelope
        return {
            "id": self.wamid,
            "to": self.person.phone,
            "user_id": self.person.user_id,
            "type": envelope.type,
            **envelope.content.as_json(),
            "status": self.latest.name,
            "statuses": [status.as_json() for status in self.statuses],
            "message_status": self.message_status,
            "biz_opaque_callback_data": envelope.callback_data or None,
            "accepted_at": iso(self.accepted_at),
            "version": self.version,
            "request": envelope.request,
        }


@dataclass(slots=True, eq=False)
class Reply:
    """A message that a person wrote to the business."""

    person: Person
    inbound: Inbound
    context: str = ""
    wamid: str = ""
    sent_at: float = field(default_factory=time.time)
    read: bool = False

    def __post_init__(self) -> None:
        self.wamid = new_wamid(self.person)

    @property
    def text(self) -> str:
        """Return what the phone shows of it."""
        return self.inbound.shown


@dataclass(slots=True)
class Refusal:
    """A send request that was refused."""

    error: GraphError
    to: str
    at: float = field(default_factory=time.time)

    def as_json(self) -> dict[str, Any]:
        error = self.error
        return {
            "code": error.code,
            "message": error.message,
            "details": error.details,
            "to": self.to,
            "at": iso(self.at),
        }


def moment_of(item: Message | Reply) -> float:
    return item.accepted_at if isinstance(item, Message) else item.sent_at


class MessageStore:
    """Everything said so far, the oldest forgotten above `keep`."""

    def __init__(self, keep: int) -> None:
        self.keep = keep
        self.messages: dict[str, Message] = {}
        self.replies: dict[str, Reply] = {}
        self.conversations: OrderedDict[str, list[Message | Reply]] = OrderedDict()
        self.refusals: deque[Refusal] = deque(maxlen=REFUSALS_KEPT)

    def latest_refusal(self) -> Refusal | None:
        """Return the refusal of the latest request, or None where a message was accepted since."""
        if not self.refusals:
            return None
        latest = next(reversed(self.messages.values()), None)
        return None if latest and latest.accepted_at > self.refusals[-1].at else self.refusals[-1]

    def add(self, item: Message | Reply) -> None:
        if isinstance(item, Message):
            self.put(self.messages, item)
        else:
            self.put(self.replies, item)
        self.conversations.setdefault(item.person.phone, []).append(item)
        self.conversations.move_to_end(item.person.phone)

    def put(self, shelf: dict[str, Any], item: Message | Reply) -> None:
        shelf[item.wamid] = item
        if len(shelf) > self.keep:
            self.forget(shelf.pop(next(iter(shelf))))

    def forget(self, item: Message | Reply) -> None:
        conversation = self.conversations.get(item.person.phone, [])
        if item in conversation:
            conversation.remove(item)
        if not conversation:
            self.conversations.pop(item.person.phone, None)
