"""Every field of a message at its limit, and one above: the refusal names the field and the limit."""

import pytest

from communications.models import Message

pytestmark = pytest.mark.django_db

MEDIA = {"link": "https://93.184.215.14/file"}


def buttons(count=1, *, id_size=1, title_size=1):
    return [{"id": "i" * (id_size - 1) + str(n), "title": "t" * (title_size - 1) + str(n)} for n in range(count)]


def sections(sizes=(1,), *, title=1, row_id=1, row_title=1, description=1):
    return [
        {
            "title": "s" * title,
            "rows": [
                {
                    "id": f"{place}{n}".rjust(row_id, "i"),
                    "title": "t" * row_title,
                    "description": "d" * description,
                }
                for n in range(size)
            ],
        }
        for place, size in enumerate(sizes)
    ]


def cards(count=1, **fields):
    return [{"name": "Amina", **fields}] * count


TEXT_IN_BUTTONS = {"body": "?", "buttons": buttons()}
TEXT_IN_LIST = {"body": "?", "button": "Times", "sections": sections(row_id=2)}
TEXT_OVER_LINK = {"body": "?", "label": "Open", "url": "https://dott.example/"}
PLACE = {"latitude": 40.2, "longitude": -111.7}
REACTION = {"messageId": "wamid.theirs", "emoji": "👍"}

# Kind, the fields beside it, the field, what fills it to its limit, one more, and the limit as it is told.
LIMITS = [
    ("text", {}, "text", "x" * 4096, "x" * 4097, "4096"),
    ("text", {"text": "Hi"}, "replyTo", "w" * 255, "w" * 256, "255"),
    ("image", MEDIA, "caption", "x" * 1024, "x" * 1025, "1024"),
    ("video", MEDIA, "caption", "x" * 1024, "x" * 1025, "1024"),
    ("document", MEDIA, "caption", "x" * 1024, "x" * 1025, "1024"),
    ("document", MEDIA, "filename", "x" * 255, "x" * 256, "255"),
    ("image", {}, "link", MEDIA["link"].ljust(2048, "x"), MEDIA["link"].ljust(2049, "x"), "2048"),
    ("buttons", TEXT_IN_BUTTONS, "body", "x" * 1024, "x" * 1025, "1024"),
    ("buttons", TEXT_IN_BUTTONS, "header", "x" * 60, "x" * 61, "60"),
    ("buttons", TEXT_IN_BUTTONS, "footer", "x" * 60, "x" * 61, "60"),
    ("buttons", TEXT_IN_BUTTONS, "buttons", buttons(3), buttons(4), "3"),
    ("buttons", TEXT_IN_BUTTONS, "buttons", buttons(id_size=256), buttons(id_size=257), "256"),
    ("buttons", TEXT_IN_BUTTONS, "buttons", buttons(title_size=20), buttons(title_size=21), "20"),
    ("list", TEXT_IN_LIST, "body", "x" * 4096, "x" * 4097, "4096"),
    ("list", TEXT_IN_LIST, "header", "x" * 60, "x" * 61, "60"),
    ("list", TEXT_IN_LIST, "footer", "x" * 60, "x" * 61, "60"),
    ("list", TEXT_IN_LIST, "button", "x" * 20, "x" * 21, "20"),
    ("list", TEXT_IN_LIST, "sections", sections((1,) * 10), sections((1,) * 11), "10"),
    ("list", TEXT_IN_LIST, "sections", sections((10,)), sections((11,)), "10"),
    ("list", TEXT_IN_LIST, "sections", sections(title=24), sections(title=25), "24"),
    ("list", TEXT_IN_LIST, "sections", sections(row_id=200), sections(row_id=201), "200"),
    ("list", TEXT_IN_LIST, "sections", sections(row_title=24), sections(row_title=25), "24"),
    ("list", TEXT_IN_LIST, "sections", sections(description=72), sections(description=73), "72"),
    ("link", TEXT_OVER_LINK, "body", "x" * 1024, "x" * 1025, "1024"),
    ("link", TEXT_OVER_LINK, "header", "x" * 60, "x" * 61, "60"),
    ("link", TEXT_OVER_LINK, "footer", "x" * 60, "x" * 61, "60"),
    ("link", TEXT_OVER_LINK, "label", "x" * 20, "x" * 21, "20"),
    ("link", TEXT_OVER_LINK, "url", "https://x.co/".ljust(2000, "x"), "https://x.co/".ljust(2001, "x"), "2000"),
    ("location_request", {}, "body", "x" * 1024, "x" * 1025, "1024"),
    ("contact_request", {}, "body", "x" * 1024, "x" * 1025, "1024"),
    ("location", PLACE, "latitude", 90, 90.0001, "90"),
    ("location", PLACE, "longitude", "-180", "-180.0001", "180"),
    ("location", PLACE, "name", "x" * 1000, "x" * 1001, "1000"),
    ("location", PLACE, "address", "x" * 1000, "x" * 1001, "1000"),
    ("contacts", {}, "contacts", cards(257), cards(258), "257"),
    ("contacts", {}, "contacts", cards(name="x" * 1000), cards(name="x" * 1001), "1000"),
    ("contacts", {}, "contacts", cards(company="x" * 1000), cards(company="x" * 1001), "1000"),
    ("contacts", {}, "contacts", cards(emails=["x" * 1000]), cards(emails=["x" * 1001]), "1000"),
    ("contacts", {}, "contacts", cards(urls=["x" * 1000]), cards(urls=["x" * 1001]), "1000"),
    ("reaction", REACTION, "messageId", "w" * 255, "w" * 256, "255"),
    ("reaction", REACTION, "emoji", "👍", "👍👍", "1"),
]
EACH = pytest.mark.parametrize(
    ("kind", "beside", "field", "full", "above", "limit"), LIMITS, ids=[f"{row[0]} {row[2]} {row[5]}" for row in LIMITS]
)


@EACH
def test_what_fills_a_field_is_taken(send, sandbox, kind, beside, field, full, above, limit):
    answer = send(kind, **{**beside, field: full})

    assert answer.status_code == 200, answer.json()
    assert len(sandbox.messages()) == 1


@EACH
def test_one_above_is_400_and_names_the_field_and_the_limit(send, sandbox, kind, beside, field, full, above, limit):
    answer = send(kind, **{**beside, field: above})

    body = answer.json()
    assert (answer.status_code, body["code"], body["error"]) == (400, "invalid_request", f"Invalid {field}")
    assert list(body["fields"]) == [field]
    assert limit in body["detail"]
    assert sandbox.messages() == []
    assert not Message.objects.exists()


def test_every_wrong_field_is_named_at_once(send, sandbox):
    answer = send("buttons", body="", buttons=buttons(4), footer="x" * 61)

    assert set(answer.json()["fields"]) == {"body", "buttons", "footer"}


@pytest.mark.parametrize(
    ("kind", "fields", "field", "said"),
    [
        ("image", {}, "link", "one of the two"),
        ("image", {**MEDIA, "mediaId": "1"}, "link", "one of the two"),
        ("image", {"link": "http://93.184.215.14/"}, "link", "https://"),
        ("image", {"link": "https://169.254.169.254/latest/meta-data/"}, "link", "not a public address"),
        ("image", {"link": "https://localhost/"}, "link", "host"),
        (
            "buttons",
            {**TEXT_IN_BUTTONS, "header": {"type": "image", "link": "https://169.254.169.254/"}},
            "header",
            "not a public address",
        ),
        ("image", {"mediaId": "../me"}, "mediaId", "not one of Meta's"),
        ("audio", {**MEDIA, "caption": "Listen"}, "caption", "no caption"),
        ("sticker", {**MEDIA, "caption": "Look"}, "caption", "no caption"),
        ("image", {**MEDIA, "filename": "a.png"}, "filename", "Only a document"),
        ("document", {**MEDIA, "filename": "a/b.pdf"}, "filename", "no file name has"),
        ("buttons", {"body": "?", "buttons": []}, "buttons", "1 to 3"),
        ("buttons", {"body": "?", "buttons": buttons() * 2}, "buttons", "same ID"),
        ("buttons", {"body": "?", "buttons": [{"id": "1", "title": ""}]}, "buttons", "The title of button 1 is empty"),
        ("list", {**TEXT_IN_LIST, "sections": [{"title": "", "rows": []}]}, "sections", "no rows"),
        ("link", {**TEXT_OVER_LINK, "url": "javascript:alert(1)"}, "url", "no web address"),
        ("reaction", {**REACTION, "emoji": "yes"}, "emoji", "single emoji"),
        ("reaction", {**REACTION, "messageId": " "}, "messageId", "empty"),
    ],
)
def test_what_whatsapp_would_not_take_is_refused_by_field(send, sandbox, kind, fields, field, said):
    answer = send(kind, **fields)

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]
    assert said in answer.json()["detail"]
    assert sandbox.messages() == []
