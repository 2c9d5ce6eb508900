"""The doors under `/_sandbox/` for what Meta keeps for the business: files, templates, account, clock."""

from typing import Any

from aiohttp import web

from sandbox.clock import DAY
from sandbox.control import read_object, refused
from sandbox.exchange import Exchange
from sandbox.graph_api import EXCHANGE
from sandbox.media_types import PICTURES


def media_of(exchange: Exchange) -> list[dict[str, Any]]:
    return [medium.as_json() for medium in exchange.business.media.media.values()]


def templates_of(exchange: Exchange) -> list[dict[str, Any]]:
    return [record.as_json() for record in exchange.business.templates.records.values()]


async def get_media(request: web.Request) -> web.Response:
    return web.json_response({"media": media_of(request.app[EXCHANGE])})


async def get_file(request: web.Request) -> web.Response:
    """Give a file to the phone's page. Whatever is no picture is only ever downloaded."""
    medium = request.app[EXCHANGE].business.media.media.get(request.match_info["media_id"])
    if medium is None:
        raise web.HTTPNotFound(text="No such file.")
    is_picture = medium.mime_type in PICTURES
    headers = {
        "Content-Type": medium.mime_type if is_picture else "application/octet-stream",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    if not is_picture:
        headers["Content-Disposition"] = "attachment"
    return web.Response(body=medium.data, headers=headers)


async def expire_media(request: web.Request) -> web.Response:
    try:
        request.app[EXCHANGE].business.media.expire(request.match_info["media_id"])
    except ValueError as error:
        raise refused(str(error)) from error
    return web.Response(status=204)


async def get_templates(request: web.Request) -> web.Response:
    return web.json_response({"templates": templates_of(request.app[EXCHANGE])})


async def patch_template(request: web.Request) -> web.Response:
    changes = await read_object(request)
    name, language = changes.pop("name", None), changes.pop("language", "en_US")
    if not isinstance(name, str) or not isinstance(language, str):
        raise refused('"name" and "language" must be strings')
    try:
        request.app[EXCHANGE].template_desk.overrule(name, language, changes)
    except ValueError as error:
        raise refused(str(error)) from error
    return await get_templates(request)


async def delete_templates(request: web.Request) -> web.Response:
    request.app[EXCHANGE].business.templates.clear()
    return web.Response(status=204)


async def get_account(request: web.Request) -> web.Response:
    return web.json_response(request.app[EXCHANGE].business.state.as_json())


async def patch_account(request: web.Request) -> web.Response:
    try:
        request.app[EXCHANGE].business.change_state(await read_object(request))
    except ValueError as error:
        raise refused(str(error)) from error
    return await get_account(request)


async def get_contact_book(request: web.Request) -> web.Response:
    """Name whose entry was deleted, by user ID."""
    return web.json_response({"deletions": request.app[EXCHANGE].business.contact_book_deletions})


async def post_clock(request: web.Request) -> web.Response:
    """Put the clock forward by `seconds` and `days`."""
    body = await read_object(request)
    amounts = [body.get("seconds", 0), body.get("days", 0)]
    if not all(type(amount) in {int, float} for amount in amounts):
        raise refused('"seconds" and "days" must be numbers')
    try:
        request.app[EXCHANGE].clock.advance(amounts[0] + amounts[1] * DAY)
    except ValueError as error:
        raise refused(str(error)) from error
    return web.json_response({"now": request.app[EXCHANGE].clock()})
