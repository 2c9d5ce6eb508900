"""The doors under `/_sandbox/`: what tests and other processes ask of the sandbox."""

import json
from typing import Any

from aiohttp import web

from sandbox.exchange import Exchange
from sandbox.graph_api import EXCHANGE


def webhook_state(exchange: Exchange) -> dict[str, Any]:
    last = exchange.courier.last_answer
    return {
        "verified": exchange.handshake.verified,
        "problem": exchange.handshake.problem,
        "retrying": exchange.courier.retrying,
        "last_answer": str(last) if last else None,
    }


def settings_of(exchange: Exchange) -> dict[str, Any]:
    return {**exchange.options.shown(), "webhook": webhook_state(exchange)}


def messages_of(exchange: Exchange) -> list[dict[str, Any]]:
    return [message.as_json() for message in exchange.store.messages.values()]


async def read_object(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.read())
    except ValueError:
        raise refused("the body must be JSON") from None
    if not isinstance(body, dict):
        raise refused("the body must be a JSON object")
    return body


def refused(problem: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=json.dumps({"error": problem}), content_type="application/json")


async def get_messages(request: web.Request) -> web.Response:
    return web.json_response({"messages": messages_of(request.app[EXCHANGE])})


async def delete_messages(request: web.Request) -> web.Response:
    request.app[EXCHANGE].reset()
    return web.Response(status=204)


async def get_refusals(request: web.Request) -> web.Response:
    refusals = request.app[EXCHANGE].store.refusals
    return web.json_response({"refusals": [refusal.as_json() for refusal in refusals]})


async def get_tally(request: web.Request) -> web.Response:
    return web.json_response(request.app[EXCHANGE].tally.as_json())


async def get_references(request: web.Request) -> web.Response:
    """Give every reference that was accepted as a line with its count: a tenth of the bytes of the messages."""
    references = request.app[EXCHANGE].tally.references
    return web.Response(text="".join(f"{reference}\t{times}\n" for reference, times in references.items()))


async def get_webhooks(request: web.Request) -> web.Response:
    records = request.app[EXCHANGE].courier.records
    return web.json_response({"webhooks": [record.as_json() for record in records]})


async def get_settings(request: web.Request) -> web.Response:
    return web.json_response(settings_of(request.app[EXCHANGE]))


async def patch_settings(request: web.Request) -> web.Response:
    try:
        await request.app[EXCHANGE].configure(await read_object(request))
    except ValueError as error:
        raise refused(str(error)) from error
    return await get_settings(request)


async def post_reply(request: web.Request) -> web.Response:
    body = await read_object(request)
    phone, kind, context = body.get("from"), body.get("kind", "text"), body.get("context")
    content = body.get("content", {"body": body["text"]} if "text" in body else {})
    strings = all(isinstance(value, str) for value in (phone, kind, body.get("text", "")))
    if not strings or not isinstance(context, str | None) or not isinstance(content, dict):
        raise refused('"from", "kind" and "text" must be strings, "content" an object, and "context" a wamid')
    try:
        wamid = request.app[EXCHANGE].receive(kind, str(phone), content, context=context)
    except ValueError as error:
        raise refused(str(error)) from error
    return web.json_response({"id": wamid}, status=201)


async def post_press(request: web.Request) -> web.Response:
    body = await read_object(request)
    wamid, button = body.get("message"), body.get("button")
    if not isinstance(wamid, str) or not isinstance(button, str | int):
        raise refused('"message" must be a wamid, and "button" a text or a place')
    try:
        answer = request.app[EXCHANGE].press(wamid, button)
    except ValueError as error:
        raise refused(str(error)) from error
    return web.json_response({"id": answer}, status=201)


async def post_event(request: web.Request) -> web.Response:
    body = await read_object(request)
    field, value, waba_id = body.get("field"), body.get("value"), body.get("waba_id")
    if not isinstance(field, str) or not isinstance(value, dict) or not isinstance(waba_id, str | None):
        raise refused('"field" must be a string, "value" an object, and "waba_id", where given, a string')
    try:
        request.app[EXCHANGE].post_event(field, value, waba_id=waba_id)
    except ValueError as error:
        raise refused(str(error)) from error
    return web.Response(status=204)
