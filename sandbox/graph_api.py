"""The Graph API's doors: versions, tokens, objects, and the answers in Meta's form.

A new door is a handler here and a line in `app.py`. Handlers return the answer's JSON, raise a GraphError, or
return None to cut the connection without an answer.
"""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import formatdate

from aiohttp import web

from sandbox.account import is_expired
from sandbox.clock import DAY
from sandbox.envelope import Envelope, read_envelope, require_messaging_product
from sandbox.exchange import Exchange
from sandbox.graph_errors import GraphError, invalid_parameter, missing_object
from sandbox.magic_numbers import Answer, Behaviour, behaviour_of
from sandbox.message_history import message_history
from sandbox.messages import Message, Refusal
from sandbox.options import SandboxOptions
from sandbox.parameters import JSONObject, require_object, require_text
from sandbox.versions import NEWEST, served_version

EXCHANGE: web.AppKey[Exchange] = web.AppKey("exchange", Exchange)

# Above the 30 s that a client may wait, yet short enough not to hold sockets for ever.
SILENCE_SECONDS = 45
STATUSES_FIRST_SECONDS = 5
READ_WITHIN_DAYS = 30

GraphHandler = Callable[[web.Request, Exchange, str], Awaitable[JSONObject | None]]
Handler = Callable[[web.Request], Awaitable[web.Response]]


def graph_door(handler: GraphHandler) -> Handler:
    """Make an aiohttp handler: latency, version and token before, Meta's headers and errors after."""

    async def answer(request: web.Request) -> web.Response:
        exchange = request.app[EXCHANGE]
        if exchange.options.latency_ms:
            await asyncio.sleep(exchange.options.latency_ms / 1000)
        version = f"v{NEWEST}.0"
        try:
            version = served_version(request.match_info.get("version", ""), today=datetime.now(UTC).date())
            require_token(request, exchange)
            body = await handler(request, exchange, version)
        except GraphError as error:
            return dated(refusal(error, version), exchange)
        if body is None:
            return cut(request)
        return dated(answered(body, version), exchange)

    return answer


def answered(body: JSONObject, version: str, status: int = 200) -> web.Response:
    headers = {
        "Content-Type": "application/json; charset=UTF-8",
        "facebook-api-version": version,
        "x-fb-trace-id": secrets.token_urlsafe(8),
    }
    return web.Response(body=json.dumps(body, separators=(",", ":")).encode(), status=status, headers=headers)


def dated(response: web.Response, exchange: Exchange) -> web.Response:
    response.headers["Date"] = formatdate(exchange.clock(), usegmt=True)
    return response


def refusal(error: GraphError, version: str) -> web.Response:
    response = answered(error.body(), version, error.status)
    if error.code == 190:
        response.headers["WWW-Authenticate"] = f'OAuth "Facebook Platform" "invalid_token" "{error.message}"'
    return response


def cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def require_token(request: web.Request, exchange: Exchange) -> None:
    token = token_of(request)
    if not token:
        raise GraphError(190, message="An access token is required to request this resource.")
    about_itself = request.match_info.get("object_id") == "debug_token" or (
        request.match_info.get("app_id") == exchange.options.app_id
    )
    if about_itself and is_app_token(token, exchange.options):
        return
    if not secrets.compare_digest(token.encode(), exchange.options.access_token.encode()):
        raise GraphError(190, message="Invalid OAuth access token - Cannot parse access token")
    if is_expired(exchange.business.state, exchange.clock()):
        raise GraphError(190, subcode=463)


def token_of(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else request.query.get("access_token", "")


def is_app_token(token: str, options: SandboxOptions) -> bool:
    """An app may ask about tokens and its webhooks in its own name, also once its user's token has expired."""
    return secrets.compare_digest(token.encode(), f"{options.app_id}|{options.app_secret}".encode())


def require_phone_number_id(request: web.Request, options: SandboxOptions) -> None:
    if request.match_info["object_id"] != options.phone_number_id:
        raise missing_object(request.match_info["object_id"], request.method)


async def read_payload(request: web.Request) -> JSONObject:
    # Meta reads any other content type as a form, and finds none of the parameters in it.
    if request.content_type != "application/json":
        return {}
    try:
        payload = json.loads(await request.read())
    except (ValueError, RecursionError):
        raise invalid_parameter("Invalid parameter: the body is not valid JSON.") from None
    return require_object({"body": payload}, "body")


@graph_door
async def post_message(request: web.Request, exchange: Exchange, version: str) -> JSONObject | None:
    require_phone_number_id(request, exchange.options)
    payload = await read_payload(request)
    try:
        if "status" in payload:
            return mark_as_read(payload, exchange)
        return await send(payload, exchange, version)
    except GraphError as error:
        exchange.store.refusals.append(Refusal(error, str(payload.get("to") or payload.get("recipient") or "")))
        raise


async def send(payload: JSONObject, exchange: Exchange, version: str) -> JSONObject | None:
    envelope = read_envelope(payload, exchange.business, country_code=exchange.options.country_code)
    behaviour = behaviour_of(envelope.person.phone)
    if behaviour.answer is Answer.NEVER:
        await stay_silent(exchange)
        return None
    message = exchange.accept(envelope, behaviour, version=version)
    await carry(message, behaviour, exchange)
    if exchange.courier.mishaps.happens("cut", exchange.options.cut_after_accept):
        return None
    hidden = exchange.options.hide_numbers
    return None if behaviour.answer is Answer.CUT else acceptance(message, envelope, hidden=hidden)


async def carry(message: Message, behaviour: Behaviour, exchange: Exchange) -> None:
    if behaviour.answer is not Answer.AFTER_STATUSES:
        exchange.recipients.receive(message, behaviour)
        return
    journey = exchange.recipients.receive(message, behaviour, pace=0)
    try:
        await asyncio.wait_for(journey.over.wait(), STATUSES_FIRST_SECONDS)
    except TimeoutError:
        # A webhook that waits for this very answer would wait for ever.
        return


async def stay_silent(exchange: Exchange) -> None:
    try:
        await asyncio.wait_for(exchange.stopping.wait(), SILENCE_SECONDS)
    except TimeoutError:
        return


def acceptance(message: Message, envelope: Envelope, *, hidden: bool) -> JSONObject:
    contact = {"input": envelope.input, "wa_id": envelope.person.wa_id, "user_id": envelope.person.user_id}
    if hidden or not envelope.by_phone:
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


@graph_door
async def get_message_history(request: web.Request, exchange: Exchange, version: str) -> JSONObject | None:
    require_phone_number_id(request, exchange.options)
    return message_history(exchange.store, request.query)


@graph_door
async def refuse_unknown(request: web.Request, exchange: Exchange, version: str) -> JSONObject | None:
    object_id = request.match_info.get("object_id", "")
    if object_id.isdecimal():
        raise missing_object(object_id, request.method)
    raise GraphError(2500, message=f"Unknown path components: {request.path}")
