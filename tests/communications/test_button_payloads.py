"""Signed payloads: what we made is read back, anything else does nothing."""

import pytest
from django.core.signing import Signer

from communications import button_payloads
from communications.errors import InvalidMessage


@pytest.mark.parametrize(
    ("action", "subject"),
    [("confirm", ""), ("confirm", "42"), ("rate_2", "order:7:stars:5"), ("book", "موعد"), ("book", "tea ☕")],
)
def test_payload_that_we_signed_is_read_back(action, subject):
    payload = button_payloads.sign(action, subject)

    assert button_payloads.read(payload) == (action, subject)


def test_payload_on_a_phone_is_read_after_the_next_release_too(settings):
    settings.SECRET_KEY = "of a test"

    assert button_payloads.read("confirm:42:h1SH_QkExSJFbQ1p349CLdKGe17Q0Qq4uLTfMeXhAVM") == ("confirm", "42")


def test_payload_is_short_enough_for_a_row_and_one_character_more_is_refused():
    room = button_payloads.PAYLOAD_LIMIT - len(button_payloads.sign("confirm"))

    assert len(button_payloads.sign("confirm", "x" * room)) == 200
    with pytest.raises(InvalidMessage, match="has 201 characters; WhatsApp takes 200"):
        button_payloads.sign("confirm", "x" * (room + 1))


@pytest.mark.parametrize("action", ["", "Confirm", "con:firm", "1st", "a b", "é"])
def test_action_that_could_be_read_in_two_ways_is_refused(action):
    with pytest.raises(InvalidMessage, match="action"):
        button_payloads.sign(action, "42")


@pytest.mark.parametrize("subject", [" 42", "42\n", "a\x00b", "half \ud83d"])
def test_subject_that_would_not_come_back_the_same_is_refused(subject):
    with pytest.raises(InvalidMessage, match="subject"):
        button_payloads.sign("confirm", subject)


@pytest.mark.parametrize("payload", ["", "yes", ":", "confirm:42", "confirm:42:", "confirm:42:half \ud83d"])
def test_unsigned_payload_is_nobodys(payload):
    assert button_payloads.read(payload) is None


def test_payload_with_any_character_changed_is_nobodys():
    payload = button_payloads.sign("confirm", "42")
    forged = [payload[:at] + "~" + payload[at + 1 :] for at in range(len(payload))]

    assert {button_payloads.read(text) for text in forged} == {None}


def test_signature_of_another_part_of_the_system_is_nobodys():
    assert button_payloads.read(Signer().sign("confirm:42")) is None


def test_payload_outlives_a_renewed_secret_key_while_the_old_one_is_a_fallback(settings):
    payload = button_payloads.sign("confirm", "42")
    old, settings.SECRET_KEY = settings.SECRET_KEY, "renewed"

    assert button_payloads.read(payload) is None
    settings.SECRET_KEY_FALLBACKS = [old]
    assert button_payloads.read(payload) == ("confirm", "42")
