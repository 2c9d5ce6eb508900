"""Messages with templates that were made here: headers, buttons, named parameters."""

from typing import Any

import pytest
import requests

from sandbox import Sandbox
from tests.sandbox.client import error_of, post, template_to, upload, url_button
from tests.sandbox.test_sandbox_template_life import create
from tests.sandbox.test_sandbox_template_rules import HANDLE, body, buttons, header, quick, url

PHONE = "+13855007716"


def test_header_variables_and_every_button_are_filled_in(sandbox: Sandbox) -> None:
    varied = url("https://dott.example/{{1}}", example=["https://dott.example/a"])
    code = {"type": "COPY_CODE", "example": "SAVE20"}
    create(sandbox, body(), header("Order {{1}}", "A-1"), buttons(quick("Yes"), varied, code))
    components: list[dict[str, Any]] = [
        {"type": "header", "parameters": [{"type": "text", "text": "B-2"}]},
        {
            "type": "button",
            "sub_type": "quick_reply",
            "index": "0",
            "parameters": [{"type": "payload", "payload": "signed"}],
        },
        url_button("b", index="1"),
        {
            "type": "button",
            "sub_type": "copy_code",
            "index": "2",
            "parameters": [{"type": "coupon_code", "coupon_code": "X1"}],
        },
    ]

    response = post(sandbox.url, template_to(PHONE, "order_update", *components))

    assert response.status_code == 200, response.text
    sent = sandbox.messages()[0]
    assert sent["header"] == "Order B-2"
    assert [(button["text"], button.get("id"), button["url"]) for button in sent["buttons"]] == [
        ("Yes", "signed", ""),
        ("Open", None, "https://dott.example/b"),
        ("Copy code", "X1", ""),
    ]


def test_media_header_takes_an_uploaded_file_of_its_kind(sandbox: Sandbox) -> None:
    create(sandbox, body(), {"type": "HEADER", "format": "DOCUMENT", "example": HANDLE})
    media_id = upload(sandbox.url, b"%PDF-1.7", "application/pdf").json()["id"]

    def send(parameter: dict[str, Any]) -> requests.Response:
        return post(sandbox.url, template_to(PHONE, "order_update", {"type": "header", "parameters": [parameter]}))

    sound = send({"type": "document", "document": {"id": media_id, "filename": "a.pdf"}})
    of_another_kind = send({"type": "image", "image": {"id": media_id}})
    missing = post(sandbox.url, template_to(PHONE, "order_update"))

    assert sound.status_code == 200, sound.text
    assert error_of(of_another_kind)["code"] == 132012
    assert error_of(missing)["code"] == 132000


NAMED = {
    "type": "BODY",
    "text": "Hi {{first_name}}, order {{number}} has left.",
    "example": {
        "body_text_named_params": [
            {"param_name": "first_name", "example": "Ann"},
            {"param_name": "number", "example": "A-1"},
        ]
    },
}


def named(*names: str) -> dict[str, Any]:
    parameters = [
        {"type": "text", "text": name.upper() or "X", **({"parameter_name": name} if name else {})} for name in names
    ]
    return template_to(PHONE, "order_update", {"type": "body", "parameters": parameters})


def test_named_parameters_find_their_places_in_any_order(sandbox: Sandbox) -> None:
    create(sandbox, NAMED, parameter_format="NAMED")

    post(sandbox.url, named("number", "first_name"))

    assert sandbox.messages()[0]["text"] == "Hi FIRST_NAME, order NUMBER has left."


@pytest.mark.parametrize(
    ("names", "code"), [(("first_name", ""), 100), (("first_name", "other"), 132000), (("first_name",), 132000)]
)
def test_named_parameters_that_do_not_fit_are_refused(sandbox: Sandbox, names: tuple[str, ...], code: int) -> None:
    create(sandbox, NAMED, parameter_format="NAMED")

    assert error_of(post(sandbox.url, named(*names)))["code"] == code
