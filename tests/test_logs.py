"""A line of the log: who asked, and nobody's number."""

import json
import logging
import logging.config
from io import StringIO

import pytest
from django.test import Client

from communications.models import Message
from pyfactor.logs import logging_config, masked


@pytest.fixture
def lines():
    """Log by the configuration of production; return what was written."""
    before = logging.root.handlers[:], logging.root.level
    stream = StringIO()
    config = logging_config(as_json=True)
    config["handlers"]["console"]["stream"] = stream
    logging.config.dictConfig(config)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.root.handlers, level = before
    logging.root.setLevel(level)


def test_line_is_one_json_object_with_its_time_in_utc(lines):
    logging.getLogger("communications.channel").warning("Channel %s\npaused", "676188225586230")

    [line] = lines()
    assert (line["level"], line["logger"]) == ("WARNING", "communications.channel")
    assert line["message"] == "Channel 676188225586230\npaused"
    assert line["time"].endswith("+00:00")


@pytest.mark.django_db
def test_line_about_a_message_can_be_found_by_its_id(lines, sandbox, invite):
    invite("+12025550130")

    [failed] = [line for line in lines() if line["logger"] == "communications.delivery"]
    assert failed["message_id"] == str(Message.objects.get().pk)
    assert failed["request_id"]


def test_line_about_something_else_names_no_message(lines):
    logging.getLogger("x").warning("Message template business_invitation is paused")

    assert "message_id" not in lines()[0]


def test_traceback_stays_in_its_line(lines):
    try:
        raise ValueError("Key (value)=(13855007716) already exists")
    except ValueError:
        logging.getLogger("x").exception("It broke")

    [line] = lines()
    assert "ValueError: Key (value)=(+13*******16) already exists" in line["exc_info"]


@pytest.mark.django_db
def test_lines_of_a_request_carry_its_name_and_the_answer_does_too(lines):
    name = "0b3f0c1e4f0e4d4d9a4c1c8d7f6e5a4b"

    answer = Client().get("/i/nobody/", headers={"X-Request-ID": name})

    assert answer["X-Request-ID"] == name
    assert {line["request_id"] for line in lines()} == {name}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["", "x", "a\tb", "0" * 500])
def test_name_that_is_no_id_is_replaced(name):
    answer = Client().get("/i/nobody/", headers={"X-Request-ID": name})

    assert answer["X-Request-ID"] != name
    assert len(answer["X-Request-ID"]) == 32


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("sent to +13855007716.", "sent to +13*******16."),
        ("Key (value)=(13855007716)", "Key (value)=(+13*******16)"),
        ("Gone: /i/tokenOfTheInvitation1/", "Gone: /i/…/"),
        ("Not Found: /api/invitations/13855007716/", "Not Found: /api/invitations/+13*******16/"),
        (
            "no null\nDETAIL:  Failing row contains (7, Ann (2),\nJoin).\nMore",
            "no null\nDETAIL:  Failing row contains (…).\nMore",
        ),
        ('"GET /v25.0/debug_token?input_token=EAAG7 HTTP/1.1"', '"GET /v25.0/debug_token?input_token=… HTTP/1.1"'),
        ("/?hub.verify_token=a%20b&hub.challenge=1", "/?hub.verify_token=…&hub.challenge=1"),
        ("Channel 676188225586230 paused", "Channel 676188225586230 paused"),
        ("2026-11-22T12:00:00+00:00", "2026-11-22T12:00:00+00:00"),
    ],
)
def test_only_numbers_of_people_and_links_to_invitations_are_masked(text, shown):
    assert masked(text) == shown
