"""Media out: what Meta gets, how often, and what a caller is told."""

import hashlib
import io
import json
import tracemalloc
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from communications import contacts
from communications.errors import (
    ChannelPaused,
    InvalidMessage,
    MetaUnreachable,
    NotConfigured,
    RateLimited,
    RecipientOptedOut,
    SendFailed,
)
from communications.graph import payloads
from communications.graph.interactive_payloads import Button, reply_buttons
from communications.media.limits import MB
from communications.models import Channel, Contact, Message, Status, UploadedMedia, WebhookEvent
from communications.phone_numbers import parse
from communications.webhooks.processing import process
from communications.whatsapp_service import whatsapp_service
from tests.communications.media import samples

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = "+12025550100"


def send(kind="image", to=PHONE, **what):
    return whatsapp_service.send_media_message(to, kind, **what)


def send_under_a_picture(build):
    return whatsapp_service.send_message(PHONE, build(whatsapp_service.media_header("image", file=samples.jpeg())))


def over_buttons(picture):
    return reply_buttons("Will you come?", [Button("yes", "Yes")], header=picture)


def in_a_template(picture):
    return payloads.template("offer", "en_US", {"header": picture})


def fail_by_webhook(sent):
    """Meta tells later that it could not load the file."""
    status = {
        "id": sent.message_id, "status": "failed", "timestamp": "1795348801", "errors": [{"code": 131053}],
        "biz_opaque_callback_data": str(sent.id),
    }  # fmt: skip
    value = {"metadata": {"phone_number_id": "676188225586230"}, "statuses": [status]}
    body = json.dumps({"entry": [{"changes": [{"field": "messages", "value": value}]}]}).encode()
    process(WebhookEvent.objects.create(body=body))


# By upload


def test_file_is_uploaded_and_sent_by_its_id(meta_of_files):
    sent = send(file=samples.jpeg(), caption="Grüße 👋")

    [upload] = meta_of_files.uploads
    [request] = meta_of_files.messages
    message = Message.objects.get()
    assert upload["path"] == "/v25.0/676188225586230/media"
    assert upload["token"] == "Bearer files-token"
    assert upload["fields"] == {"messaging_product": "whatsapp", "type": "image/jpeg"}
    assert upload["file"].groups() == (b"file.jpg", b"image/jpeg")
    assert samples.jpeg() in upload["body"]
    assert upload["ends"]
    assert request == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": PHONE,
        "type": "image",
        "image": {"id": upload["id"], "caption": "Grüße 👋"},
        "biz_opaque_callback_data": str(message.pk),
    }
    assert (sent.id, message.status, message.kind, message.text) == (message.pk, "accepted", "image", "Grüße 👋")


@pytest.mark.parametrize(
    ("kind", "content", "part"),
    [
        ("image", samples.png(), {"id": "0000000000000001"}),
        ("video", samples.VIDEO, {"id": "0000000000000001"}),
        ("audio", samples.ogg(), {"id": "0000000000000001"}),
        ("document", samples.PDF, {"id": "0000000000000001"}),
        ("sticker", samples.webp(), {"id": "0000000000000001"}),
    ],
)
def test_every_kind_is_sent(meta_of_files, kind, content, part):
    send(kind, file=content)

    assert (meta_of_files.messages[0]["type"], meta_of_files.messages[0][kind]) == (kind, part)


def test_document_carries_its_name(meta_of_files, tmp_path):
    path = tmp_path / "Rechnung März.pdf"
    path.write_bytes(samples.PDF)

    send("document", file=path)
    send("document", file=path, filename="invoice.pdf", caption="Your invoice")

    assert [message["document"] for message in meta_of_files.messages] == [
        {"id": "0000000000000001", "filename": "Rechnung März.pdf"},
        {"id": "0000000000000001", "caption": "Your invoice", "filename": "invoice.pdf"},
    ]


def test_path_bytes_open_files_and_djangos_files_are_the_same_content(meta_of_files, tmp_path):
    path = tmp_path / "photo.jpeg"
    path.write_bytes(samples.jpeg())

    with path.open("rb") as opened:
        for file in (path, samples.jpeg(), opened, io.BytesIO(samples.jpeg()), ContentFile(samples.jpeg())):
            send(file=file)

    assert len(meta_of_files.uploads) == 1
    assert len(meta_of_files.messages) == 5


def test_same_content_from_another_number_is_uploaded_for_it(meta_of_files, settings):
    send(file=samples.jpeg())
    settings.WHATSAPP_PHONE_NUMBER_ID = "42"

    send(file=samples.jpeg())

    assert [upload["path"].split("/")[2] for upload in meta_of_files.uploads] == ["676188225586230", "42"]


def test_id_lives_for_thirty_days_less_a_day(meta_of_files):
    send(file=samples.jpeg())

    uploaded = UploadedMedia.objects.get()
    assert uploaded.expires_at - uploaded.uploaded_at == timedelta(days=29)
    assert (uploaded.sha256, uploaded.size) == (hashlib.sha256(samples.jpeg()).hexdigest(), len(samples.jpeg()))


def test_upload_that_expired_yesterday_is_uploaded_again(meta_of_files):
    send(file=samples.jpeg())
    UploadedMedia.objects.update(expires_at=timezone.now() - timedelta(days=1))

    send(file=samples.jpeg())

    assert [message["image"]["id"] for message in meta_of_files.messages] == ["0000000000000001", "0000000000000002"]
    assert UploadedMedia.objects.get().media_id == "0000000000000002"


@pytest.mark.parametrize("code", [100, 131009, 131052, 131053])
def test_id_that_meta_does_not_know_any_more_is_uploaded_again_once(meta_of_files, code):
    send(file=samples.jpeg())
    meta_of_files.gone, meta_of_files.gone_code = {"0000000000000001"}, code

    sent = send(file=ContentFile(samples.jpeg()))

    first, refused, second = Message.objects.order_by("created_at")
    assert [message["image"]["id"][-1] for message in meta_of_files.messages] == ["1", "1", "2"]
    assert (first.status, refused.status, refused.meta_code) == (Status.ACCEPTED, Status.FAILED, code)
    assert (second.pk, second.status) == (sent.id, Status.ACCEPTED)


def test_file_that_meta_refuses_right_after_its_upload_is_not_tried_again(meta_of_files):
    meta_of_files.gone, meta_of_files.gone_code = {"0000000000000001"}, 131053

    with pytest.raises(SendFailed):
        send(file=samples.jpeg())

    assert len(meta_of_files.messages) == 1
    assert not UploadedMedia.objects.exists()


def test_refusal_that_is_not_about_the_file_is_not_tried_again(meta_of_files):
    send(file=samples.jpeg())
    meta_of_files.gone, meta_of_files.gone_code = {"0000000000000001"}, 131047

    with pytest.raises(SendFailed):
        send(file=samples.jpeg())

    assert len(meta_of_files.messages) == 2
    assert UploadedMedia.objects.exists()


def test_file_that_meta_could_not_load_by_webhook_is_uploaded_again_next_time(meta_of_files):
    fail_by_webhook(send(file=samples.jpeg()))

    send(file=samples.jpeg())

    assert len(meta_of_files.uploads) == 2


under_a_picture = pytest.mark.parametrize("build", [over_buttons, in_a_template])


@under_a_picture
@pytest.mark.parametrize(("code", "uploads"), [(131053, 2), (131047, 1)])
def test_file_over_a_text_that_meta_does_not_know_any_more_is_uploaded_again(meta_of_files, build, code, uploads):
    send_under_a_picture(build)
    meta_of_files.gone, meta_of_files.gone_code = {"0000000000000001"}, code
    with pytest.raises(SendFailed):
        send_under_a_picture(build)
    meta_of_files.gone = set()

    send_under_a_picture(build)

    assert len(meta_of_files.uploads) == uploads


@under_a_picture
def test_file_over_a_text_that_meta_could_not_load_by_webhook_is_uploaded_again(meta_of_files, build):
    fail_by_webhook(send_under_a_picture(build))

    send_under_a_picture(build)

    assert len(meta_of_files.uploads) == 2


def test_file_of_100_mb_is_sent_without_being_in_memory(meta_of_files, tmp_path):
    path = tmp_path / "large.pdf"
    with path.open("wb") as file:
        file.write(samples.PDF)
        file.truncate(100 * MB)
    tracemalloc.start()

    send("document", file=path)

    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert meta_of_files.uploads[0]["length"] > 100 * MB
    assert peak < 10 * MB


# By ID and by link


def test_id_of_metas_is_sent_as_it_is(meta_of_files):
    send("document", media_id="1037543291543636", filename="invoice.pdf")

    assert meta_of_files.messages[0]["document"] == {"id": "1037543291543636", "filename": "invoice.pdf"}
    assert meta_of_files.uploads == []


def test_link_is_handed_to_meta_and_not_fetched_by_us(meta_of_files):
    send("image", link="https://93.184.215.14/map.png", caption="Here")

    assert meta_of_files.messages[0]["image"] == {"link": "https://93.184.215.14/map.png", "caption": "Here"}
    assert (meta_of_files.uploads, meta_of_files.fetched) == ([], [])


# Refused before anything happens


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("gif", {"file": samples.jpeg()}),
        ("image", {}),
        ("image", {"file": samples.jpeg(), "link": "https://93.184.215.14/"}),
        ("image", {"link": "https://93.184.215.14/", "media_id": "1"}),
        ("image", {"media_id": ""}),
        ("image", {"media_id": "../messages"}),
        ("image", {"link": "https://169.254.169.254/latest/meta-data/"}),
        ("image", {"file": samples.ZIP}),
        ("image", {"file": samples.jpeg(), "caption": "a" * 1025}),
        ("image", {"file": samples.jpeg(), "filename": "photo.jpeg"}),
        ("audio", {"media_id": "1", "caption": "Listen"}),
        ("document", {"file": samples.DOCX, "filename": "invoice.pdf"}),
    ],
)
def test_what_whatsapp_does_not_take_is_refused_before_anything_leaves(meta_of_files, kind, what):
    with pytest.raises(InvalidMessage):
        send(kind, **what)

    assert (meta_of_files.uploads, meta_of_files.messages) == ([], [])
    assert not Message.objects.exists()


def test_file_that_is_not_there_is_refused_without_telling_where(meta_of_files, tmp_path):
    with pytest.raises(InvalidMessage, match=r"^The file absent\.pdf cannot be read\.$"):
        send("document", file=tmp_path / "absent.pdf")


def test_stream_that_cannot_be_sought_is_refused(meta_of_files):
    class Pipe(io.RawIOBase):
        def seekable(self):
            return False

    with pytest.raises(InvalidMessage, match="cannot be read twice"):
        send(file=Pipe())


def test_nothing_is_uploaded_for_a_person_who_opted_out(meta_of_files):
    contacts.create_by_phone(parse(PHONE), evidence="sent to")
    Contact.objects.update(opted_out_at=timezone.now())

    with pytest.raises(RecipientOptedOut):
        send(file=samples.jpeg())

    assert meta_of_files.uploads == []


def test_service_that_is_not_configured_uploads_nothing(meta_of_files, settings):
    settings.WHATSAPP_ACCESS_TOKEN = ""

    with pytest.raises(NotConfigured):
        send(file=samples.jpeg())

    assert meta_of_files.uploads == []


# Uploads that fail


@pytest.mark.parametrize(
    ("code", "error"), [(100, SendFailed), (130429, RateLimited), (131016, MetaUnreachable), (190, ChannelPaused)]
)
def test_upload_that_meta_refuses_leaves_no_message(meta_of_files, code, error):
    meta_of_files.refuse("/media", code)

    with pytest.raises(error) as refused:
        send(file=samples.jpeg())

    assert refused.value.meta_code == code
    assert meta_of_files.messages == []
    assert not Message.objects.exists()
    assert not UploadedMedia.objects.exists()


def test_token_that_meta_refuses_for_an_upload_pauses_the_channel(meta_of_files):
    meta_of_files.refuse("/media", 190)
    with pytest.raises(ChannelPaused):
        send(file=samples.jpeg())

    with pytest.raises(ChannelPaused):
        whatsapp_service.send_text_message(PHONE, "Hello")

    assert Channel.objects.get().paused_by_code == 190
    assert meta_of_files.messages == []


@pytest.mark.parametrize("body", [{}, {"id": ""}, {"id": 7}, {"id": "../x"}, {"id": "1" * 101}])
def test_upload_without_a_usable_id_sends_nothing(meta_of_files, body):
    meta_of_files.refusals["/media"] = 200, body

    with pytest.raises(MetaUnreachable, match="Nothing was sent"):
        send(file=samples.jpeg())

    assert meta_of_files.messages == []


def test_meta_that_cannot_be_reached_is_told(meta_of_files, settings):
    settings.WHATSAPP_GRAPH_API_URL = "http://127.0.0.1:9"

    with pytest.raises(MetaUnreachable):
        send(file=samples.jpeg())
