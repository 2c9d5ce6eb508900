"""Media: what may be uploaded, how long it lives, what can be downloaded."""

import hashlib
from typing import Any

import pytest
import requests

from sandbox import Sandbox
from sandbox.media_types import KIND_OF, SIZES, STATIC_STICKER
from sandbox.sample_files import sample_file
from tests.sandbox.client import PHONE_NUMBER_ID, TOKEN, call, error_of, message, post, upload
from tests.sandbox.receiver import WebhookReceiver

PHONE = "+13855007716"
PNG = sample_file("image/png")
ANIMATED = b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02"
OLD_OFFICE = ("application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint")
OFFICE_FILES = {
    **dict.fromkeys(OLD_OFFICE, b"\xd0\xcf\x11\xe0"),
    **{mime_type: b"PK\x03\x04" for mime_type in KIND_OF if "openxml" in mime_type},
}


def uploaded(sandbox: Sandbox, mime_type: str = "image/png") -> str:
    media_id: str = upload(sandbox.url, sample_file(mime_type), mime_type).json()["id"]
    return media_id


def download(url: str, token: str = TOKEN) -> requests.Response:
    return requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=5)


def test_uploaded_file_comes_back_as_it_was(sandbox: Sandbox) -> None:
    media_id = uploaded(sandbox)

    told = call(sandbox.url, "GET", media_id).json()
    file = download(told["url"])

    assert told == {
        "url": told["url"],
        "mime_type": "image/png",
        "sha256": hashlib.sha256(PNG).hexdigest(),
        "file_size": len(PNG),
        "id": media_id,
        "messaging_product": "whatsapp",
    }
    assert told["url"].startswith(f"{sandbox.url}/whatsapp_business/attachments/?mid={media_id}&")
    assert file.content == PNG
    assert file.headers["Content-Type"] == "image/png"


@pytest.mark.parametrize("mime_type", KIND_OF)
def test_every_type_of_metas_table_can_be_uploaded(sandbox: Sandbox, mime_type: str) -> None:
    data = OFFICE_FILES.get(mime_type) or sample_file(mime_type)

    response = upload(sandbox.url, data, mime_type)

    assert response.status_code == 200, response.text
    assert sandbox.media()[0]["mime_type"] == mime_type


@pytest.mark.parametrize(
    ("mime_type", "data"),
    [
        ("image/jpeg", sample_file("application/zip")),
        ("image/jpeg", PNG),
        ("image/gif", b"GIF89a"),
        ("application/zip", sample_file("application/zip")),
        ("audio/ogg", b"OggS" + b"\x01vorbis" * 9),
        ("text/plain", b"a\x00b"),
        ("video/mp4", sample_file("video/3gpp")),
        ("image/png", b""),
    ],
)
def test_file_that_is_not_what_it_says_is_refused(sandbox: Sandbox, mime_type: str, data: bytes) -> None:
    response = upload(sandbox.url, data, mime_type)

    assert error_of(response)["code"] == 100
    assert error_of(response)["message"].startswith("(#100) Param file must be a file with one of the following types")
    assert sandbox.media() == []


LIMITS = [
    ("image/png", PNG, SIZES["image"]),
    ("video/mp4", sample_file("video/mp4"), SIZES["video"]),
    ("audio/amr", sample_file("audio/amr"), SIZES["audio"]),
    ("image/webp", sample_file("image/webp"), STATIC_STICKER),
    ("image/webp", ANIMATED, SIZES["sticker"]),
]


@pytest.mark.parametrize(
    ("mime_type", "beginning", "most"), LIMITS, ids=["image", "video", "audio", "sticker", "animated"]
)
def test_size_at_the_limit_passes_and_one_byte_more_is_refused(
    sandbox: Sandbox, mime_type: str, beginning: bytes, most: int
) -> None:
    at_limit = upload(sandbox.url, beginning.ljust(most, b"\x00"), mime_type)
    above = upload(sandbox.url, beginning.ljust(most + 1, b"\x00"), mime_type)

    assert at_limit.status_code == 200
    assert "too large" in error_of(above)["message"]


def test_document_of_more_than_100_megabytes_is_refused(sandbox: Sandbox) -> None:
    response = upload(sandbox.url, b"%PDF-1.7".ljust(SIZES["document"] + 1, b" "), "application/pdf")

    assert "too large" in error_of(response)["message"]


@pytest.mark.parametrize("missing", ["messaging_product", "type", "file"])
def test_upload_without_one_of_its_fields_is_refused(sandbox: Sandbox, missing: str) -> None:
    fields: dict[str, Any] = {"messaging_product": "whatsapp", "type": "image/png"}
    fields.pop(missing, None)
    files = {"other" if missing == "file" else "file": ("a.png", PNG, "image/png")}

    response = call(sandbox.url, "POST", f"{PHONE_NUMBER_ID}/media", data=fields, files=files)

    assert error_of(response)["message"] == f"(#100) The parameter {missing} is required."


def test_download_needs_the_token_and_the_whole_address(sandbox: Sandbox) -> None:
    url = call(sandbox.url, "GET", uploaded(sandbox)).json()["url"]

    without_token = requests.get(url, timeout=5)
    wrong_token = download(url, token="wrong")
    made_up = download(url[:-1] + ("0" if url[-1] != "0" else "1"))

    assert [without_token.status_code, wrong_token.status_code, made_up.status_code] == [401, 401, 404]


def test_download_address_lives_five_minutes(sandbox: Sandbox) -> None:
    media_id = uploaded(sandbox)
    url = call(sandbox.url, "GET", media_id).json()["url"]

    sandbox.advance(290)
    in_time = download(url)
    sandbox.advance(20)
    too_late = download(url)
    anew = download(call(sandbox.url, "GET", media_id).json()["url"])

    assert [in_time.status_code, too_late.status_code, anew.status_code] == [200, 404, 200]


def test_uploaded_id_lives_30_days_and_received_one_7(sandbox: Sandbox) -> None:
    mine = uploaded(sandbox)
    sandbox.receive("image", PHONE)
    theirs = sandbox.media()[1]["id"]

    def found() -> list[int]:
        return [call(sandbox.url, "GET", media_id).status_code for media_id in (mine, theirs)]

    first = found()
    sandbox.advance(days=7)
    after_a_week = found()
    sandbox.advance(days=23)
    after_a_month = found()

    assert [first, after_a_week, after_a_month] == [[200, 200], [200, 400], [400, 400]]


def test_deleted_file_is_gone(sandbox: Sandbox) -> None:
    media_id = uploaded(sandbox)

    deleted = call(sandbox.url, "DELETE", media_id)

    assert deleted.json() == {"success": True}
    assert error_of(call(sandbox.url, "GET", media_id))["error_subcode"] == 33
    assert error_of(post(sandbox.url, message(PHONE, "image", {"id": media_id})))["code"] == 131053


def test_phone_number_id_must_be_that_of_the_upload(sandbox: Sandbox) -> None:
    mine = uploaded(sandbox)
    sandbox.receive("image", PHONE)
    theirs = sandbox.media()[1]["id"]

    own = call(sandbox.url, "GET", f"{mine}?phone_number_id={PHONE_NUMBER_ID}")
    received = call(sandbox.url, "GET", f"{theirs}?phone_number_id={PHONE_NUMBER_ID}")

    assert own.status_code == 200
    assert "not a valid whatsapp business phone number id" in error_of(received)["message"]


@pytest.mark.parametrize(
    ("kind", "mime_type"),
    [
        ("image", "image/jpeg"),
        ("video", "video/mp4"),
        ("audio", "audio/ogg"),
        ("sticker", "image/webp"),
        ("document", "application/pdf"),
        ("document", "image/png"),
    ],
)
def test_uploaded_file_can_be_sent(sandbox: Sandbox, kind: str, mime_type: str) -> None:
    media_id = uploaded(sandbox, mime_type)

    response = post(sandbox.url, message(PHONE, kind, {"id": media_id}))

    assert response.status_code == 200, response.text


@pytest.mark.parametrize(
    ("kind", "mime_type"), [("image", "image/webp"), ("video", "image/png"), ("sticker", "image/png")]
)
def test_file_of_another_kind_is_refused_with_131053(sandbox: Sandbox, kind: str, mime_type: str) -> None:
    media_id = uploaded(sandbox, mime_type)

    response = post(sandbox.url, message(PHONE, kind, {"id": media_id}))

    assert error_of(response)["code"] == 131053
    assert "Please use one of" in error_of(response)["error_data"]["details"]


def test_expired_id_is_refused_with_131053_through_both_doors(sandbox: Sandbox) -> None:
    first, second = uploaded(sandbox), uploaded(sandbox)

    sandbox.expire_media(first)
    requests.delete(f"{sandbox.url}/_sandbox/media/{second}", timeout=5)

    answers = [post(sandbox.url, message(PHONE, "image", {"id": media_id})) for media_id in (first, second)]
    assert [error_of(answer)["code"] for answer in answers] == [131053, 131053]
    with pytest.raises(ValueError, match="no such media"):
        sandbox.expire_media("1")


def test_received_file_cannot_be_sent_on_by_its_id(sandbox: Sandbox) -> None:
    sandbox.receive("image", PHONE)

    response = post(sandbox.url, message(PHONE, "image", {"id": sandbox.media()[0]["id"]}))

    assert error_of(response)["code"] == 100


@pytest.mark.parametrize(
    "link",
    ["http://169.254.169.254/a.png", "http://localhost/a.png", "http://10.0.0.1/a.png", "http://nas.local/a.png"],
)
def test_link_that_meta_cannot_reach_fails_by_webhook(connected: Sandbox, receiver: WebhookReceiver, link: str) -> None:
    response = post(connected.url, message(PHONE, "image", {"link": link}))

    connected.wait_idle()
    assert response.status_code == 200
    assert receiver.statuses == ["failed"]
    assert receiver.received[0].value()["statuses"][0]["errors"][0]["code"] == 131053


@pytest.mark.parametrize("kind", ["image", "video", "audio", "document", "sticker"])
def test_file_that_a_person_sends_can_be_downloaded_and_matches_its_hash(
    connected: Sandbox, receiver: WebhookReceiver, kind: str
) -> None:
    connected.receive(kind, PHONE)

    connected.wait_idle()
    told = receiver.received[0].value()["messages"][0][kind]
    looked_up = call(connected.url, "GET", told["id"]).json()
    data = download(looked_up["url"]).content
    assert hashlib.sha256(data).hexdigest() == told["sha256"] == looked_up["sha256"]
    assert looked_up["mime_type"] == told["mime_type"]


def test_own_bytes_can_be_sent_through_both_doors(sandbox: Sandbox) -> None:
    sandbox.receive("image", PHONE, file=PNG, mime_type="image/png")
    body = {"from": PHONE, "kind": "document", "content": {"file": "JVBERi0=", "filename": "a.pdf"}}
    requests.post(f"{sandbox.url}/_sandbox/replies", json=body, timeout=5)

    urls = [call(sandbox.url, "GET", medium["id"]).json()["url"] for medium in sandbox.media()]
    assert [download(url).content for url in urls] == [PNG, b"%PDF-"]


def test_hash_and_type_of_a_received_file_can_lie(sandbox: Sandbox) -> None:
    sandbox.receive("image", PHONE, lie="sha256")
    sandbox.receive("image", PHONE, lie="mime_type")

    wrong_hash, wrong_type = (call(sandbox.url, "GET", medium["id"]).json() for medium in sandbox.media())
    assert hashlib.sha256(download(wrong_hash["url"]).content).hexdigest() != wrong_hash["sha256"]
    assert wrong_type["mime_type"] == "image/jpeg"
    assert download(wrong_type["url"]).content.startswith(b"PK")


@pytest.mark.parametrize("content", [{"lie": "colour"}, {"file": "?"}])
def test_received_file_that_cannot_be_is_refused(sandbox: Sandbox, content: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="must be"):
        sandbox.receive("image", PHONE, **content)


def test_page_shows_pictures_and_only_downloads_the_rest(sandbox: Sandbox) -> None:
    upload(sandbox.url, b"<script>alert(1)</script>", "text/plain")
    uploaded(sandbox)

    text, picture = (
        requests.get(f"{sandbox.url}/_sandbox/media/{medium['id']}", timeout=5) for medium in sandbox.media()
    )

    assert text.headers["Content-Type"] == "application/octet-stream"
    assert text.headers["Content-Disposition"] == "attachment"
    assert picture.headers["Content-Type"] == "image/png"
