"""The Graph API's doors: versions, tokens, objects, and the answers in Meta's form.

A new door is a handler here and a line in `app.py`. Handlers return the answer's JSON, raise a GraphError, or
return None to cut the connection without an answer.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import formatdate

from aiohttp import web

from sandbox.answers import GraphAnswer, answered, refusal
from sandbox.exchange import Exchange
from sandbox.graph_errors import GraphError, missing_object
from sandbox.message_history import message_history
from sandbox.options import SandboxOptions
from sandbox.parameters import JSONObject
from sandbox.sending import SendRequest, receive
from sandbox.sending import read_payload as read_bytes
from sandbox.tokens import bearer, check_token, is_app_token
from sandbox.versions import NEWEST, served_version

EXCHANGE: web.AppKey[Exchange] = web.AppKey("exchange", Exchange)

GraphHandler = Callable[[web.Request, Exchange, str], Awaitable[JSONObject | None]]
Handler = Callable[[web.Request], Awaitable[web.Response]]


def graph_door(handler: GraphHandler) -> Handler:
    """Make an aiohttp handler: latency, version and token before, Meta's headers and errors after."""

    async def answer(request: web.Request) -> web.Response:
        exchange = request.app[EXCHANGE]
        await latency(exchange)
        version = f"v{NEWEST}.0"
        try:
            version = served_version(request.match_info.get("version", ""), today=datetime.now(UTC).date())
            require_token(request, exchange)
            body = await handler(request, exchange, version)
        except GraphError as error:
            return response(refusal(error, version), exchange)
        if body is None:
            return cut(request)
        return response(answered(body, version), exchange)

    return answer


async def latency(exchange: Exchange) -> None:
    if exchange.options.latency_ms:
        await asyncio.sleep(exchange.options.latency_ms / 1000)


def response(answer: GraphAnswer, exchange: Exchange) -> web.Response:
    headers = {**answer.headers, "Date": formatdate(exchange.clock(), usegmt=True)}
    return web.Response(body=answer.body, status=answer.status, headers=headers)


def cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def require_token(request: web.Request, exchange: Exchange) -> None:
    token = token_of(request)
    about_itself = request.match_info.get("object_id") == "debug_token" or (
        request.match_info.get("app_id") == exchange.options.app_id
    )
    if about_itself and is_app_token(token, exchange.options):
        return
    check_token(token, exchange)


def token_of(request: web.Request) -> str:
    return bearer(request.headers.get("Authorization", "")) or request.query.get("access_token", "")


def require_phone_number_id(request: web.Request, options: SandboxOptions) -> None:
    if request.match_info["object_id"] != options.phone_number_id:
        raise missing_object(request.match_info["object_id"], request.method)


async def read_payload(request: web.Request) -> JSONObject:
    return read_bytes(request.content_type, await request.read())


async def post_message(request: web.Request) -> web.Response:
    """Take a message that did not come by `express.py`."""
    exchange = request.app[EXCHANGE]
    await latency(exchange)
    version, object_id = request.match_info["version"], request.match_info["object_id"]
    body = await request.read()
    asked = SendRequest(version, object_id, token_of(request), request.content_type, body, time.monotonic())
    outcome = receive(asked, exchange)
    answer = await outcome if isinstance(outcome, Awaitable) else outcome
    return cut(request) if answer is None else response(answer, exchange)


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
