"""The recipient's phone at `/`: the page, what changes on it, and the box to reply."""

from collections.abc import Mapping
from urllib.parse import urlencode

from aiohttp import web

from sandbox.conversation_view import notices, people_list, thread, thread_heading
from sandbox.exchange import Exchange
from sandbox.graph_api import EXCHANGE
from sandbox.graph_errors import GraphError
from sandbox.people import dialled_phone
from sandbox.phone_page import page

# The page runs its own script and style and nothing else, whatever a message says.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


def chosen_phone(request: web.Request, exchange: Exchange) -> str:
    """Return the number whose conversation is open: the one asked for, or else the latest."""
    asked = request.query.get("person", "").strip()
    if asked:
        try:
            return dialled_phone(asked, country_code=exchange.options.country_code)
        except GraphError:
            return ""
    return next(reversed(exchange.store.conversations), "")


async def get_page(request: web.Request) -> web.Response:
    exchange = request.app[EXCHANGE]
    asked = request.query.get("person", "")
    phone = chosen_phone(request, exchange)
    problem = request.query.get("problem", "")
    if asked.strip() and not phone:
        problem = f"{asked} is not a phone number. Write it with + and country code, for example +12025550100."
    text = page(exchange, phone, problem=problem)
    return web.Response(body=text.encode(errors="replace"), content_type="text/html", charset="utf-8", headers=HEADERS)


async def get_updates(request: web.Request) -> web.Response:
    """Return the parts of the page that change, each as HTML."""
    exchange = request.app[EXCHANGE]
    phone = chosen_phone(request, exchange)
    parts = {
        "notices": notices(exchange),
        "people": people_list(exchange, phone),
        "heading": thread_heading(phone),
        "thread": thread(exchange, phone),
        "phone": phone,
    }
    return web.json_response(parts, headers=HEADERS)


def answer(exchange: Exchange, phone: str, form: Mapping[str, object]) -> None:
    """Write what the form says, or press what it names. ValueError: what is wrong."""
    if "press" in form:
        exchange.press(str(form.get("message", "")), int(str(form["press"])))
    else:
        exchange.receive("text", phone, {"body": str(form.get("text", ""))})


async def post_reply(request: web.Request) -> web.Response:
    form = await request.post()
    phone = str(form.get("from", ""))
    query = {"person": phone}
    try:
        answer(request.app[EXCHANGE], phone, form)
    except ValueError as error:
        query["problem"] = f"Not sent: {error}."
    return web.Response(status=303, headers={"Location": "/?" + urlencode(query)})
