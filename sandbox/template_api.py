"""The Graph API's doors for templates: list, create, edit, delete."""

import base64
import json
from collections.abc import Iterable
from urllib.parse import urlencode

from aiohttp import web

from sandbox.exchange import Exchange
from sandbox.graph_api import graph_door, read_payload
from sandbox.graph_errors import invalid_parameter, missing_object
from sandbox.parameters import JSONObject, require_text
from sandbox.template_rules import check_change, check_creation
from sandbox.template_shelf import TemplateRecord

DEFAULT_FIELDS = "name,parameter_format,components,language,status,category,previous_category"
DEFAULT_LIMIT, HIGHEST_LIMIT = 25, 1000
FILTERS = ("name", "language", "status", "category")


def require_business_account(request: web.Request, exchange: Exchange) -> None:
    if request.match_info["object_id"] != exchange.options.business_account_id:
        raise missing_object(request.match_info["object_id"], request.method)


@graph_door
async def get_templates(request: web.Request, exchange: Exchange, version: str) -> JSONObject | None:
    require_business_account(request, exchange)
    records = list(chosen_records(exchange.business.templates.records.values(), request))
    begin, limit = read_cursor(request.query.get("after", "")), read_limit(request.query.get("limit", ""))
    shown = records[begin : begin + limit]
    fields = request.query.get("fields") or DEFAULT_FIELDS
    answer: JSONObject = {"data": [told(record, fields) for record in shown]}
    if shown:
        end = begin + len(shown)
        answer["paging"] = {"cursors": {"before": cursor(begin), "after": cursor(end)}}
        if end < len(records):
            query = urlencode({**request.query, "after": cursor(end)})
            answer["paging"]["next"] = f"{request.scheme}://{request.host}{request.path}?{query}"
    return answer


def chosen_records(records: Iterable[TemplateRecord], request: web.Request) -> Iterable[TemplateRecord]:
    wanted = {name: request.query[name] for name in FILTERS if name in request.query}
    words = request.query.get("name_or_content", "")
    for record in records:
        facts = record.as_json()
        matches = all(facts[name].lower() == value.lower() for name, value in wanted.items())
        if matches and words in record.template.name + record.template.body:
            yield record


def told(record: TemplateRecord, fields: str) -> JSONObject:
    facts = record.as_json()
    return {name: facts[name] for name in fields.split(",") if name in facts} | {"id": record.id}


def cursor(position: int) -> str:
    return base64.urlsafe_b64encode(str(position).encode()).decode()


def read_cursor(text: str) -> int:
    try:
        return max(0, int(base64.urlsafe_b64decode(text))) if text else 0
    except ValueError:
        raise invalid_parameter("Invalid cursors values.") from None


def read_limit(text: str) -> int:
    if text and not text.isdecimal():
        raise invalid_parameter("Param limit must be a number.")
    return min(int(text or DEFAULT_LIMIT), HIGHEST_LIMIT) or DEFAULT_LIMIT


@graph_door
async def post_template(request: web.Request, exchange: Exchange, version: str) -> JSONObject | None:
    require_business_account(request, exchange)
    record = exchange.business.templates.create(check_creation(await read_parameters(request)))
    exchange.template_desk.review_later(record)
    return {"id": record.id, "status": record.status, "category": record.template.category.upper()}


@graph_door
async def get_template(request: web.Request, exchange: Exchange, version: str) -> JSONObject | None:
    return told(find(request, exchange), request.query.get("fields") or DEFAULT_FIELDS)


@graph_door
async def edit_template(request: web.Request, exchange: Exchange, version: str) -> JSONObject | None:
    record = find(request, exchange)
    given = {**await read_parameters(request), "parameter_format": record.as_json()["parameter_format"]}
    exchange.business.templates.edit(record, check_change(given))
    exchange.template_desk.review_later(record)
    return {
        "success": True,
        "id": record.id,
        "name": record.template.name,
        "category": record.template.category.upper(),
    }


@graph_door
async def delete_templates(request: web.Request, exchange: Exchange, version: str) -> JSONObject | None:
    require_business_account(request, exchange)
    given = {**await read_parameters(request), **request.query}
    name = require_text(given, "name")
    exchange.business.templates.delete(name, str(given.get("hsm_id") or ""))
    return {"success": True}


def find(request: web.Request, exchange: Exchange) -> TemplateRecord:
    record = exchange.business.templates.with_id(request.match_info["object_id"])
    if record is None:
        raise missing_object(request.match_info["object_id"], request.method)
    return record


async def read_parameters(request: web.Request) -> JSONObject:
    """Read JSON, or a form whose values may be JSON: Meta takes both."""
    if request.content_type not in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        return await read_payload(request)
    return {name: read_value(value) for name, value in (await request.post()).items() if isinstance(value, str)}


def read_value(text: str) -> object:
    try:
        return json.loads(text) if text[:1] in {"[", "{"} else text
    except ValueError:
        return text
