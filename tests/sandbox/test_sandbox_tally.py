"""What the sandbox counts, for those who send thousands and ask what arrived."""

import pytest
import requests

from sandbox import Sandbox
from sandbox.tally import Tally
from tests.sandbox.client import error_of, post, text_to

PHONE = "+13855007716"


def sent(sandbox: Sandbox, reference: str, phone: str = PHONE) -> int:
    return post(sandbox.url, text_to(phone, biz_opaque_callback_data=reference)).status_code


def test_tally_counts_what_was_accepted_and_what_came_twice(sandbox: Sandbox) -> None:
    for reference in ("a", "b", "a"):
        sent(sandbox, reference)
    post(sandbox.url, text_to(PHONE))

    tally = sandbox.tally()
    assert (tally["accepted"], tally["references"], tally["repeated"]) == (4, 2, 1)
    assert tally["repeated_references"] == {"a": 2}
    assert sandbox.references() == {"a": 2, "b": 1}


def test_tally_counts_refusals_by_code_and_accepts_nothing_of_them(sandbox: Sandbox) -> None:
    sent(sandbox, "a", "+12025550130")
    post(sandbox.url, text_to(PHONE), token="wrong")
    post(sandbox.url, {"messaging_product": "whatsapp"})

    tally = sandbox.tally()
    assert tally["refused"] == {"131030": 1, "190": 1, "100": 1}
    assert (tally["accepted"], sandbox.references()) == (0, {})


def test_cut_answer_is_counted_as_accepted(sandbox: Sandbox) -> None:
    sandbox.configure(cut_after_accept=1.0)

    with pytest.raises(requests.ConnectionError):
        sent(sandbox, "a")

    assert (sandbox.tally()["accepted"], sandbox.tally()["cut"]) == (1, 1)


def test_server_error_is_answered_500_and_not_accepted(sandbox: Sandbox) -> None:
    sandbox.configure(server_errors=1.0)

    response = post(sandbox.url, text_to(PHONE, biz_opaque_callback_data="a"))

    assert (response.status_code, error_of(response)["code"]) == (500, 131000)
    assert (sandbox.references(), sandbox.messages()) == ({}, [])


def test_half_of_the_sends_meets_a_server_error(sandbox: Sandbox) -> None:
    sandbox.configure(server_errors=0.5)

    statuses = [sent(sandbox, str(number), f"+1385500{7000 + number}") for number in range(40)]

    assert 8 < statuses.count(500) < 32
    assert statuses.count(200) == sandbox.tally()["accepted"]


def test_without_statuses_nothing_becomes_of_a_message(sandbox: Sandbox) -> None:
    sandbox.configure(no_statuses=True)

    answered = [sent(sandbox, phone, phone) for phone in (PHONE, "+12025550105", "+12025550110")]

    sandbox.wait_idle()
    assert answered == [200, 200, 200]
    assert [message["statuses"] for message in sandbox.messages()] == [[], [], []]
    assert sandbox.webhooks() == []


def test_tally_is_the_same_through_both_doors(sandbox: Sandbox) -> None:
    sent(sandbox, "a")
    sent(sandbox, "a")
    sent(sandbox, "b")

    told = requests.get(f"{sandbox.url}/_sandbox/tally", timeout=5).json()
    lines = requests.get(f"{sandbox.url}/_sandbox/tally/references", timeout=5).text.splitlines()

    assert told.pop("at") <= sandbox.tally()["at"]
    assert told.items() <= sandbox.tally().items()
    assert [line.split("\t") for line in lines] == [["a", "2"], ["b", "1"]]


def test_reset_begins_to_count_anew(sandbox: Sandbox) -> None:
    sent(sandbox, "a")

    sandbox.reset()

    assert (sandbox.tally()["accepted"], sandbox.references()) == (0, {})


def test_tally_forgets_the_oldest_references_and_says_how_many() -> None:
    tally = Tally(keep=2)

    for reference in ("a", "b", "c"):
        tally.accept(reference)

    assert (list(tally.references), tally.accepted, tally.as_json()["forgotten"]) == (["b", "c"], 3, 1)


def test_expired_token_is_refused_until_it_is_renewed(sandbox: Sandbox) -> None:
    sent(sandbox, "a")
    sandbox.set_account(token_valid=False)
    expired = sent(sandbox, "b")

    sandbox.configure(access_token="renewed")
    sandbox.set_account(token_valid=True)
    old = sent(sandbox, "b")
    new = post(sandbox.url, text_to(PHONE, biz_opaque_callback_data="b"), token="renewed").status_code

    assert (expired, old, new) == (401, 401, 200)
    assert sandbox.references() == {"a": 1, "b": 1}
    assert sandbox.tally()["refused"] == {"190": 2}
