"""What can be read of a message, and what was pressed, whatever else it holds."""

import pytest

from communications.message_content import pressed_payload, text_of


@pytest.mark.parametrize(
    ("kind", "part", "text"),
    [
        ("text", {"body": "Hello", "caption": "no"}, "Hello"),
        ("image", {"caption": "Our house", "filename": "no"}, "Our house"),
        ("video", {"caption": "The garden", "body": "no"}, "The garden"),
        ("document", {"caption": "Paid", "filename": "invoice.pdf"}, "Paid"),
        ("document", {"caption": "", "filename": "invoice.pdf"}, "invoice.pdf"),
        ("document", {"caption": None}, ""),
        ("button", {"payload": "yes", "text": "Yes"}, "Yes"),
        ("interactive", {"button_reply": {"id": "1", "title": "Yes"}, "body": {"text": "no"}}, "Yes"),
        ("interactive", {"list_reply": {"id": "1", "title": "Monday"}}, "Monday"),
        ("interactive", {"nfm_reply": {"body": "Sent"}}, "Sent"),
        ("interactive", {"body": {"text": "Choose"}, "button_reply": "no"}, "Choose"),
        ("reaction", {"message_id": "1", "emoji": "👍"}, "👍"),
        ("order", {"text": "Two please"}, "Two please"),
        ("system", {"body": "Changed"}, "Changed"),
        ("edit", {"message": {"type": "text", "text": {"body": "New"}}}, "New"),
        ("location", {"latitude": 1.5, "longitude": -2.5, "name": "Dott", "address": "Main St"}, "Dott, Main St"),
        ("location", {"latitude": 1.5, "longitude": -2.5, "address": "Main St"}, "Main St"),
        ("location", {"latitude": 1.5, "longitude": -2.5}, "1.5, -2.5"),
        ("location", {"latitude": 0, "longitude": 0}, "0, 0"),
        ("location", {"latitude": 1.5}, ""),
        ("location", {"longitude": 1.5}, ""),
        ("contacts", [{"name": {"formatted_name": "Ann"}}, None, {}, {"name": {"formatted_name": "Bob"}}], "Ann, Bob"),
        ("contacts", {"name": {"formatted_name": "Ann"}}, ""),
        ("text", [{"name": {"formatted_name": "Ann"}}], ""),
        ("hologram", {"body": "later"}, ""),
    ],
)
def test_bubble_holds_what_a_person_can_read(kind, part, text):
    assert text_of({"type": kind, kind: part}) == text


@pytest.mark.parametrize("message", [{}, {"type": None}, {"type": 5, 5: {}}, {"type": "text"}, {"type": ["text"]}])
def test_message_without_a_shape_has_nothing_to_read(message):
    assert text_of(message) == ""
    assert pressed_payload(message) == ""


@pytest.mark.parametrize(
    ("message", "payload"),
    [
        ({"interactive": {"button_reply": {"id": "a", "title": "no"}}}, "a"),
        ({"interactive": {"list_reply": {"id": "b", "title": "no"}}}, "b"),
        ({"button": {"payload": "c", "text": "no"}}, "c"),
        ({"interactive": {"button_reply": {"id": ""}}, "button": {"payload": "c"}}, "c"),
        ({"interactive": {"button_reply": {"id": 5}}}, ""),
        ({"interactive": "a"}, ""),
        ({"text": {"body": "Hello"}}, ""),
    ],
)
def test_button_or_row_that_was_pressed_is_read(message, payload):
    assert pressed_payload(message) == payload
