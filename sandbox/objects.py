"""`/{version}/{object_id}`: the Graph API tells by the ID what is asked for."""

from aiohttp import web

from sandbox import account_api, media_api, template_api
from sandbox.graph_api import EXCHANGE, Handler, refuse_unknown

Doors = dict[str, Handler]
PHONE_NUMBER: Doors = {"GET": account_api.get_phone_number}
BUSINESS_ACCOUNT: Doors = {"GET": account_api.get_business_account}
MEDIUM: Doors = {"GET": media_api.get_medium, "DELETE": media_api.delete_medium}
TEMPLATE: Doors = {"GET": template_api.get_template, "POST": template_api.edit_template}


async def answer_for_object(request: web.Request) -> web.Response:
    door = doors_of(request).get(request.method, refuse_unknown)
    return await door(request)


def doors_of(request: web.Request) -> Doors:
    exchange, object_id = request.app[EXCHANGE], request.match_info["object_id"]
    if object_id == exchange.options.phone_number_id:
        return PHONE_NUMBER
    if object_id == exchange.options.business_account_id:
        return BUSINESS_ACCOUNT
    if object_id in exchange.business.media.media:
        return MEDIUM
    return TEMPLATE if exchange.business.templates.with_id(object_id) else {}
