"""A new template: whatever breaks one of Meta's rules is refused at once, and says which."""

from typing import Any

import pytest

from sandbox import Sandbox
from sandbox.approved_templates import APPROVED
from sandbox.business import Business
from sandbox.template_review import review
from sandbox.template_rules import check_creation
from sandbox.templates import components_of
from tests.sandbox.client import call, error_of

TEMPLATES = "1513500473389693/message_templates"
HANDLE = {"header_handle": ["4::aW1hZ2UvcG5n:ARb"]}


def body(text: str = "Your order is on its way.", *examples: str) -> dict[str, Any]:
    return {"type": "BODY", "text": text, **({"example": {"body_text": [list(examples)]}} if examples else {})}


def creation(*components: dict[str, Any], **more: Any) -> dict[str, Any]:
    given = {"name": "order_update", "language": "en_US", "category": "UTILITY", **more}
    return {**given, "components": list(components) or [body()]}


def header(text: str, *examples: str) -> dict[str, Any]:
    example = {"example": {"header_text": list(examples)}} if examples else {}
    return {"type": "HEADER", "format": "TEXT", "text": text, **example}


def buttons(*listed: dict[str, Any]) -> dict[str, Any]:
    return {"type": "BUTTONS", "buttons": list(listed)}


def quick(text: str = "Yes") -> dict[str, Any]:
    return {"type": "QUICK_REPLY", "text": text}


def url(address: str = "https://dott.example/", text: str = "Open", **more: Any) -> dict[str, Any]:
    return {"type": "URL", "text": text, "url": address, **more}


VARIED = url("https://dott.example/{{1}}", example=["https://dott.example/a"])
PHONE_BUTTON = {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+13855007716"}
CODE = {"type": "COPY_CODE", "example": "SAVE20"}

SOUND = {
    "plain": creation(),
    "name of 512 characters": creation(name="a" * 512),
    "body of 1024 characters": creation(body("x" * 1024)),
    "header and footer of 60": creation(body(), header("x" * 60), {"type": "FOOTER", "text": "x" * 60}),
    "header with a variable": creation(body(), header("Order {{1}}", "A-1")),
    "picture": creation(body(), {"type": "HEADER", "format": "IMAGE", "example": HANDLE}),
    "location": creation(body(), {"type": "HEADER", "format": "LOCATION"}),
    "variables": creation(body("Hi {{1}}, your order {{2}} has left.", "Ann", "A-1")),
    "one example in a flat list": creation(
        {"type": "BODY", "text": "Hi {{1}}, your order left.", "example": {"body_text": ["Ann"]}}
    ),
    "named variables": creation(
        {
            "type": "BODY",
            "text": "Hi {{first_name}}, your order left.",
            "example": {"body_text_named_params": [{"param_name": "first_name", "example": "Ann"}]},
        },
        parameter_format="NAMED",
    ),
    "ten buttons": creation(body(), buttons(*[quick(str(i)) for i in range(6)], VARIED, url(), PHONE_BUTTON, CODE)),
    "button text of 25": creation(body(), buttons(quick("x" * 25))),
    "URL of 2000": creation(body(), buttons(url("https://dott.example/".ljust(2000, "x")))),
    "lowercase words": creation({"type": "body", "text": "Your order is here."}, category="utility"),
}

# For each rule: the subcode, and a request that breaks it.
BROKEN: dict[str, tuple[int | None, dict[str, Any]]] = {
    "capital letter in the name": (None, creation(name="Order")),
    "hyphen in the name": (None, creation(name="order-update")),
    "name of 513 characters": (None, creation(name="a" * 513)),
    "language with a hyphen": (None, creation(language="en-US")),
    "unknown category": (None, creation(category="FUN")),
    "authentication": (None, creation(category="AUTHENTICATION")),
    "unknown format": (None, creation(parameter_format="ROMAN")),
    "no body": (None, creation(header("Hi"))),
    "body twice": (None, creation(body(), body())),
    "unknown component": (None, creation(body(), {"type": "TAIL"})),
    "variable first": (2388299, creation(body("{{1}}, your order has left.", "Ann"))),
    "variable last": (2388299, creation(body("Your order has left, {{1}}", "Ann"))),
    "adjacent variables": (2388072, creation(body("Hi there {{1}} {{2}}, your order left.", "Ann", "Lee"))),
    "gap in the numbers": (2388072, creation(body("Hi {{1}}, your order {{3}} left.", "Ann", "A-1"))),
    "numbers from two": (2388072, creation(body("Hi {{2}}, your order left.", "Ann"))),
    "name in a numbered template": (2388072, creation(body("Hi {{name}}, your order left.", "Ann"))),
    "number in a named template": (
        2388072,
        creation(body("Hi {{1}}, your order left.", "Ann"), parameter_format="NAMED"),
    ),
    "brace missing": (2388072, creation(body("Hi {{1}, your order left.", "Ann"))),
    "special character": (2388072, creation(body("Hi {{1#}}, your order left.", "Ann"))),
    "too many variables": (2388293, creation(body("Hi {{1}}, at {{2}} on {{3}}.", "a", "b", "c"))),
    "no example": (2388043, creation(body("Hi {{1}}, your order left."))),
    "two examples in a flat list": (
        2388043,
        creation({**body("Hi {{1}}, your order {{2}} left."), "example": {"body_text": ["Ann", "A-1"]}}),
    ),
    "one example too few": (2388043, creation(body("Hi {{1}}, your order {{2}} left.", "Ann"))),
    "one example too many": (2388043, creation(body("Hi {{1}}, your order left.", "Ann", "A-1"))),
    "empty example": (2388043, creation(body("Hi {{1}}, your order left.", " "))),
    "example of a numbered template in a named one": (
        2388043,
        creation(body("Hi {{name}}, your order left.", "Ann"), parameter_format="NAMED"),
    ),
    "body of 1025 characters": (2388040, creation(body("x" * 1025))),
    "header of 61": (2388040, creation(body(), header("x" * 61))),
    "footer of 61": (2388040, creation(body(), {"type": "FOOTER", "text": "x" * 61})),
    "header with two variables": (2388047, creation(body(), header("{{1}} and {{2}}", "a", "b"))),
    "header without its example": (2388043, creation(body(), header("Order {{1}}"))),
    "header with a new line": (2388047, creation(body(), header("Order\nleft"))),
    "header in bold": (2388047, creation(body(), header("*Order*"))),
    "header with an emoji": (2388047, creation(body(), header("Order 🚀"))),
    "header of sound": (2388047, creation(body(), {"type": "HEADER", "format": "AUDIO"})),
    "picture without a sample": (2388043, creation(body(), {"type": "HEADER", "format": "IMAGE"})),
    "picture with a media ID": (
        2388043,
        creation(body(), {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["1234567890"]}}),
    ),
    "footer with a variable": (2388073, creation(body(), {"type": "FOOTER", "text": "Hi {{1}}"})),
    "eleven buttons": (2388044, creation(body(), buttons(*[quick(str(i)) for i in range(10)], url()))),
    "three URLs": (2388044, creation(body(), buttons(url(), url(), url()))),
    "two phone numbers": (2388044, creation(body(), buttons(PHONE_BUTTON, PHONE_BUTTON))),
    "unknown button": (2388044, creation(body(), buttons({"type": "BELL", "text": "Ring"}))),
    "quick replies apart": (2388044, creation(body(), buttons(quick("a"), url(), quick("b")))),
    "button text of 26": (2388040, creation(body(), buttons(quick("x" * 26)))),
    "button text with a variable": (2388044, creation(body(), buttons(quick("Hi {{1}}")))),
    "URL of 2001": (2388040, creation(body(), buttons(url("https://dott.example/".ljust(2001, "x"))))),
    "URL that is none": (2388044, creation(body(), buttons(url("dott.example")))),
    "URL with a variable inside": (
        2388044,
        creation(body(), buttons(url("https://dott.example/{{1}}/a", example=["a"]))),
    ),
    "URL without its example": (2388043, creation(body(), buttons(url("https://dott.example/{{1}}")))),
    "code of 21 characters": (2388040, creation(body(), buttons({"type": "COPY_CODE", "example": "x" * 21}))),
}


@pytest.mark.parametrize("request_", SOUND.values(), ids=SOUND.keys())
def test_template_that_keeps_the_rules_is_taken_for_review(sandbox: Sandbox, request_: dict[str, Any]) -> None:
    sandbox.configure(review_ms=60_000)

    response = call(sandbox.url, "POST", TEMPLATES, json=request_)

    assert response.status_code == 200, response.text
    assert response.json() == {"id": response.json()["id"], "status": "PENDING", "category": "UTILITY"}


@pytest.mark.parametrize(("subcode", "request_"), BROKEN.values(), ids=BROKEN.keys())
def test_template_that_breaks_a_rule_is_refused(
    sandbox: Sandbox, subcode: int | None, request_: dict[str, Any]
) -> None:
    response = call(sandbox.url, "POST", TEMPLATES, json=request_)

    error = error_of(response)
    assert (error["code"], error.get("error_subcode")) == (100, subcode)
    assert len(sandbox.templates()) == len(APPROVED)


@pytest.mark.parametrize(
    "junk", [None, 1, "x", [], {}, [[]], [{}], [{"type": []}], [{"type": "BODY", "text": 5}]], ids=repr
)
def test_junk_in_place_of_components_is_refused(sandbox: Sandbox, junk: object) -> None:
    response = call(sandbox.url, "POST", TEMPLATES, json={**creation(), "components": junk})

    assert error_of(response)["code"] == 100


@pytest.mark.parametrize("junk", [None, 1, "x", [], {}, [[]], [{}]], ids=repr)
@pytest.mark.parametrize("place", ["example", "buttons", "format"])
def test_junk_within_a_component_is_refused(sandbox: Sandbox, place: str, junk: object) -> None:
    kinds = {
        "example": [{**body("Hi {{1}}, your order left."), "example": junk}],
        "buttons": [body(), {"type": "BUTTONS", "buttons": junk}],
        "format": [body(), {"type": "HEADER", "format": junk, "text": "Hi"}],
    }

    response = call(sandbox.url, "POST", TEMPLATES, json=creation(*kinds[place]))

    assert error_of(response)["code"] == 100


@pytest.mark.parametrize("key", APPROVED, ids="/".join)
def test_every_template_of_the_account_would_pass_its_own_rules_and_review(key: tuple[str, str]) -> None:
    template = APPROVED[key]
    request = {"name": key[0], "language": key[1], "category": template.category, "components": components_of(template)}

    kept = check_creation(request)
    verdict = review(template, [record.template for record in Business().templates.records.values()])

    assert kept["category"] == template.category.upper()
    assert (verdict.status, verdict.category) == ("APPROVED", template.category.upper())
