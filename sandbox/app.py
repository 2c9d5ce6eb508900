"""The aiohttp application: which path leads to which door."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from sandbox import account_api, control, control_business, graph_api, media_api, objects, phone, template_api
from sandbox.exchange import Exchange
from sandbox.media_types import LARGEST

STATIC = Path(__file__).parent / "static"
FORM_BYTES = 1024 * 1024
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def create_app(exchange: Exchange) -> web.Application:
    app = web.Application(client_max_size=LARGEST + FORM_BYTES)
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
    router.add_get("/_sandbox/tally", control.get_tally)
    router.add_get("/_sandbox/tally/references", control.get_references)
    router.add_get("/_sandbox/webhooks", control.get_webhooks)
    router.add_get("/_sandbox/settings", control.get_settings)
    router.add_patch("/_sandbox/settings", same_site(control.patch_settings))
    router.add_post("/_sandbox/replies", same_site(control.post_reply))
    router.add_post("/_sandbox/events", same_site(control.post_event))
    router.add_post("/_sandbox/presses", same_site(control.post_press))
    router.add_get("/_sandbox/media", control_business.get_media)
    router.add_get("/_sandbox/media/{media_id}", control_business.get_file)
    router.add_delete("/_sandbox/media/{media_id}", same_site(control_business.expire_media))
    router.add_get("/_sandbox/templates", control_business.get_templates)
    router.add_patch("/_sandbox/templates", same_site(control_business.patch_template))
    router.add_delete("/_sandbox/templates", same_site(control_business.delete_templates))
    router.add_get("/_sandbox/account", control_business.get_account)
    router.add_patch("/_sandbox/account", same_site(control_business.patch_account))
    router.add_get("/_sandbox/contact_book", control_business.get_contact_book)
    router.add_post("/_sandbox/clock", same_site(control_business.post_clock))


def add_graph_api(router: web.UrlDispatcher) -> None:
    router.add_get(media_api.DOWNLOADS, media_api.get_download)
    router.add_get("/{version}/{object_id:debug_token}", account_api.get_debug_token)
    router.add_post("/{version}/{object_id}/media", media_api.post_media)
    router.add_get("/{version}/{object_id}/message_templates", template_api.get_templates)
    router.add_post("/{version}/{object_id}/message_templates", template_api.post_template)
    router.add_delete("/{version}/{object_id}/message_templates", template_api.delete_templates)
    router.add_route("*", "/{version}/{object_id}/subscribed_apps", account_api.subscribed_apps)
    router.add_get("/{version}/{app_id}/subscriptions", account_api.webhook_subscriptions)
    router.add_delete("/{version}/{object_id}/contact_book", account_api.delete_contact)
    router.add_post("/{version}/{object_id}/messages", graph_api.post_message)
    router.add_get("/{version}/{object_id}/message_history", graph_api.get_message_history)
    router.add_route("*", "/{version}/{object_id}", objects.answer_for_object)
    router.add_route("*", "/{version}/{object_id}/{rest:.*}", graph_api.refuse_unknown)
    router.add_route("*", "/{version}", graph_api.refuse_unknown)


def same_site(handler: Handler) -> Handler:
    """Refuse what another site's page makes a browser send here."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        if request.headers.get("Sec-Fetch-Site", "none") not in {"same-origin", "none"}:
            raise web.HTTPForbidden(text="Only this page may do that.")
        return await handler(request)

    return guarded
