"""The same flows against the sandbox, which checks them by Meta's rules."""

import pytest

from communications.errors import SendFailed
from communications.graph.interactive_payloads import Button, cta_url, reply_buttons
from communications.models import InboundMedia, Message, Status, UploadedMedia
from communications.whatsapp_service import whatsapp_service
from sandbox.sample_files import sample_file
from tests.communications.media import samples

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = "+12025550100"
FILES = [
    ("image", samples.jpeg()),
    ("image", samples.png()),
    ("video", samples.VIDEO),
    ("video", samples.VIDEO_3GP),
    ("audio", samples.AAC),
    ("audio", samples.AMR),
    ("audio", samples.MP3),
    ("audio", samples.M4A),
    ("audio", samples.ogg()),
    ("document", samples.PDF),
    ("document", samples.TEXT),
    ("document", samples.DOCX),
    ("document", samples.XLSX),
    ("document", samples.PPTX),
    ("document", samples.old_office("WordDocument")),
    ("sticker", samples.webp()),
    ("sticker", samples.webp(animated=True)),
]


@pytest.mark.parametrize(("kind", "content"), FILES)
def test_every_type_that_we_take_is_taken(sandbox, kind, content):
    sent = whatsapp_service.send_media_message(PHONE, kind, file=content)

    [there] = sandbox.messages()
    [file] = sandbox.media()
    assert there["request"][kind] == {"id": file["id"]}
    assert (file["sha256"], file["file_size"]) == (UploadedMedia.objects.get().sha256, len(content))
    assert sent.status == "accepted"


def test_caption_and_file_name_are_taken(sandbox):
    whatsapp_service.send_media_message(
        PHONE, "document", file=samples.PDF, filename="Rechnung März.pdf", caption="ü" * 1024
    )

    assert sandbox.messages()[0]["request"]["document"]["filename"] == "Rechnung März.pdf"


def test_link_is_taken(sandbox):
    whatsapp_service.send_media_message(PHONE, "image", link="https://93.184.215.14/map.png")

    assert sandbox.messages()[0]["request"]["image"] == {"link": "https://93.184.215.14/map.png"}


def test_upload_that_meta_let_end_is_uploaded_again(sandbox):
    whatsapp_service.send_media_message(PHONE, "image", file=samples.jpeg())
    sandbox.expire_media(UploadedMedia.objects.get().media_id)

    sent = whatsapp_service.send_media_message(PHONE, "image", file=samples.jpeg())

    assert len(sandbox.media()) == 2
    assert [message.status for message in Message.objects.order_by("created_at")] == ["accepted", "failed", "accepted"]
    assert Message.objects.get(pk=sent.id).status == Status.ACCEPTED


def test_id_that_the_caller_chose_and_meta_does_not_know_is_the_callers_to_correct(sandbox):
    with pytest.raises(SendFailed) as refused:
        whatsapp_service.send_media_message(PHONE, "image", media_id="1037543291543636")

    assert refused.value.meta_code == 100


@pytest.mark.parametrize("kind", ["image", "video", "audio", "document", "sticker"])
def test_file_that_a_person_sends_is_fetched_and_kept(sandbox, hand_over_webhooks, kind):
    sandbox.receive(kind, PHONE)
    hand_over_webhooks()

    whatsapp_service.fetch_received_media()

    media = InboundMedia.objects.get()
    with media.file.open("rb") as kept:
        assert kept.read() == sample_file(media.mime_type)
    assert (media.status, media.error) == (InboundMedia.Status.KEPT, "")


def test_file_that_lies_about_its_type_is_put_into_quarantine(sandbox, hand_over_webhooks):
    sandbox.receive("image", PHONE, lie="mime_type")
    hand_over_webhooks()

    whatsapp_service.fetch_received_media()

    media = InboundMedia.objects.get()
    assert (media.status, media.error) == ("quarantined", "It was sent as image and is a ZIP archive.")


def test_file_whose_hash_lies_is_not_kept(sandbox, hand_over_webhooks):
    sandbox.receive("image", PHONE, lie="sha256")
    hand_over_webhooks()

    whatsapp_service.fetch_received_media()

    media = InboundMedia.objects.get()
    assert (media.status, media.file.name) == ("waiting", "")
    assert "SHA-256" in media.error


@pytest.mark.parametrize("build", [
    lambda header: reply_buttons("Will you come?", [Button("yes", "Yes")], header=header),
    lambda header: cta_url("Look", "Open", "https://dott.example/", header=header),
])  # fmt: skip
def test_picture_over_buttons_is_uploaded_once_and_taken(sandbox, build):
    for _ in range(2):
        header = whatsapp_service.media_header("image", file=samples.png())
        whatsapp_service.send_message(PHONE, build(header))

    assert [message["type"] for message in sandbox.messages()] == ["interactive", "interactive"]
    assert UploadedMedia.objects.count() == 1
