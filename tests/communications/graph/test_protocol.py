"""What each of Meta's answers means: taken, refused, or nobody knows."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communications.errors import (
    ChannelPaused,
    DeliveryUnconfirmed,
    MetaError,
    RateLimited,
    SendFailed,
    ServiceUnavailable,
    WhatsAppError,
)
from communications.graph.protocol import Accepted, Answer, read_send_answer
from communications.meta_codes import META_CODES, Action

WAMID = "wamid.HBgLMTM4NTUwMDc3MTYVAgARGBI="


def answer(body, status=200, **headers):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, raw, {name.replace("_", "-"): value for name, value in headers.items()})


def error(code=None, **fields):
    return {"error": {"message": "(#x) Title", "type": "OAuthException", "code": code, "fbtrace_id": "Az8", **fields}}


def accepted(**message):
    return {
        "messaging_product": "whatsapp",
        "contacts": [{"input": "+551187654321", "wa_id": "551187654321", "user_id": "BR.123"}],
        "messages": [{"id": WAMID, **message}],
    }


# Taken


def test_accepted_message_carries_its_wamid_and_what_meta_calls_the_person():
    taken = read_send_answer(answer(accepted()))

    assert taken == Accepted(wamid=WAMID, held=False, wa_id="551187654321", user_id="BR.123", raw=accepted())


@pytest.mark.parametrize(
    ("message_status", "held"),
    [("accepted", False), ("held_for_quality_assessment", True), ("paused", True), ("new_word", False)],
)
def test_message_status_of_a_template_says_whether_it_is_held(message_status, held):
    assert read_send_answer(answer(accepted(message_status=message_status))).held is held


@pytest.mark.parametrize(
    "contacts",
    [None, [], {}, "x", [None], [[]], [{}], [{"wa_id": 5, "user_id": []}], [{"wa_id": "1" * 151}]],
    ids=str,
)
def test_missing_or_odd_contacts_do_not_hide_the_wamid(contacts):
    taken = read_send_answer(answer({**accepted(), "contacts": contacts}))

    assert (taken.wamid, taken.wa_id, taken.user_id) == (WAMID, "", "")


# Refused


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
@pytest.mark.parametrize(
    ("code", "raised"),
    [
        (190, ChannelPaused),
        (0, ChannelPaused),
        (10, ChannelPaused),
        (250, ChannelPaused),
        (131042, ChannelPaused),
        (4, RateLimited),
        (130429, RateLimited),
        (131056, RateLimited),
        (131026, SendFailed),
        (131030, SendFailed),
        (131047, SendFailed),
        (132015, SendFailed),
        (100, SendFailed),
    ],
)
def test_known_code_decides_whatever_the_http_status(code, raised, status):
    with pytest.raises(raised) as caught:
        read_send_answer(answer(error(code, error_data={"details": "Why."}), status))

    failure = caught.value
    assert type(failure) is raised
    assert (failure.meta_code, failure.meta_details, failure.fbtrace_id) == (code, "Why.", "Az8")
    assert failure.detail == f"{META_CODES[code].meaning} {META_CODES[code].advice}"
    assert failure.raw["error"]["code"] == code


def test_channel_and_limits_are_nobodys_fault_who_is_asking():
    assert issubclass(ChannelPaused, ServiceUnavailable)
    assert issubclass(RateLimited, ServiceUnavailable)
    assert not issubclass(SendFailed, ServiceUnavailable)


@pytest.mark.parametrize("code", sorted(META_CODES), ids=str)
def test_every_known_code_becomes_the_error_of_its_action(code):
    expected = {
        Action.PAUSE: ChannelPaused,
        Action.RETRY: RateLimited,
        Action.SETTLE: DeliveryUnconfirmed,
    }.get(META_CODES[code].action, SendFailed)

    with pytest.raises(WhatsAppError) as caught:
        read_send_answer(answer(error(code), 400))

    assert type(caught.value) is expected
    assert caught.value.meta_code == code


def test_unknown_code_with_a_client_error_is_a_refusal_that_names_it():
    with pytest.raises(SendFailed) as caught:
        read_send_answer(answer(error(131999), 400))

    assert "131999" in caught.value.detail


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b"[]", b'"x"', {"error": "Bad"}, {"error": []}], ids=str)
def test_client_error_without_a_code_is_a_refusal(body):
    with pytest.raises(SendFailed) as caught:
        read_send_answer(answer(body, 404))

    assert caught.value.meta_code is None
    assert "None" not in caught.value.detail


@pytest.mark.parametrize("code", [True, "190", 190.5, -1, 2**31, 10**30, None, [], {}], ids=str)
def test_code_that_is_no_code_is_a_refusal_without_one(code):
    with pytest.raises(SendFailed) as caught:
        read_send_answer(answer(error(code), 400))

    assert caught.value.meta_code is None


def test_message_explains_where_meta_gives_no_details():
    with pytest.raises(SendFailed) as caught:
        read_send_answer(answer(error(100), 400))

    assert caught.value.meta_details == "(#x) Title"


def test_what_no_database_can_keep_is_left_out_of_details_and_trace():
    body = b'{"error": {"code": 100, "fbtrace_id": "A\\u0000z\\ud83d", "error_data": {"details": "W\\u0000hy\\udc00"}}}'

    with pytest.raises(SendFailed) as caught:
        read_send_answer(answer(body, 400))

    assert (caught.value.fbtrace_id, caught.value.meta_details) == ("Az", "Why")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("0.5", 0.5), ("-3", 0.0), ("soon", None), ("", None), ("Sun, 22 Nov 2026 12:00:00 GMT", None),
     ("inf", None), ("nan", None), ("1e999", None)],
)  # fmt: skip
def test_retry_after_is_a_finite_number_of_seconds_or_nothing(header, seconds):
    with pytest.raises(RateLimited) as caught:
        read_send_answer(answer(error(130429), 429, Retry_After=header))

    assert caught.value.retry_after == seconds


# Nobody knows


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"<html>502 Bad Gateway</html>", 502),
        (b"", 500),
        ({}, 503),
        (error(131999), 500),
        (error(None), 503),
        ({"error": "down"}, 500),
        (error(131000), 500),
        (error(131016), 400),
        (error(1), 200),
        (b"garbage", 200),
        (b"\xff\xfe\x00", 200),
        (b"", 200),
        ([], 200),
        ("text", 200),
        (None, 200),
        ({}, 200),
        ({"error": None}, 200),
        ({"error": "?"}, 200),
        (error(131999), 200),
        ({"messages": []}, 200),
        ({"messages": {}}, 200),
        ({"messages": ["wamid"]}, 200),
        ({"messages": [{}]}, 200),
        ({"messages": [{"id": ""}]}, 200),
        ({"messages": [{"id": None}]}, 200),
        ({"messages": [{"id": 5}]}, 200),
        ({"messages": [{"id": "w" * 256}]}, 200),
        ({"messages": [{"id": "wamid.\x00"}]}, 200),
        ({"messages": [{"id": "wamid.\ud800"}]}, 200),
        (b"[" * 100_000, 200),
        (b'{"a":' * 100_000, 200),
        (b"9" * 10_000, 200),
        (accepted(), 202),
        (b"", 204),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_answer_that_leaves_it_open_is_unconfirmed(body, status):
    with pytest.raises(DeliveryUnconfirmed) as caught:
        read_send_answer(answer(body, status))

    assert "may have been sent" in caught.value.detail


def test_ambiguous_code_is_kept_for_whoever_looks_into_it():
    with pytest.raises(DeliveryUnconfirmed) as caught:
        read_send_answer(answer(error(131000, error_data={"details": "Why."}), 500))

    failure = caught.value
    assert (failure.meta_code, failure.meta_details, failure.fbtrace_id) == (131000, "Why.", "Az8")


def test_wamid_of_the_longest_kind_is_taken():
    assert read_send_answer(answer({"messages": [{"id": "w" * 255}]})).wamid == "w" * 255


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=3)
            | st.sampled_from(["error", "code", "error_data", "details", "messages", "contacts", "id", "wa_id"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
STATUS = st.sampled_from([200, 201, 302, 400, 401, 404, 429, 500, 502]) | st.integers(100, 599)
SHELL = st.fixed_dictionaries(
    {}, optional={"error": JSON, "messages": JSON | st.lists(JSON), "contacts": JSON | st.lists(JSON)}
)


@given(st.binary() | (JSON | SHELL).map(lambda value: json.dumps(value).encode()), STATUS, st.text())
def test_any_answer_is_accepted_or_an_error_that_says_what_to_do(body, status, retry_after):
    try:
        outcome = read_send_answer(Answer(status, body, {"Retry-After": retry_after}))
    except (MetaError, DeliveryUnconfirmed) as failure:
        outcome = failure
    if isinstance(outcome, Accepted):
        assert status == 200
        assert 0 < len(outcome.wamid) <= 255
        return
    assert outcome.error
    assert outcome.detail
    assert outcome.retry_after is None or 0 <= outcome.retry_after < float("inf")
    outcome.meta_details.encode()
