"""A client of the Graph API, as plain as can be."""

from typing import Any

import requests

TOKEN = "sandbox-token"
PHONE_NUMBER_ID = "676188225586230"


def text_to(phone: str, body: str = "Hello from Dott!", **more: Any) -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "to": phone, "type": "text", "text": {"body": body}, **more}


def template_to(phone: str, name: str, *components: dict[str, Any], language: str = "en_US") -> dict[str, Any]:
    template = {"name": name, "language": {"code": language}, "components": list(components)}
    return {"messaging_product": "whatsapp", "to": phone, "type": "template", "template": template}


def body_of(*values: str) -> dict[str, Any]:
    return {"type": "body", "parameters": [{"type": "text", "text": value} for value in values]}


def url_button(*values: str, index: str = "0") -> dict[str, Any]:
    parameters = [{"type": "text", "text": value} for value in values]
    return {"type": "button", "sub_type": "url", "index": index, "parameters": parameters}


def post(url: str, payload: Any, **more: Any) -> requests.Response:
    """Send a message request to the sandbox at `url`."""
    more = {"version": "v25.0", "number": PHONE_NUMBER_ID, "token": TOKEN, "timeout": 10, **more}
    address = f"{url}/{more['version']}/{more['number']}/messages"
    headers = {"Authorization": f"Bearer {more['token']}"} if more["token"] else {}
    return requests.post(address, json=payload, headers=headers, timeout=more["timeout"])


def error_of(response: requests.Response) -> dict[str, Any]:
    error: dict[str, Any] = response.json()["error"]
    return error


def call(url: str, method: str, path: str, *, token: str = TOKEN, **more: Any) -> requests.Response:
    """Ask the Graph API at `url` for `path`, such as "1513500473389693/message_templates"."""
    headers = {"Authorization": f"Bearer {token}"}
    return requests.request(method, f"{url}/v25.0/{path}", headers=headers, timeout=10, **more)


def upload(url: str, data: bytes, mime_type: str, **form: str) -> requests.Response:
    fields = {"messaging_product": "whatsapp", "type": mime_type, **form}
    return call(url, "POST", f"{PHONE_NUMBER_ID}/media", data=fields, files={"file": ("file", data, mime_type)})


def message(phone: str, kind: str, content: Any) -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "to": phone, "type": kind, kind: content}
