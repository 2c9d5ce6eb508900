"""Phone numbers and user IDs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import Sandbox
from sandbox.people import person_with_phone, person_with_user_id
from tests.sandbox.client import error_of, post, text_to


@pytest.mark.parametrize("to", ["+13855007716", "+1 (385) 500-7716", "+1.385.500.7716"])
def test_number_with_plus_reaches_its_owner_however_it_is_written(sandbox: Sandbox, to: str) -> None:
    post(sandbox.url, text_to(to))

    assert sandbox.messages()[0]["to"] == "+13855007716"


@pytest.mark.parametrize(
    ("to", "reached"),
    [("4799234567", "+14799234567"), ("13855007716", "+113855007716"), ("2025550100", "+12025550100")],
)
def test_number_without_plus_gets_the_country_code_of_the_business(sandbox: Sandbox, to: str, reached: str) -> None:
    response = post(sandbox.url, text_to(to))

    assert response.json()["contacts"][0]["input"] == to
    assert sandbox.messages()[0]["to"] == reached


@pytest.mark.parametrize("to", ["+1234567890", "+0123456789", "+123", "hello", "+1385500771600000", "+٣٨٥٥٠٠٧٧"])
def test_number_that_can_be_nobodys_is_refused(sandbox: Sandbox, to: str) -> None:
    response = post(sandbox.url, text_to(to))

    assert error_of(response)["code"] == 131009
    assert sandbox.messages() == []


def test_user_id_reaches_the_person_and_hides_the_number(sandbox: Sandbox) -> None:
    user_id = person_with_phone("+13855007716").user_id
    payload = text_to("+13855007716") | {"recipient": user_id}
    del payload["to"]

    response = post(sandbox.url, payload)

    assert response.json()["contacts"] == [{"input": user_id, "user_id": user_id}]
    assert sandbox.messages()[0]["to"] == "+13855007716"


def test_phone_wins_over_user_id(sandbox: Sandbox) -> None:
    other = person_with_phone("+13855007717").user_id

    post(sandbox.url, text_to("+13855007716", recipient=other))

    assert sandbox.messages()[0]["to"] == "+13855007716"


@pytest.mark.parametrize("user_id", ["US.1", "13855007716", "US.99999999999999999", "DE." + "x" * 17])
def test_unknown_user_id_is_refused(sandbox: Sandbox, user_id: str) -> None:
    response = post(sandbox.url, {**text_to(""), "to": None, "recipient": user_id})

    assert error_of(response)["code"] == 131009


@given(st.integers(min_value=2_000_000, max_value=999_999_999_999_999).filter(lambda n: str(n)[0] != "1"))
def test_user_id_is_stable_and_leads_back_to_the_phone(number: int) -> None:
    person = person_with_phone(f"+{number}")

    assert person_with_phone(f"+{number}") == person
    assert person_with_user_id(person.user_id) == person
    assert str(number) not in person.user_id
