"""Template messages: name, language and every parameter."""

from typing import Any

import pytest

from sandbox import Sandbox
from sandbox.approved_templates import APPROVED
from sandbox.templates import names_in
from tests.sandbox.client import body_of, error_of, post, template_to, url_button

PHONE = "+13855007716"
INVOICE = ("Ada", "INV-7", "$120.00", "https://pay.dott.example/8fA2")


def test_template_reads_as_the_person_will_see_it(sandbox: Sandbox) -> None:
    response = post(sandbox.url, template_to(PHONE, "invoice_notification", body_of(*INVOICE)))

    assert response.json()["messages"][0]["message_status"] == "accepted"
    assert sandbox.messages()[0]["text"] == (
        "Hi Ada, your invoice INV-7 for $120.00 is ready.\nView and pay here: https://pay.dott.example/8fA2."
    )


def test_template_without_parameters_needs_no_components(sandbox: Sandbox) -> None:
    response = post(sandbox.url, template_to(PHONE, "hello_world"))

    assert response.status_code == 200
    assert sandbox.messages()[0]["header"] == "Hello World"


def test_invitation_carries_its_link_as_a_button(sandbox: Sandbox) -> None:
    payload = template_to(PHONE, "business_invitation", body_of("John Doe", "Come and see."), url_button("aZ-9_%20"))

    response = post(sandbox.url, payload)

    message = sandbox.messages()[0]
    assert response.status_code == 200
    assert "John Doe invites you" in message["text"]
    assert message["footer"] == "Reply STOP to opt out."
    assert message["buttons"][0] == {"text": "View invitation", "url": "https://dott.example/i/aZ-9_%20"}


@pytest.mark.parametrize("key", APPROVED, ids="/".join)
def test_every_approved_template_obeys_metas_rules_for_variables(key: tuple[str, str]) -> None:
    body = APPROVED[key].body

    assert not body.startswith("{{")
    assert not body.endswith("}}")
    assert "}}{{" not in body
    assert len(APPROVED[key].footer) <= 60


@pytest.mark.parametrize("name", ["payment_confirmation", "appointment_reminder", "invoice_notification"])
def test_template_is_approved_in_english_of_both_codes(sandbox: Sandbox, name: str) -> None:
    values = ["x"] * len(names_in(APPROVED[name, "en"].body))

    response = post(sandbox.url, template_to(PHONE, name, body_of(*values), language="en"))

    assert response.status_code == 200


def with_value(value: str) -> dict[str, Any]:
    return template_to(PHONE, "payment_confirmation", body_of(value, "REF-1"))


def invitation(*components: dict[str, Any]) -> dict[str, Any]:
    return template_to(PHONE, "business_invitation", body_of("John", "Hi"), *components)


def parameter(**fields: Any) -> dict[str, Any]:
    parameters = [fields, {"type": "text", "text": "REF-1"}]
    return template_to(PHONE, "payment_confirmation", {"type": "body", "parameters": parameters})


REFUSED: dict[str, tuple[int, dict[str, Any]]] = {
    "unknown name": (132001, template_to(PHONE, "no_such_template")),
    "unknown language": (132001, template_to(PHONE, "hello_world", language="en-US")),
    "one value too few": (132000, template_to(PHONE, "invoice_notification", body_of(*INVOICE[:3]))),
    "one value too many": (132000, template_to(PHONE, "invoice_notification", body_of(*INVOICE, "x"))),
    "no components": (132000, template_to(PHONE, "invoice_notification")),
    "values for none": (132000, template_to(PHONE, "hello_world", body_of("x"))),
    "newline": (132018, with_value("a\nb")),
    "tab": (132018, with_value("a\tb")),
    "five spaces": (132018, with_value("a     b")),
    "empty value": (131008, with_value("")),
    "too long once filled in": (132005, with_value("x" * 1024)),
    "picture for a text": (132012, parameter(type="image", image={"id": "1"})),
    "parameter without type": (132012, parameter(text="x")),
    "parameter with a name": (132012, parameter(type="text", text="x", parameter_name="amount")),
    "currency without text": (131008, parameter(type="currency", currency="USD")),
    "button without its value": (131008, invitation()),
    "button with two values": (132000, invitation(url_button("a", "b"))),
    "button with raw characters": (132018, invitation(url_button("é f"))),
    "button at another place": (132018, invitation(url_button("a"), url_button("a", index="1"))),
    "button of another kind": (132018, invitation({**url_button("a"), "sub_type": "quick_reply"})),
    "button address too long": (132005, invitation(url_button("x" * 2000))),
    "body twice": (100, template_to(PHONE, "hello_world", {"type": "body"}, {"type": "body"})),
    "unknown component": (100, template_to(PHONE, "hello_world", {"type": "tail"})),
    "no language": (
        100,
        {**template_to(PHONE, "hello_world"), "template": {"name": "hello_world"}},
    ),
}


@pytest.mark.parametrize(("code", "payload"), REFUSED.values(), ids=REFUSED.keys())
def test_template_that_does_not_fit_is_refused(sandbox: Sandbox, code: int, payload: dict[str, Any]) -> None:
    response = post(sandbox.url, payload)

    assert error_of(response)["code"] == code
    assert error_of(response)["error_data"]["details"]
    assert sandbox.messages() == []


def test_four_spaces_and_1024_characters_pass(sandbox: Sandbox) -> None:
    fixed = len(APPROVED["payment_confirmation", "en_US"].body) - len("{{1}}{{2}}") + len("REF-1")
    longest = "a    b".ljust(1024 - fixed, "x")

    response = post(sandbox.url, with_value(longest))

    assert response.status_code == 200
    assert len(sandbox.messages()[0]["text"]) == 1024


def test_value_that_looks_like_a_variable_stays_as_it_is(sandbox: Sandbox) -> None:
    post(sandbox.url, with_value("{{2}}"))

    assert "Amount: {{2}}\n" in sandbox.messages()[0]["text"]
