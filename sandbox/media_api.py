"""The Graph API's doors for media: upload, look up, download, delete."""

from collections.abc import Mapping
from urllib.parse import urlencode

from aiohttp import web

from sandbox.envelope import require_messaging_product
from sandbox.exchange import Exchange
from sandbox.graph_api import EXCHANGE, graph_door, require_phone_number_id, require_token
from sandbox.graph_errors import GraphError, invalid_parameter
from sandbox.media_shelf import Medium
from sandbox.media_types import bare_type, check_upload
from sandbox.parameters import JSONObject, require_text

DOWNLOADS = "/whatsapp_business/attachments/"


@graph_door
async def post_media(request: web.Request, exchange: Exchange, version: str) -> JSONObject | None:
    require_phone_number_id(request, exchange.options)
    try:
        form = await request.post()
    except web.HTTPRequestEntityTooLarge:
        raise invalid_parameter("Param file is too large: more than 100 MB.") from None
    except ValueError:
        raise invalid_parameter("Invalid parameter: the body is not a valid form.") from None
    return {"id": upload(form, exchange).id}


def upload(form: Mapping[str, object], exchange: Exchange) -> Medium:
    require_messaging_product({"messaging_product": form.get("messaging_product")})
    file = form.get("file")
    if not isinstance(file, web.FileField):
        raise invalid_parameter("The parameter file is required.")
    mime_type = require_text({"type": form.get("type")}, "type")
    data = file.file.read()
    check_upload(data, mime_type)
    # The part of the form has a type of its own: Meta reads the file, and believes neither.
    return exchange.business.media.add(data, bare_type(mime_type), filename=file.filename)


@graph_door
async def get_medium(request: web.Request, exchange: Exchange, version: str) -> JSONObject | None:
    medium = exchange.business.media.find(request.match_info["object_id"], request.method)
    require_own(request, exchange, medium)
    query = urlencode(exchange.business.media.download_query(medium))
    return {
        "url": f"{request.scheme}://{request.host}{DOWNLOADS}?{query}",
        "mime_type": medium.mime_type,
        "sha256": medium.sha256,
        "file_size": len(medium.data),
        "id": medium.id,
        "messaging_product": "whatsapp",
    }


@graph_door
async def delete_medium(request: web.Request, exchange: Exchange, version: str) -> JSONObject | None:
    medium = exchange.business.media.find(request.match_info["object_id"], request.method)
    require_own(request, exchange, medium)
    medium.deleted = True
    return {"success": True}


def require_own(request: web.Request, exchange: Exchange, medium: Medium) -> None:
    """Where a phone number ID is given, the file must have been uploaded by it: nothing that people sent was."""
    named = request.query.get("phone_number_id")
    if named is not None and (medium.received or named != exchange.options.phone_number_id):
        raise invalid_parameter("Param phone_number_id is not a valid whatsapp business phone number id ID")


async def get_download(request: web.Request) -> web.Response:
    """Give the bytes to whoever has both the address and the token."""
    exchange = request.app[EXCHANGE]
    try:
        require_token(request, exchange)
    except GraphError:
        raise web.HTTPUnauthorized(text="An access token is required.") from None
    named = (request.query.get(name, "") for name in ("mid", "ext", "hash"))
    medium = exchange.business.media.downloaded(*named)
    if medium is None:
        raise web.HTTPNotFound(text="This address is wrong, or its five minutes are over.")
    headers = {"Content-Type": medium.mime_type, "Content-Disposition": "attachment"}
    return web.Response(body=medium.data, headers=headers)
