"""The aiohttp application: which path leads to which door."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from sandbox import control, graph_api, phone
from sandbox.exchange import Exchange

STATIC = Path(__file__).parent / "static"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def create_app(exchange: Exchange) -> web.Application:
    app = web.Application()
    app[graph_api.EXCHANGE] = exchange
    app.on_shutdown.append(begin_stop)
    add_phone(app.router)
    add_control(app.router)
    add_graph_api(app.router)
    return app


async def begin_stop(app: web.Application) -> None:
    """Let go of the requests that are kept without an answer."""
    app[graph_api.EXCHANGE].stopping.set()


def add_phone(router: web.UrlDispatcher) -> None:
    router.add_get("/", phone.get_page)
    router.add_post("/", same_site(phone.post_reply))
    router.add_get("/_sandbox/phone", phone.get_updates)
    router.add_static("/_sandbox/static", STATIC)


def add_control(router: web.UrlDispatcher) -> None:
    router.add_get("/_sandbox/messages", control.get_messages)
    router.add_delete("/_sandbox/messages", same_site(control.delete_messages))
    router.add_get("/_sandbox/refusals", control.get_refusals)
    router.add_get("/_sandbox/webhooks", control.get_webhooks)
    router.add_get("/_sandbox/settings", control.get_settings)
    router.add_patch("/_sandbox/settings", same_site(control.patch_settings))
    router.add_post("/_sandbox/replies", same_site(control.post_reply))
    router.add_post("/_sandbox/events", same_site(control.post_event))


def add_graph_api(router: web.UrlDispatcher) -> None:
    # Media and template management belong here, each before the last lines.
    router.add_post("/{version}/{object_id}/messages", graph_api.post_message)
    router.add_get("/{version}/{object_id}/message_history", graph_api.get_message_history)
    router.add_get("/{version}/{object_id}", graph_api.get_phone_number)
    router.add_route("*", "/{version}/{object_id}", graph_api.refuse_unknown)
    router.add_route("*", "/{version}/{object_id}/{rest:.*}", graph_api.refuse_unknown)
    router.add_route("*", "/{version}", graph_api.refuse_unknown)


def same_site(handler: Handler) -> Handler:
    """Refuse what another site's page makes a browser send here."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        if request.headers.get("Sec-Fetch-Site", "none") not in {"same-origin", "none"}:
            raise web.HTTPForbidden(text="Only this page may do that.")
        return await handler(request)

    return guarded
