"""The Graph API's doors for the account: the number, the business account, its token and its subscription."""

import secrets
from typing import Any

from aiohttp import web

from sandbox.account import is_expired
from sandbox.envelope import require_messaging_product
from sandbox.exchange import Exchange
from sandbox.graph_api import graph_door, require_phone_number_id, token_of
from sandbox.graph_errors import GraphError, invalid_parameter, missing_object
from sandbox.parameters import JSONObject, require_text
from sandbox.people import person_with_user_id
from sandbox.tokens import is_app_token

PHONE_NUMBER_DEFAULT = "verified_name,code_verification_status,display_phone_number,quality_rating,platform_type"
BUSINESS_ID = "506914307656634"
NAMESPACE = "5f0b1ad7_0d1c_4a7e_9d3c_2f3a5c6d7e8f"


def chosen(known: dict[str, Any], request: web.Request, default: str, object_id: str) -> JSONObject:
    asked = request.query.get("fields", default).split(",")
    return {name: known[name] for name in asked if name in known} | {"id": object_id}


@graph_door
async def get_phone_number(request: web.Request, exchange: Exchange, version: str) -> JSONObject | None:
    require_phone_number_id(request, exchange.options)
    options, state = exchange.options, exchange.business.state
    known: dict[str, Any] = {
        "verified_name": options.verified_name,
        "display_phone_number": options.display_phone_number,
        "quality_rating": state.quality_rating,
        "code_verification_status": state.code_verification_status,
        "name_status": state.name_status,
        "throughput": {"level": state.throughput},
        "platform_type": "CLOUD_API",
        "whatsapp_business_manager_messaging_limit": state.messaging_limit,
        "health_status": health_status(exchange),
    }
    return chosen(known, request, PHONE_NUMBER_DEFAULT, options.phone_number_id)


@graph_door
async def get_business_account(request: web.Request, exchange: Exchange, version: str) -> JSONObject | None:
    options, state = exchange.options, exchange.business.state
    known: dict[str, Any] = {
        "name": options.verified_name,
        "timezone_id": "1",
        "currency": "USD",
        "message_template_namespace": NAMESPACE,
        "account_review_status": state.account_review_status,
        "business_verification_status": state.business_verification_status,
        "status": "ACTIVE",
        "health_status": health_status(exchange),
    }
    return chosen(known, request, "name,timezone_id,message_template_namespace", options.business_account_id)


def health_status(exchange: Exchange) -> JSONObject:
    """Name every entity that a message passes; what is wrong stands at the business account."""
    options, state = exchange.options, exchange.business.state
    kinds = {
        "PHONE_NUMBER": options.phone_number_id,
        "WABA": options.business_account_id,
        "BUSINESS": BUSINESS_ID,
        "APP": options.app_id,
    }
    entities: list[JSONObject] = [
        {"entity_type": kind, "id": entity, "can_send_message": "AVAILABLE"} for kind, entity in kinds.items()
    ]
    if state.can_send_message != "AVAILABLE":
        entities[1] |= {"can_send_message": state.can_send_message, "errors": [health_error(state.health_error)]}
    return {"can_send_message": state.can_send_message, "entities": entities}


def health_error(code: int) -> JSONObject:
    if code in {131042, 141006}:
        return {
            "error_code": code,
            "error_description": "There is an error with your payment method.",
            "possible_solution": "Check the payment settings of the WhatsApp account and add a valid payment method.",
        }
    return {
        "error_code": code,
        "error_description": f"The account is restricted ({code}).",
        "possible_solution": "Open the account quality page in WhatsApp Manager.",
    }


@graph_door
async def get_debug_token(request: web.Request, exchange: Exchange, version: str) -> JSONObject | None:
    asked = require_text({"input_token": request.query.get("input_token")}, "input_token")
    options, state = exchange.options, exchange.business.state
    if not secrets.compare_digest(asked.encode(), options.access_token.encode()):
        error = {"code": 190, "message": "Invalid OAuth access token - Cannot parse access token"}
        return {"data": {"error": error, "is_valid": False, "scopes": []}}
    data: dict[str, Any] = {
        "app_id": options.app_id,
        "type": "SYSTEM_USER",
        "application": options.verified_name,
        "data_access_expires_at": state.data_access_expires_at,
        "expires_at": state.token_expires_at,
        "is_valid": not is_expired(state, exchange.clock()),
        "issued_at": int(exchange.began_at),
        "scopes": list(state.scopes),
    }
    if not data["is_valid"]:
        data["error"] = {"code": 190, "subcode": 463, "message": "Error validating access token: Session has expired."}
    return {"data": data}


@graph_door
async def subscribed_apps(request: web.Request, exchange: Exchange, version: str) -> JSONObject | None:
    """Tell who gets the webhooks; POST and DELETE change it."""
    options, business = exchange.options, exchange.business
    if request.match_info["object_id"] != options.business_account_id:
        raise missing_object(request.match_info["object_id"], request.method)
    if request.method in {"POST", "DELETE"}:
        business.change_state({"subscribed": request.method == "POST"})
        return {"success": True}
    if request.method != "GET":
        raise invalid_parameter("Unsupported method.")
    app = {"id": options.app_id, "name": options.verified_name, "link": "https://www.facebook.com/games/?app_id=0"}
    return {"data": [{"whatsapp_business_api_data": app}] if business.state.subscribed else []}


@graph_door
async def webhook_subscriptions(request: web.Request, exchange: Exchange, version: str) -> JSONObject | None:
    """Tell where the app's webhooks go and which fields they are about; only the app itself may ask."""
    if not is_app_token(token_of(request), exchange.options):
        raise GraphError(15)
    url, fields = exchange.options.webhook_url, exchange.business.state.webhook_fields
    subscription = {
        "object": "whatsapp_business_account",
        "callback_url": url,
        "active": True,
        "fields": [{"name": name, "version": version} for name in fields],
    }
    return {"data": [subscription] if url else []}


@graph_door
async def delete_contact(request: web.Request, exchange: Exchange, version: str) -> JSONObject | None:
    """Take a person out of the contact book, which links their number to their user ID."""
    require_phone_number_id(request, exchange.options)
    require_messaging_product(dict(request.query))
    person = person_with_user_id(require_text(dict(request.query), "bsuid"))
    deletions = exchange.business.contact_book_deletions
    deleted = person.phone in exchange.store.conversations and person.user_id not in deletions
    deletions.append(person.user_id)
    return {"messaging_product": "whatsapp", "success": True, "deleted": deleted}
