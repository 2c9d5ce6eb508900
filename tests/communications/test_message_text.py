"""What a text may hold: every limit, from both sides."""

import pytest

from communications.errors import InvalidMessage
from communications.message_text import EMPTY_MESSAGE, check_characters, check_text, readable


@pytest.mark.parametrize("body", ["a", " a ", "a" * 4096, "é\n\t👍", "\x01\ud7ff\ue000"], ids=range(5))
def test_what_whatsapp_can_carry_is_taken(body):
    check_text(body)
    assert readable(body) == body


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", EMPTY_MESSAGE),
        (" \n\t\u00a0", EMPTY_MESSAGE),
        (None, EMPTY_MESSAGE),
        (5, EMPTY_MESSAGE),
        ("a" * 4097, "Shorten the message to 4096 characters: it has 4097."),
        ("a\x00b", "Remove the characters that are not text (U+0000, or half of an emoji)."),
        ("\ud800", "Remove the characters that are not text (U+0000, or half of an emoji)."),
        ("half \udfff", "Remove the characters that are not text (U+0000, or half of an emoji)."),
    ],
    ids=range(8),
)
def test_what_it_cannot_carry_is_refused_with_what_to_do(body, why):
    with pytest.raises(InvalidMessage) as caught:
        check_text(body)

    assert caught.value.detail == why


def test_characters_alone_are_checked_where_the_length_is_of_no_matter():
    check_characters("a" * 5000)
    with pytest.raises(InvalidMessage):
        check_characters("a\x00")


def test_what_is_no_text_is_left_out_where_nobody_can_be_asked():
    assert readable("a\x00b\ud800c\udfff") == "abc"
