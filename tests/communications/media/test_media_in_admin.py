"""What the admin shows of received files, and what it never opens."""

import hashlib

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from communications import contacts
from communications.models import InboundMedia, InboundMessage, UploadedMedia
from communications.phone_numbers import parse
from tests.communications.media import samples

pytestmark = pytest.mark.django_db

Status = InboundMedia.Status


@pytest.fixture
def media():
    message = InboundMessage.objects.create(
        contact=contacts.create_by_phone(parse("+12025550100"), evidence="wrote"),
        phone_number_id="676188225586230",
        wamid="wamid.in",
        kind="image",
        content={},
        at=timezone.now(),
    )
    media = InboundMedia(
        message=message,
        kind="image",
        media_id="1001",
        mime_type="image/jpeg",
        found_type="image/jpeg",
        received_at=message.at,
        status=Status.KEPT,
    )
    media.file.save("", ContentFile(samples.jpeg()))
    return media


def address(media):
    return reverse("admin:communications_inboundmedia_file", args=[media.pk])


def test_kept_file_is_handed_over_to_be_saved_and_never_shown(admin_client, media):
    answer = admin_client.get(address(media))

    assert b"".join(answer) == samples.jpeg()
    assert answer["Content-Disposition"] == f'attachment; filename="whatsapp-{media.pk}.jpg"'
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "private" in answer["Cache-Control"]
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("status", [status for status in Status if status != Status.KEPT])
def test_file_that_was_not_kept_cannot_be_opened(admin_client, media, status):
    InboundMedia.objects.update(status=status)

    assert admin_client.get(address(media)).status_code == 404
    assert (
        address(media) not in admin_client.get(reverse("admin:communications_inboundmedia_changelist")).content.decode()
    )


def test_file_that_is_gone_from_the_storage_is_not_found(admin_client, media):
    media.file.storage.delete(media.file.name)

    assert admin_client.get(address(media)).status_code == 404


def test_stranger_has_to_sign_in(client, media):
    assert client.get(address(media)).status_code == 302


def test_staff_without_the_permission_is_refused(client, media, inviter):
    inviter.is_staff = True
    inviter.save()
    client.force_login(inviter)

    assert client.get(address(media)).status_code == 403


@pytest.mark.parametrize(
    "page", ["inboundmedia_changelist", "inboundmedia_change", "inboundmessage_change"], ids=["list", "file", "message"]
)
def test_file_is_shown_with_its_link(admin_client, media, page):
    arguments = {"inboundmedia_change": [media.pk], "inboundmessage_change": [media.message_id]}.get(page, [])

    content = admin_client.get(reverse(f"admin:communications_{page}", args=arguments)).content.decode()

    assert f'href="{address(media)}"' in content
    assert media.file.name not in content


def test_uploads_are_listed(admin_client):
    UploadedMedia.objects.create(
        phone_number_id="1",
        sha256=hashlib.sha256(b"").hexdigest(),
        mime_type="image/png",
        size=1,
        media_id="1037",
        uploaded_at=timezone.now(),
        expires_at=timezone.now(),
    )

    assert "1037" in admin_client.get(reverse("admin:communications_uploadedmedia_changelist")).content.decode()
