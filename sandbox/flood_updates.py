"""The updates of a flood: which, in which order, and as requests that are ready to be sent."""

import base64
import binascii
import hashlib
import hmac
import re
import time
import uuid
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import cycle, islice
from random import Random
from typing import Any, NamedTuple

from sandbox import events, inbound
from sandbox.messages import Reply, new_wamid
from sandbox.notifications import Value, contact_of, encoded, merged, notification, pricing_of, reply_value
from sandbox.options import SandboxOptions
from sandbox.people import Person, is_phone_number, person_with_phone

STEPS = ("sent", "delivered", "read")
INBOUND = "inbound"
FRACTIONS = 1_000_000

# How many messages later a message is delivered, and read; and how many updates later a late one comes.
DISTANCE = 500
LATE_BY = 5_000
DOUBLE_AFTER = 50

# The number in a wamid, between its frame and a random part.
NUMBER_IN_WAMID = re.compile(rb"^..[\x07-\x0f](\d{7,15})\x15", re.DOTALL)

Key = tuple[str, str]


class Told(NamedTuple):
    """A message whose statuses are told. An empty phone number: nobody knows to whom it went."""

    message_id: str
    wamid: str
    phone: str = ""


class Mix(NamedTuple):
    """What a flood is made of; all but the counts are fractions."""

    posts: int
    updates_per_post: int = 1
    inbound: float = 0.1
    double: float = 0.02
    late: float = 0.01
    reverse: float = 0.01
    hide_numbers: float = 0.05
    events: float = 0.001
    seed: int = 0


class Body(NamedTuple):
    """The bytes of one webhook, and what it tells: (wamid, status), or (wamid, "inbound")."""

    content: bytes
    keys: tuple[Key, ...]


def read_messages(lines: Iterable[str]) -> list[Told]:
    """Read lines of "message_id wamid" or "message_id wamid phone"; ValueError names the line that is neither."""
    messages = []
    for number, line in enumerate(lines, start=1):
        words = line.split()
        if not words:
            continue
        if len(words) not in {2, 3}:
            raise ValueError(f'line {number} must be "message_id wamid" or "message_id wamid phone", not {line!r}')
        messages.append(Told(words[0], words[1], words[2] if len(words) == 3 else phone_in(words[1])))
    return messages


def phone_in(wamid: str) -> str:
    try:
        found = NUMBER_IN_WAMID.match(base64.b64decode(wamid.removeprefix("wamid."), validate=True))
    except (binascii.Error, ValueError):
        return ""
    phone = f"+{found[1].decode()}" if found else ""
    return phone if is_phone_number(phone) else ""


def made_up_messages(count: int) -> list[Told]:
    people = (made_up_person(number) for number in range(count))
    return [Told(str(uuid.uuid4()), new_wamid(person), person.phone) for person in people]


def made_up_person(number: int) -> Person:
    return person_with_phone(f"+1385{5_000_000 + number % 1_000_000}")


def bodies(messages: Sequence[Told], mix: Mix, options: SandboxOptions) -> Iterator[Body]:
    """Write the webhooks in the order in which they are to be sent, `mix.posts` of them."""
    return islice(doubled(mixed(messages, mix, options), mix), mix.posts)


def mixed(messages: Sequence[Told], mix: Mix, options: SandboxOptions) -> Iterator[Body]:
    dice = Random(mix.seed)
    statuses, people, notices = endless_statuses(messages, mix), endless_inbound(messages, mix, options), cycle(EVENTS)
    while True:
        fallen = dice.random()
        if fallen < mix.events:
            field, build = next(notices)
            yield Body(encoded(notification([build()], options, field=field)), ())
        elif fallen < mix.events + mix.inbound:
            yield body_of(islice(people, mix.updates_per_post), options)
        else:
            yield body_of(islice(statuses, mix.updates_per_post), options)


def body_of(updates: Iterable[tuple[Key, Value]], options: SandboxOptions) -> Body:
    keys, values = zip(*updates, strict=True)
    return Body(encoded(notification([merged(values)], options)), keys)


def doubled(webhooks: Iterator[Body], mix: Mix) -> Iterator[Body]:
    """Send a fraction of the webhooks again, a little later."""
    dice = Random(f"{mix.seed} double")
    again: deque[tuple[int, Body]] = deque()
    for number, body in enumerate(webhooks):
        if again and again[0][0] <= number:
            yield again.popleft()[1]
        yield body
        if dice.random() < mix.double:
            again.append((number + DOUBLE_AFTER, body))


def endless_statuses(messages: Sequence[Told], mix: Mix) -> Iterator[tuple[Key, Value]]:
    """Tell what became of the messages, from the first again when all is told."""
    while True:
        for message, step in delayed(steps_in_order(messages, mix), mix):
            yield (message.wamid, step), status_of(message, step, hidden=hides(message.wamid, mix))


def steps_in_order(messages: Sequence[Told], mix: Mix) -> Iterator[tuple[Told, str]]:
    """Send, deliver and read, each message some way behind the step before it; a fraction goes backwards."""
    dice = Random(f"{mix.seed} reverse")
    backwards = [dice.random() < mix.reverse for _ in messages]
    distance = max(1, min(DISTANCE, len(messages) // 4))
    for turn in range(len(messages) + 2 * distance):
        for place, step in enumerate(STEPS):
            index = turn - place * distance
            if 0 <= index < len(messages):
                yield messages[index], STEPS[-1 - place] if backwards[index] else step


def delayed(steps: Iterator[tuple[Told, str]], mix: Mix) -> Iterator[tuple[Told, str]]:
    dice = Random(f"{mix.seed} late")
    held: deque[tuple[int, tuple[Told, str]]] = deque()
    for number, step in enumerate(steps):
        if held and held[0][0] <= number:
            yield held.popleft()[1]
        if dice.random() < mix.late:
            held.append((number + LATE_BY, step))
        else:
            yield step
    for _, step in held:
        yield step


def hides(name: str, mix: Mix) -> bool:
    """Tell whether the person of this message has a username: always the same for the same message."""
    return zlib.crc32(name.encode()) % FRACTIONS < mix.hide_numbers * FRACTIONS


def status_of(message: Told, step: str, *, hidden: bool) -> Value:
    told: dict[str, Any] = {"id": message.wamid, "status": step, "timestamp": str(int(time.time()))}
    people = []
    if message.phone:
        person = person_with_phone(message.phone)
        people = [contact_of(person, by_phone=not hidden)]
        told |= {"recipient_user_id": person.user_id} | ({} if hidden else {"recipient_id": person.wa_id})
    told |= {"biz_opaque_callback_data": message.message_id, "pricing": pricing_of("utility")}
    return {"contacts": people, "statuses": [told]} if people else {"statuses": [told]}


def endless_inbound(messages: Sequence[Told], mix: Mix, options: SandboxOptions) -> Iterator[tuple[Key, Value]]:
    """Let people write, mostly texts, half of them in answer to a message."""
    kinds = cycle(INBOUND_KINDS)
    for number, message in enumerate(cycle(messages)):
        person = person_with_phone(message.phone) if message.phone else made_up_person(number)
        reply = Reply(person, next(kinds)(message.wamid), message.wamid if number % 2 else "")
        hidden = hides(message.wamid, mix)
        yield (reply.wamid, INBOUND), reply_value(reply, business_number=options.display_phone_number, hidden=hidden)


INBOUND_KINDS: tuple[Callable[[str], inbound.Inbound], ...] = (
    lambda wamid: inbound.text("Hello, is it still free at nine?"),
    lambda wamid: inbound.button_reply("yes", "Yes, please"),
    lambda wamid: inbound.text("Grüße 👍 https://dott.example/"),
    lambda wamid: inbound.image("The receipt"),
    lambda wamid: inbound.reaction(wamid),
)

# None of them takes anything away from the business: a flood is to be told apart by its volume alone.
EVENTS: tuple[tuple[str, Callable[[], Value]], ...] = (
    ("message_template_status_update", lambda: events.message_template_status_update("hello_world")),
    ("message_template_quality_update", lambda: events.message_template_quality_update("hello_world", "GREEN")),
    ("business_capability_update", events.business_capability_update),
    ("account_alerts", lambda: events.account_alerts(severity="INFORMATIONAL")),
)


def request_of(body: bytes, *, host: str, path: str, app_secret: str) -> bytes:
    """Return the whole HTTP request, signed."""
    signature = hmac.digest(app_secret.encode(), body, hashlib.sha256).hex()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: facebookexternalua\r\nContent-Type: application/json\r\n"
        f"X-Hub-Signature-256: sha256={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
