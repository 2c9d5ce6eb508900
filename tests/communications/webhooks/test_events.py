"""A webhook's bytes to typed updates: whatever can be read is read, whatever cannot never hides its neighbours."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communications.contacts import Person
from communications.models import Status
from communications.statuses import StatusUpdate
from communications.webhooks.events import Account, AccountUpdate, Arrival, Call, OurNumber, Preference, read_updates

NUMBER = "676188225586230"
OUR_ACCOUNT = "1513500473389693"
WAMID = "wamid.HBgLMTIwMjU1NTAxMDAVAgARGBI2QjQ4RkY5Njc0NTQ5QjQ4MjkA"
OUR_ID = UUID("019a9c3e-5f00-7000-8000-0123456789ab")
USER_ID = "US.13491208655302741918"


def read(body):
    """The updates of a body, without the note on how Meta writes our own number."""
    updates = read_updates(body, account=Account(phone_number_id=NUMBER, business_account_id=OUR_ACCOUNT))
    return [update for update in updates if not isinstance(update, OurNumber)]


def at(unix):
    return datetime.fromtimestamp(unix, UTC)


def item(**changes):
    return {"id": WAMID, "status": "delivered", "timestamp": "1795348803", **changes}


def webhook(*statuses, **value):
    value = {"metadata": {"phone_number_id": NUMBER}, "statuses": list(statuses), **value}
    return json.dumps({"entry": [{"changes": [{"field": "messages", "value": value}]}]}).encode()


@pytest.mark.parametrize(
    ("name", "status", "unix"),
    [
        ("status_sent", Status.SENT, 1795348801),
        ("status_delivered", Status.DELIVERED, 1795348803),
        ("status_read", Status.READ, 1795348807),
        ("status_played", Status.READ, 1795348809),
    ],
)
def test_status_is_read_with_everything_that_names_its_message(payload, name, status, unix):
    assert read(payload(name)) == [
        StatusUpdate(
            wamid=WAMID,
            status=status,
            at=at(unix),
            message_id=OUR_ID,
            person=Person(wa_id="12025550100", user_id=USER_ID),
            meta_code=None,
            details={"pricing": {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "marketing"}},
        )
    ]


def test_failure_is_read_without_a_recipient(payload):
    [update] = read(payload("status_failed_without_recipient"))

    assert (update.status, update.meta_code, update.person) == (Status.FAILED, 131026, Person())
    assert update.details["errors"][0]["error_data"] == {"details": "Message Undeliverable."}


def test_status_is_read_without_our_id(payload):
    [update] = read(payload("status_delivered_without_our_id"))

    assert (update.wamid, update.message_id) == (WAMID, None)


def test_status_is_read_without_a_number(payload):
    [update] = read(payload("status_of_hidden_number"))

    assert update.person == Person(user_id=USER_ID)


def test_unknown_status_is_passed_over_and_its_neighbours_are_kept(payload):
    assert [update.status for update in read(payload("status_unknown_between_known"))] == ["sent", "delivered"]


def test_every_update_of_every_change_of_every_entry_is_read(payload):
    updates = read(payload("updates_batched"))

    assert [getattr(update, "status", "inbound") for update in updates] == ["sent", "delivered", "read", "inbound"]


@pytest.mark.parametrize("name", ["status_of_another_number", "field_unknown"])
def test_what_is_not_about_us_or_is_unknown_reads_as_nothing(payload, name):
    assert read(payload(name)) == []


@pytest.mark.parametrize(
    "name",
    ["message_text", "message_unsupported", "message_button_reply", "message_with_null_character",
     "message_that_spells_a_null_character", "user_changed_number"],
)  # fmt: skip
def test_inbound_message_of_any_type_says_who_wrote_and_when(payload, name):
    [heard] = read(payload(name))

    assert isinstance(heard, Arrival)
    assert (heard.person.wa_id, heard.person.user_id, heard.at) == ("12025550100", USER_ID, at(1795348900))


def test_inbound_message_is_read_without_a_number(payload):
    [heard] = read(payload("message_from_hidden_number"))

    assert (heard.person.wa_id, heard.person.user_id) == ("", USER_ID)


@pytest.mark.parametrize(
    "odd",
    [
        None,
        5,
        "sent",
        [],
        {},
        {"status": "delivered"},
        item(status=None),
        item(status=5),
        item(status=["sent"]),
        item(status={}),
        item(status="SENT"),
        item(timestamp=None),
        item(timestamp=[]),
        item(timestamp=""),
        item(timestamp="soon"),
        item(timestamp="1e9"),
        item(timestamp="9" * 12),
        item(timestamp="9" * 30),
        item(timestamp="9" * 5000),
        item(timestamp="-" + "9" * 15),
        item(timestamp="-1"),
        item(timestamp="253402300799"),
        item(id=None),
        item(id=5),
        item(id=""),
        item(id="\x00"),
        item(id="w" * 256),
    ],
    ids=lambda odd: ascii(odd)[:60].replace("\\", ""),
)
def test_item_that_cannot_be_read_never_hides_its_neighbours(odd):
    updates = read(webhook(item(status="sent"), odd, item(status="read")))

    assert [update.status for update in updates] == ["sent", "read"]


@pytest.mark.parametrize("odd", [None, 5, "x", [], {}, [None], ["x"], [[]], [{}]], ids=str)
@pytest.mark.parametrize("place", ["entry", "changes", "value", "metadata", "statuses"])
def test_wrong_type_at_any_level_reads_as_nothing(place, odd):
    value = {"metadata": {"phone_number_id": NUMBER}, "statuses": [item()]}
    change = {"field": "messages", "value": value}
    entry = {"changes": [change]}
    shell = {"entry": [entry]}
    {"entry": shell, "changes": entry, "value": change, "metadata": value, "statuses": value}[place][place] = odd

    assert read(json.dumps(shell).encode()) == []


@pytest.mark.parametrize("body", [b"null", b"5", b'"x"', b"[]", b"[[]]", b"{}", b'{"entry": [null, {}]}'])
def test_json_of_another_shape_reads_as_nothing(body):
    assert read(body) == []


@pytest.mark.parametrize(
    "odd",
    [{"errors": None}, {"errors": {}}, {"errors": ["x"]}, {"errors": [None]}, {"errors": [{"code": "131026"}]},
     {"errors": [{"code": True}]}, {"errors": [{"code": -5}]}, {"errors": [{"code": 2**31}]}, {"pricing": None},
     {"biz_opaque_callback_data": 5}, {"biz_opaque_callback_data": "not ours"}, {"recipient_id": 5}],
    ids=str,
)  # fmt: skip
def test_odd_detail_does_not_hide_the_status(odd):
    [update] = read(webhook(item(status="failed", **odd)))

    assert update.wamid == WAMID
    assert (update.meta_code, update.message_id, update.person.wa_id) == (None, None, "")
    assert all(isinstance(error, dict) for error in update.details.get("errors", []))


def test_readable_error_behind_an_unreadable_one_counts():
    [update] = read(webhook(item(status="failed", errors=["x", {"code": 131026}])))

    assert update.meta_code == 131026


def test_what_no_database_can_keep_is_left_out_of_the_details():
    body = webhook(item(pricing={"a": "@@"})).replace(
        b'"@@"', b'["x\\u0000y", "\\ud83d!", NaN, -Infinity, 1e999, {"\\u0000k": 1}, "\\\\u0000"]'
    )

    [update] = read(body)

    assert update.details["pricing"]["a"] == ["xy", "!", None, None, None, {"k": 1}, "\\u0000"]


def test_details_nested_like_an_abyss_do_not_hide_the_status():
    abyss = {}
    for _ in range(200):
        abyss = {"in": abyss}

    [update] = read(webhook(item(pricing=abyss)))

    assert len(json.dumps(update.details)) < 500


@pytest.mark.parametrize(
    "body",
    [b"", b"garbage", b'{"entry": ', b"\xff\xfe", b"\x00", b"[" * 100_000, b'{"entry":' * 100_000, b"9" * 10_000],
    ids=lambda body: ascii(body[:12]).replace("\\", ""),
)
def test_body_that_is_not_json_is_a_value_error(body):
    with pytest.raises(ValueError):  # noqa: PT011  any text will do
        read(body)


# What stands beside, and other fields


def change(about, entry=None, **value):
    value = {"metadata": {"phone_number_id": NUMBER}, **value}
    return json.dumps({"entry": [{"id": OUR_ACCOUNT, "changes": [{"field": about, "value": value}], **(entry or {})}]})


def read_change(about, entry=None, **value):
    return read(change(about, entry, **value).encode())


@pytest.mark.parametrize(
    "named",
    [{"from": "12025550100"}, {"from_user_id": USER_ID}, {"from": "12025550100", "from_user_id": USER_ID}],
    ids=["by number", "by user ID", "by both"],
)
def test_contact_beside_a_message_completes_its_sender(named):
    beside = {"wa_id": "12025550100", "user_id": USER_ID, "parent_user_id": "US.1", "profile": {"name": "Amina"}}
    message = {"id": "wamid.in", "timestamp": "1795348900", "type": "text", "text": {"body": "Hi"}, **named}

    [heard] = read_change("messages", contacts=[beside], messages=[message])

    assert heard.person == Person("12025550100", USER_ID, "US.1", "Amina")


def test_contact_beside_a_message_of_somebody_else_is_not_mixed_in():
    beside = {"wa_id": "12025550111", "user_id": "US.2", "profile": {"name": "Bob"}}
    message = {"from": "12025550100", "id": "wamid.in", "timestamp": "1795348900", "type": "text"}

    [heard] = read_change("messages", contacts=[beside], messages=[message])

    assert heard.person == Person("12025550100")


def test_failure_without_a_recipient_is_not_given_the_contact_beside_it():
    beside = {"wa_id": "12025550111", "user_id": "US.2"}

    [update] = read_change("messages", contacts=[beside], statuses=[item(status="failed")])

    assert update.person == Person()


@pytest.mark.parametrize(
    "odd",
    [
        None,
        5,
        {},
        ["x"],
        [None],
        [{"wa_id": 5}],
        [{"profile": "x"}],
        [{"wa_id": "12025550100", "profile": {"name": 5}}],
    ],
    ids=str,
)
def test_odd_contacts_do_not_hide_the_message_beside_them(odd):
    message = {"from": "12025550100", "id": "wamid.in", "timestamp": "1795348900", "type": "text"}

    [heard] = read_change("messages", contacts=odd, messages=[message])

    assert heard.person == Person("12025550100")


def test_message_says_what_it_answers_and_is_kept_whole(payload):
    [heard] = read(payload("message_button_reply"))

    assert (heard.kind, heard.context_wamid) == ("interactive", WAMID)
    assert heard.content["interactive"] == {"type": "button_reply", "button_reply": {"id": "yes", "title": "Yes"}}


@pytest.mark.parametrize("odd", [None, 5, "x", [], {"id": None}, {"id": 5}, {"id": "w" * 256}], ids=ascii)
def test_odd_context_does_not_hide_the_message(odd):
    message = {"from": "12025550100", "id": "wamid.in", "timestamp": "1795348900", "type": "text", "context": odd}

    [heard] = read_change("messages", messages=[message])

    assert heard.context_wamid == ""


@pytest.mark.parametrize("kind", [None, 5, [], "", "t" * 31], ids=ascii)
def test_message_of_a_type_that_is_no_type_is_unknown(kind):
    message = {"from": "12025550100", "id": "wamid.in", "timestamp": "1795348900", "type": kind}

    [heard] = read_change("messages", messages=[message])

    assert heard.kind == "unknown"


def test_call_from_a_person_is_read():
    call = {"id": "wacid.1", "from": "12025550100", "event": "connect", "timestamp": "1795348900",
            "direction": "USER_INITIATED"}  # fmt: skip

    assert read_change("calls", calls=[call]) == [Call(at(1795348900), Person("12025550100"))]


@pytest.mark.parametrize(
    "odd",
    [None, {}, {"timestamp": "1795348900"}, {"from": "12025550100"},
     {"from": "12025550100", "timestamp": "1795348900", "direction": "BUSINESS_INITIATED"}],
    ids=str,
)  # fmt: skip
def test_call_of_nobody_or_of_ours_reads_as_nothing(odd):
    assert read_change("calls", calls=[odd]) == []


@pytest.mark.parametrize("value", ["stop", "resume"])
@pytest.mark.parametrize("timestamp", ["1795348900", 1795348900], ids=["as text", "as a number"])
def test_preference_is_read(value, timestamp):
    preference = {"wa_id": "12025550100", "detail": "…", "category": "marketing_messages", "value": value,
                  "timestamp": timestamp}  # fmt: skip

    [update] = read_change("user_preferences", user_preferences=[preference])

    assert isinstance(update, Preference)
    assert (update.value, update.at, update.person) == (value, at(1795348900), Person("12025550100"))


@pytest.mark.parametrize(
    "odd", [{"value": "pause"}, {"value": None}, {"value": []}, {"category": "utility"}, {"timestamp": None},
            {"wa_id": None}], ids=str,
)  # fmt: skip
def test_preference_that_says_nothing_of_marketing_reads_as_nothing(odd):
    preference = {"wa_id": "12025550100", "value": "stop", "timestamp": "1795348900"}

    assert read_change("user_preferences", user_preferences=[preference | odd]) == []


def test_word_about_our_template_is_read_with_its_time(payload):
    [update] = read(payload("template_approved"))

    assert isinstance(update, AccountUpdate)
    assert (update.field, update.at) == ("message_template_status_update", at(1795348800))
    assert update.value["event"] == "APPROVED"


@pytest.mark.parametrize(
    "about",
    ["message_template_status_update", "message_template_quality_update", "template_category_update",
     "phone_number_quality_update", "phone_number_name_update", "business_capability_update", "account_update",
     "account_alerts", "account_review_update", "security"],
)  # fmt: skip
def test_every_field_about_our_account_is_read_and_of_another_account_is_not(about):
    ours = {"time": 1795348800}
    theirs = {"id": "999", "time": 1795348800}

    assert [(update.field, update.at) for update in read_change(about, ours)] == [(about, at(1795348800))]
    assert read_change(about, theirs) == []


def test_error_at_the_level_of_the_value_is_read_beside_its_neighbours():
    error = {"code": 131000, "title": "Something went wrong"}

    updates = read_change("messages", {"time": 1795348800}, statuses=[item()], errors=[None, error])

    assert [type(update) for update in updates] == [StatusUpdate, AccountUpdate]
    assert (updates[1].field, updates[1].value, updates[1].at) == ("errors", error, at(1795348800))


@pytest.mark.parametrize("time", [None, "soon", [], -(10**20)], ids=str)
def test_entry_without_a_time_is_read_all_the_same(time):
    [update] = read_change("account_update", {"time": time})

    assert update.at == at(0)


def test_thousand_updates_of_one_webhook_are_all_read():
    statuses = [item(id=f"wamid.{number}") for number in range(1000)]

    assert [update.wamid for update in read(webhook(*statuses))] == [each["id"] for each in statuses]


# Anything at all


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([NUMBER, "sent", "1795348803"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
STATUS = st.fixed_dictionaries(
    {"id": st.just(WAMID) | JSON, "status": st.sampled_from(["sent", "failed"]) | JSON,
     "timestamp": st.just("1795348803") | st.integers().map(str) | JSON},
    optional={"errors": JSON | st.lists(JSON), "pricing": JSON, "recipient_id": JSON, "biz_opaque_callback_data": JSON},
)  # fmt: skip
INBOUND = st.fixed_dictionaries(
    {"from": JSON, "from_user_id": JSON, "id": JSON, "timestamp": JSON | st.just("1795348803")}
)


@given(st.lists(STATUS | JSON, max_size=4), st.lists(INBOUND | JSON, max_size=4))
def test_any_items_are_read_or_passed_over_and_can_be_kept(statuses, messages):
    for update in read(webhook(*statuses, messages=messages)):
        assert "\x00" not in update.wamid + update.person.wa_id + update.person.user_id
        assert len(update.wamid) <= 255
        json.dumps([getattr(update, kept, {}) for kept in ("details", "content")], allow_nan=False)


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_a_value_error(body):
    try:
        updates = read(body)
    except ValueError:
        return
    assert updates == []
