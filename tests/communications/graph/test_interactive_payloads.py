"""Messages with something to press: at each limit they are built, one above they are refused by name."""

import json

import pytest

from communications.errors import InvalidMessage
from communications.graph.interactive_payloads import (
    Button,
    Row,
    Section,
    contact_request,
    cta_url,
    list_message,
    location_request,
    reply_buttons,
)

# One person, one family, one flag: single pictures of one, seven and two characters.
WAVE, FAMILY, FLAG = "👋", "👨‍👩‍👧‍👦", "🇬🇳"
URL = "https://dott.example/"


def buttons(*, count=1, **changes):
    return [Button(**{"id": f"b{n}", "title": f"Button {n}"} | changes) for n in range(count)]


def rows(*, count=1, prefix="r", **changes):
    return [Row(**{"id": f"{prefix}{n}", "title": f"Row {n}"} | changes) for n in range(count)]


def with_buttons(body="Body", header="", footer="", count=1, **changes):
    return reply_buttons(body, buttons(count=count, **changes), header=header, footer=footer)


def with_list(body="Body", button="Open", header="", footer="", section="", count=1, **changes):
    return list_message(body, button, [Section(section, rows(count=count, **changes))], header=header, footer=footer)


def with_link(body="Body", label="Open", url=URL, header="", footer=""):
    return cta_url(body, label, url, header=header, footer=footer)


def written(content):
    return json.dumps(content, ensure_ascii=False)


def refusal_of(build, **arguments):
    with pytest.raises(InvalidMessage) as refused:
        build(**arguments)
    return refused.value.detail


# As in Meta's examples


def test_reply_buttons_are_built_as_meta_documents_them():
    content = reply_buttons(
        "Your gardening workshop is tomorrow.",
        [Button("change-button", "Change"), Button("cancel-button", "Cancel")],
        header="Workshop Details",
        footer="Lucky Shrub: Your gateway to succulents!™",
    )

    assert content == {
        "type": "interactive",
        "interactive": {
            "type": "button",
            "header": {"type": "text", "text": "Workshop Details"},
            "body": {"text": "Your gardening workshop is tomorrow."},
            "footer": {"text": "Lucky Shrub: Your gateway to succulents!™"},
            "action": {
                "buttons": [
                    {"type": "reply", "reply": {"id": "change-button", "title": "Change"}},
                    {"type": "reply", "reply": {"id": "cancel-button", "title": "Cancel"}},
                ]
            },
        },
    }


def test_list_is_built_as_meta_documents_it():
    content = list_message(
        "Which shipping option do you prefer?",
        "Shipping Options",
        [
            Section("I want it ASAP!", [Row("priority_express", "Priority Mail Express", "Next Day to 2 Days")]),
            Section("I can wait a bit", [Row("media_mail", "Media Mail")]),
        ],
        header="Choose Shipping Option",
        footer="Lucky Shrub: Your gateway to succulents™",
    )

    assert content == {
        "type": "interactive",
        "interactive": {
            "type": "list",
            "header": {"type": "text", "text": "Choose Shipping Option"},
            "body": {"text": "Which shipping option do you prefer?"},
            "footer": {"text": "Lucky Shrub: Your gateway to succulents™"},
            "action": {
                "button": "Shipping Options",
                "sections": [
                    {
                        "title": "I want it ASAP!",
                        "rows": [
                            {
                                "id": "priority_express",
                                "title": "Priority Mail Express",
                                "description": "Next Day to 2 Days",
                            }
                        ],
                    },
                    {"title": "I can wait a bit", "rows": [{"id": "media_mail", "title": "Media Mail"}]},
                ],
            },
        },
    }


def test_link_is_built_as_meta_documents_it():
    content = cta_url(
        "Tap the button below to see available dates.",
        "See Dates",
        "https://www.luckyshrub.com?clickID=kqDGWd24Q5TR",
        header="New workshop dates announced!",
        footer="Dates subject to change.",
    )

    assert content == {
        "type": "interactive",
        "interactive": {
            "type": "cta_url",
            "header": {"type": "text", "text": "New workshop dates announced!"},
            "body": {"text": "Tap the button below to see available dates."},
            "action": {
                "name": "cta_url",
                "parameters": {
                    "display_text": "See Dates",
                    "url": "https://www.luckyshrub.com?clickID=kqDGWd24Q5TR",
                },
            },
            "footer": {"text": "Dates subject to change."},
        },
    }


@pytest.mark.parametrize(
    ("build", "kind", "name"),
    [
        (location_request, "location_request_message", "send_location"),
        (contact_request, "request_contact_info", "request_contact_info"),
    ],
)
def test_request_is_built_as_meta_documents_it(build, kind, name):
    content = build("Where shall we deliver?")

    assert content == {
        "type": "interactive",
        "interactive": {"type": kind, "body": {"text": "Where shall we deliver?"}, "action": {"name": name}},
    }


def test_what_is_left_out_is_absent_and_not_empty():
    assert set(with_buttons()["interactive"]) == {"type", "body", "action"}
    assert with_list()["interactive"]["action"]["sections"] == [{"rows": [{"id": "r0", "title": "Row 0"}]}]


# Limits of characters

LIMITS = [
    (with_buttons, "body", 1024, "The body"),
    (with_buttons, "header", 60, "The header"),
    (with_buttons, "footer", 60, "The footer"),
    (with_buttons, "id", 256, "The ID of button 1"),
    (with_buttons, "title", 20, "The title of button 1"),
    (with_list, "body", 4096, "The body"),
    (with_list, "header", 60, "The header"),
    (with_list, "footer", 60, "The footer"),
    (with_list, "button", 20, "The label of the list's button"),
    (with_list, "section", 24, "The title of section 1"),
    (with_list, "title", 24, "The title of row 1 in section 1"),
    (with_list, "id", 200, "The ID of row 1 in section 1"),
    (with_list, "description", 72, "The description of row 1 in section 1"),
    (with_link, "body", 1024, "The body"),
    (with_link, "header", 60, "The header"),
    (with_link, "footer", 60, "The footer"),
    (with_link, "label", 20, "The label of the link"),
    (location_request, "body", 1024, "The body"),
    (contact_request, "body", 1024, "The body"),
]
named = pytest.mark.parametrize(
    ("build", "field", "limit", "name"), LIMITS, ids=[f"{build.__name__} {field}" for build, field, *_ in LIMITS]
)


@named
@pytest.mark.parametrize("letter", ["x", "م", WAVE], ids=["latin", "right to left", "emoji"])
def test_field_at_its_limit_is_kept_whole(build, field, limit, name, letter):
    content = build(**{field: letter * limit})

    assert letter * limit in written(content)


@named
def test_field_one_above_its_limit_is_refused_by_name(build, field, limit, name):
    told = refusal_of(build, **{field: "x" * (limit + 1)})

    assert told == f"{name} has {limit + 1} characters; WhatsApp takes {limit}."


@named
@pytest.mark.parametrize("emoji", [FAMILY, FLAG], ids=["family", "flag"])
def test_emoji_that_does_not_fit_whole_is_refused_and_never_cut(build, field, limit, name, emoji):
    text = "x" * (limit - len(emoji) + 1) + emoji

    assert f"WhatsApp takes {limit}." in refusal_of(build, **{field: text})
    assert text[1:] in written(build(**{field: text[1:]}))


@named
@pytest.mark.parametrize("junk", ["half \ud83d", "a\x00b"], ids=ascii)
def test_field_that_is_not_text_is_refused_by_name(build, field, limit, name, junk):
    assert refusal_of(build, **{field: junk}).startswith(f"{name} holds characters that are not text")


@named
@pytest.mark.parametrize("value", [None, 5, ["a"]], ids=str)
def test_field_of_another_type_is_refused_by_name(build, field, limit, name, value):
    assert refusal_of(build, **{field: value}) == f"{name} is not a text."


OPTIONAL = {(with_list, "section"), (with_list, "description")}
REQUIRED = [row for row in LIMITS if row[1] not in {"header", "footer"} and row[:2] not in OPTIONAL]


@pytest.mark.parametrize(("build", "field", "limit", "name"), REQUIRED)
@pytest.mark.parametrize("value", ["", " \n"], ids=["empty", "blank"])
def test_required_field_that_is_empty_is_refused_by_name(build, field, limit, name, value):
    assert refusal_of(build, **{field: value}) == f"{name} is empty; WhatsApp takes 1 to {limit} characters."


def test_blank_header_is_refused_though_an_empty_one_is_left_out():
    assert refusal_of(with_buttons, header=" ").startswith("The header is empty")


def test_address_of_a_link_has_its_limit():
    longest = URL + "x" * (2000 - len(URL))

    assert with_link(url=longest)["interactive"]["action"]["parameters"]["url"] == longest
    assert refusal_of(with_link, url=longest + "x") == (
        "The address of the link has 2001 characters; WhatsApp takes 2000."
    )


# Limits of numbers


@pytest.mark.parametrize("count", [1, 3])
def test_one_to_three_buttons_are_taken(count):
    assert len(with_buttons(count=count)["interactive"]["action"]["buttons"]) == count


@pytest.mark.parametrize(("count", "told"), [(0, "no"), (4, "4")])
def test_other_numbers_of_buttons_are_refused(count, told):
    assert refusal_of(with_buttons, count=count) == f"The message has {told} buttons; WhatsApp takes 1 to 3."


@pytest.mark.parametrize("sizes", [[1], [10], [1] * 10, [4, 6]], ids=str)
def test_up_to_ten_rows_in_up_to_ten_sections_are_taken(sizes):
    sections = [Section(f"S{n}", rows(count=size, prefix=f"{n}-")) for n, size in enumerate(sizes)]

    content = list_message("Body", "Open", sections)

    assert [len(section["rows"]) for section in content["interactive"]["action"]["sections"]] == sizes


@pytest.mark.parametrize(
    ("sizes", "told"),
    [
        ([], "The message has no sections; WhatsApp takes 1 to 10."),
        ([1] * 11, "The message has 11 sections; WhatsApp takes 1 to 10."),
        ([0], "The message has no rows; WhatsApp takes 1 to 10."),
        ([11], "The message has 11 rows; WhatsApp takes 1 to 10."),
        ([5, 6], "The message has 11 rows; WhatsApp takes 1 to 10."),
        ([1, 0], "Section 2 has no rows; give it one or leave it out."),
    ],
    ids=str,
)
def test_other_numbers_of_rows_and_sections_are_refused(sizes, told):
    sections = [Section(f"S{n}", rows(count=size, prefix=f"{n}-")) for n, size in enumerate(sizes)]

    assert refusal_of(list_message, body="Body", button="Open", sections=sections) == told


# Rules


def test_section_without_a_title_is_refused_beside_another():
    sections = [Section("First", rows(prefix="a")), Section("", rows(prefix="b"))]

    told = refusal_of(list_message, body="Body", button="Open", sections=sections)

    assert told == "The title of section 2 is empty; WhatsApp takes 1 to 24 characters."


def test_second_button_is_named_by_its_place():
    told = refusal_of(reply_buttons, body="Body", buttons=[Button("a", "Yes"), Button("b", "x" * 24)])

    assert told == "The title of button 2 has 24 characters; WhatsApp takes 20."


@pytest.mark.parametrize(
    ("pair", "field"), [(("same", "A", "same", "B"), "ID"), (("a", "Same", "b", "Same"), "title")], ids=["id", "title"]
)
def test_buttons_that_cannot_be_told_apart_are_refused(pair, field):
    twins = [Button(*pair[:2]), Button("other", "Other"), Button(*pair[2:])]

    told = refusal_of(reply_buttons, body="Body", buttons=twins)

    assert told.startswith(f"Button 1 and button 3 have the same {field}")


def test_rows_that_cannot_be_told_apart_are_refused_across_sections():
    sections = [Section("A", rows()), Section("B", rows())]

    told = refusal_of(list_message, body="Body", button="Open", sections=sections)

    assert told.startswith("Row 1 and row 2 have the same ID")


@pytest.mark.parametrize("build", [with_buttons, with_list], ids=["button", "row"])
@pytest.mark.parametrize("identifier", [" a", "a ", "a\n"], ids=ascii)
def test_id_with_spaces_around_it_is_refused(build, identifier):
    assert "begins or ends with a space" in refusal_of(build, id=identifier)


@pytest.mark.parametrize("url", ["https://dott.example", "http://dott.example/?a=1#b", "https://مثال.example/ا"])
def test_web_address_is_kept_verbatim(url):
    assert with_link(url=url)["interactive"]["action"]["parameters"]["url"] == url


@pytest.mark.parametrize(
    "url",
    ["dott.example", "javascript:alert(1)", "tel:+13855007716", "https://", "https:///a", "https://[", URL + "a b",
     URL + "\n", URL + "\u202e"],
    ids=ascii,
)  # fmt: skip
def test_what_is_no_web_address_is_refused(url):
    assert refusal_of(with_link, url=url).startswith("The address of the link is no web address")


PICTURE = {"type": "image", "image": {"id": "1037543291543636"}}


@pytest.mark.parametrize("build", [with_buttons, with_link])
@pytest.mark.parametrize(
    "header",
    [
        PICTURE,
        {"type": "video", "video": {"link": "https://cdn.example.com/tour.mp4"}},
        {"type": "document", "document": {"id": "1037543291543636", "filename": "offer.pdf"}},
    ],
    ids=lambda header: header["type"],
)
def test_buttons_and_links_stand_under_a_picture_a_video_or_a_document(build, header):
    assert build(header=header)["interactive"]["header"] == header


def test_list_stands_under_a_text_only():
    assert refusal_of(with_list, header=PICTURE).startswith("The header of a list is a text")


@pytest.mark.parametrize("header", [{"type": "audio", "audio": {"id": "1"}}, {"type": "image"}, {}, 5, None])
def test_anything_else_is_no_header(header):
    assert "header" in refusal_of(with_buttons, header=header)


def test_caption_has_no_place_in_a_header():
    header = {"type": "image", "image": {"id": "1", "caption": "Look"}}

    assert refusal_of(with_buttons, header=header).startswith("The header has a caption")
