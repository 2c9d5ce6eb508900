"""A place, contact cards, a reaction: at each limit they are built, one above they are refused by name."""

import pytest

from communications.errors import InvalidMessage
from communications.graph.shared_payloads import CardPhone, ContactCard, contacts, location, reaction

WAMID = "wamid.HBgLMTY0NjcwNDM1OTUVAgASGBQzQTdCNTg5RjY1MEMyRjlGMjRGNgA="


def refusal_of(build, *arguments, **named):
    with pytest.raises(InvalidMessage) as refused:
        build(*arguments, **named)
    return refused.value.detail


# A place


def test_location_is_built_as_meta_documents_it():
    content = location(
        37.44216251868683, -122.16153582049394, "Philz Coffee", "101 Forest Ave, Palo Alto, CA 94301"
    )  # fmt: skip

    assert content == {
        "type": "location",
        "location": {
            "latitude": "37.44216251868683",
            "longitude": "-122.16153582049394",
            "name": "Philz Coffee",
            "address": "101 Forest Ave, Palo Alto, CA 94301",
        },
    }


def test_location_needs_no_name():
    assert location(0, 1e-7)["location"] == {"latitude": "0", "longitude": "0.0000001"}


@pytest.mark.parametrize(("latitude", "longitude"), [(90, 180), (-90, -180)])
def test_coordinates_at_their_limits_are_taken(latitude, longitude):
    assert location(latitude, longitude)["location"] == {"latitude": str(latitude), "longitude": str(longitude)}


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ((90.0001, 0), "The latitude is 90.0001; WhatsApp takes -90 to 90 degrees."),
        ((-91, 0), "The latitude is -91; WhatsApp takes -90 to 90 degrees."),
        ((0, 180.5), "The longitude is 180.5; WhatsApp takes -180 to 180 degrees."),
        ((float("nan"), 0), "The latitude is not a number."),
        ((0, float("inf")), "The longitude is not a number."),
        (("37.4", 0), "The latitude is not a number."),
        ((True, 0), "The latitude is not a number."),
        ((0, None), "The longitude is not a number."),
    ],
)
def test_coordinates_beyond_their_limits_are_refused(place, told):
    assert refusal_of(location, *place) == told


@pytest.mark.parametrize("field", ["name", "address"])
def test_words_of_a_place_have_their_limit(field):
    assert location(1, 2, **{field: "م" * 1000})["location"][field] == "م" * 1000
    told = refusal_of(location, 1, 2, **{field: "x" * 1001})
    assert told == f"The {field} of the place has 1001 characters; WhatsApp takes 1000."


# Contact cards


def test_contact_card_is_built_as_meta_documents_it():
    card = ContactCard(
        "Barbara J. Johnson",
        phones=[CardPhone("+16505559999", wa_id="16505559999"), CardPhone("+19175559999")],
        emails=["bjohnson@luckyshrub.com"],
        urls=["https://www.luckyshrub.com"],
        company="Lucky Shrub",
    )

    assert contacts([card]) == {
        "type": "contacts",
        "contacts": [
            {
                "name": {"formatted_name": "Barbara J. Johnson", "first_name": "Barbara J. Johnson"},
                "phones": [{"phone": "+16505559999", "wa_id": "16505559999"}, {"phone": "+19175559999"}],
                "emails": [{"email": "bjohnson@luckyshrub.com"}],
                "urls": [{"url": "https://www.luckyshrub.com"}],
                "org": {"company": "Lucky Shrub"},
            }
        ],
    }


@pytest.mark.parametrize("count", [1, 257])
def test_up_to_257_contact_cards_are_taken(count):
    assert len(contacts([ContactCard("Ann")] * count)["contacts"]) == count


@pytest.mark.parametrize(("count", "told"), [(0, "no"), (258, "258")])
def test_other_numbers_of_contact_cards_are_refused(count, told):
    assert refusal_of(contacts, [ContactCard("Ann")] * count) == (
        f"The message has {told} contact cards; WhatsApp takes 1 to 257."
    )


@pytest.mark.parametrize(
    ("card", "told"),
    [
        (ContactCard(""), "The name of contact card 2 is empty"),
        (ContactCard("x" * 1001), "The name of contact card 2 has 1001 characters"),
        (ContactCard("Ann", company="x" * 1001), "The company of contact card 2 has 1001 characters"),
        (ContactCard("Ann", phones=[CardPhone("")]), "Phone 1 of contact card 2 is empty"),
        (ContactCard("Ann", emails=["a@b.example", ""]), "Email 2 of contact card 2 is empty"),
        (ContactCard("Ann", urls="https://dott.example"), "Give each URL of contact card 2 in a list"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_card_that_whatsapp_does_not_take_is_refused_by_name(card, told):
    assert refusal_of(contacts, [ContactCard("First"), card]).startswith(told)


# A reaction


@pytest.mark.parametrize(
    "emoji",
    ["👍", "👍🏿", "❤️", "❤", "😀", "👨‍👩‍👧‍👦", "🏳️‍🌈", "👩🏽‍❤️‍💋‍👨🏿", "🇬🇳", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "1️⃣", "#️⃣", "©", "🫱🏻‍🫲🏿", ""],
    ids=ascii,
)
def test_one_emoji_or_none_is_a_reaction(emoji):
    assert reaction(WAMID, emoji) == {"type": "reaction", "reaction": {"message_id": WAMID, "emoji": emoji}}


@pytest.mark.parametrize(
    "emoji", ["👍👍", "ok", "1", " ", "👍 ", "🇬🇳🇫🇷", "👍\ud83d", "\u200d", "👨\u200d", None, 5], ids=ascii
)
def test_anything_else_is_no_reaction(emoji):
    assert refusal_of(reaction, WAMID, emoji) == ("The emoji of the reaction is not a single emoji; WhatsApp takes 1.")


@pytest.mark.parametrize("wamid", ["", None, " wamid.1", "w" * 256], ids=str)
def test_reaction_to_no_message_is_refused(wamid):
    assert refusal_of(reaction, wamid, "👍").startswith("The ID of the message to react to")


def test_wamid_at_its_limit_is_taken():
    assert reaction("w" * 255, "👍")["reaction"]["message_id"] == "w" * 255
