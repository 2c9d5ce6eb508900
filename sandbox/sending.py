"""A request to `/{phone_number_id}/messages`, from its bytes to its answer, whichever door it came through."""

import asyncio
import json
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import NamedTuple

from sandbox.answers import GraphAnswer, answered, refusal
from sandbox.clock import DAY
from sandbox.envelope import Envelope, read_envelope, require_messaging_product
from sandbox.exchange import Exchange
from sandbox.graph_errors import GraphError, invalid_parameter, missing_object
from sandbox.magic_numbers import Answer, Behaviour, behaviour_of
from sandbox.messages import Message, Refusal
from sandbox.parameters import JSONObject, require_object, require_text
from sandbox.tokens import check_token
from sandbox.versions import NEWEST, served_version

# Above the 30 s that a client may wait, yet short enough not to hold sockets for ever.
SILENCE_SECONDS = 45
STATUSES_FIRST_SECONDS = 5
READ_WITHIN_DAYS = 30

# None: the connection is cut without an answer.
Outcome = GraphAnswer | None
Told = JSONObject | None


class SendRequest(NamedTuple):
    """What there is to know of one request. `version` and `object_id` are of its path.

    `at` is when it came, latency included, by `time.monotonic`: a sandbox that is late itself does not count messages
    into the wrong second.
    """

    version: str
    object_id: str
    token: str
    content_type: str
    body: bytes
    at: float


def receive(request: SendRequest, exchange: Exchange) -> Outcome | Awaitable[Outcome]:
    """Return the answer to a request, or what has to be waited for until there is one."""
    version = f"v{NEWEST}.0"
    try:
        version = served_version(request.version, today=datetime.now(UTC).date())
        check_token(request.token, exchange)
        if request.object_id != exchange.options.phone_number_id:
            raise missing_object(request.object_id, "POST")
        told = take(read_payload(request.content_type, request.body), exchange, version, request.at)
    except GraphError as error:
        exchange.tally.refused[error.code] += 1
        return refusal(error, version)
    if isinstance(told, Awaitable):
        return answered_later(told, version)
    return None if told is None else answered(told, version)


async def answered_later(told: Awaitable[Told], version: str) -> Outcome:
    body = await told
    return None if body is None else answered(body, version)


def read_payload(content_type: str, body: bytes) -> JSONObject:
    # Meta reads any other content type as a form, and finds none of the parameters in it.
    if content_type != "application/json":
        return {}
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        raise invalid_parameter("Invalid parameter: the body is not valid JSON.") from None
    return require_object({"body": payload}, "body")


def take(payload: JSONObject, exchange: Exchange, version: str, at: float) -> Told | Awaitable[Told]:
    try:
        if "status" in payload:
            return mark_as_read(payload, exchange)
        return send(payload, exchange, version, at)
    except GraphError as error:
        exchange.store.refusals.append(Refusal(error, str(payload.get("to") or payload.get("recipient") or "")))
        raise


def send(payload: JSONObject, exchange: Exchange, version: str, at: float) -> Told | Awaitable[Told]:
    envelope = read_envelope(payload, exchange.business, country_code=exchange.options.country_code)
    behaviour = behaviour_of(envelope.person.phone)
    if behaviour.answer is Answer.NEVER:
        return stay_silent(exchange)
    message = exchange.accept(envelope, behaviour, version=version, at=at)
    told = None if is_cut(behaviour, exchange) else acceptance(message, exchange)
    if exchange.options.no_statuses:
        return told
    if behaviour.answer is Answer.AFTER_STATUSES:
        return after_statuses(told, message, behaviour, exchange)
    exchange.recipients.receive(message, behaviour)
    return told


def is_cut(behaviour: Behaviour, exchange: Exchange) -> bool:
    cut = exchange.courier.mishaps.happens("cut", exchange.options.cut_after_accept) or behaviour.answer is Answer.CUT
    exchange.tally.cut += cut
    return cut


async def after_statuses(told: Told, message: Message, behaviour: Behaviour, exchange: Exchange) -> Told:
    journey = exchange.recipients.receive(message, behaviour, pace=0)
    try:
        await asyncio.wait_for(journey.over.wait(), STATUSES_FIRST_SECONDS)
    except TimeoutError:
        # A webhook that waits for this very answer would wait for ever.
        return told
    return told


async def stay_silent(exchange: Exchange) -> Told:
    try:
        await asyncio.wait_for(exchange.stopping.wait(), SILENCE_SECONDS)
    except TimeoutError:
        return None
    return None


def acceptance(message: Message, exchange: Exchange) -> JSONObject:
    envelope: Envelope = message.envelope
    contact = {"input": envelope.input, "wa_id": envelope.person.wa_id, "user_id": envelope.person.user_id}
    if exchange.options.hide_numbers or not envelope.by_phone:
        del contact["wa_id"]
    sent: dict[str, str] = {"id": message.wamid}
    if envelope.type == "template" or message.message_status != "accepted":
        sent["message_status"] = message.message_status
    return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [sent]}


def mark_as_read(payload: JSONObject, exchange: Exchange) -> JSONObject:
    require_messaging_product(payload)
    if payload["status"] != "read":
        raise invalid_parameter("Param status must be one of {READ}.")
    wamid = require_text(payload, "message_id")
    typing = payload.get("typing_indicator")
    if typing is not None and require_object(payload, "typing_indicator").get("type") != "text":
        raise invalid_parameter("Param typing_indicator['type'] must be one of {TEXT}.")
    reply = exchange.store.replies.get(wamid)
    if reply is None or exchange.clock() - reply.sent_at > READ_WITHIN_DAYS * DAY:
        raise GraphError(131009, "Message ID is not that of a message to this phone number in the last 30 days.")
    exchange.mark_read(reply, typing=typing is not None)
    return {"success": True}
