"""The one door to WhatsApp for the rest of Dott.

    from communications.whatsapp_service import whatsapp_service
    whatsapp_service.send_text_message("+13855007716", "Hello from Dott!")

A caller that has rows of its own to write with the message prepares it inside its transaction and delivers it after
the commit: a message exists in the database before it leaves.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from communications import broker, channel, contacts, delivery, template_messages, template_sync, templates
from communications.conf import setting
from communications.consent import require_consent
from communications.credentials import is_configured, our_credentials
from communications.errors import (
    ChannelPaused,
    DeliveryUnconfirmed,
    NotConfigured,
    SendFailed,
    ServiceUnavailable,
)
from communications.graph import payloads
from communications.graph.client import Credentials, GraphClient
from communications.graph.payloads import TemplateParameters
from communications.graph.protocol import HISTORY_FIELDS, read_history, read_success
from communications.media import received, uploads
from communications.media.attachments import Attachment, MediaFile
from communications.message_content import text_of
from communications.message_templates import TemplateDefinition
from communications.models import Contact, Message, Status
from communications.notifications import Notifications
from communications.phone_numbers import PhoneNumber, number_of


@dataclass(frozen=True)
class SentMessage:
    """What Meta said: `message_id` is the wamid, `status` is accepted or held, `raw` is Meta's answer.

    `id` is our own ID of the message, which finds its row and its statuses.
    """

    message_id: str
    status: str
    raw: dict[str, Any]
    id: UUID


class WhatsAppService(Notifications[SentMessage]):
    """Sends messages; reads its settings on use, so that a renewed token takes effect at once."""

    def __init__(self) -> None:
        self._client = GraphClient()

    def is_configured(self) -> bool:
        """Say whether the token and the phone number ID are both set."""
        return is_configured()

    def require_ready(self, *, about_to_send: bool = False) -> Credentials:
        """Raise `NotConfigured` or `ChannelPaused` if nothing can be sent now, whoever it is for."""
        if not self.is_configured():
            raise NotConfigured
        credentials = our_credentials()
        channel.require_open(credentials.phone_number_id, credentials.access_token, about_to_send=about_to_send)
        return credentials

    def send_text_message(self, to_number: str, message: str) -> SentMessage:
        """Send plain text, verbatim, up to 4096 characters.

        Raises an error of `communications/errors.py`; never returns None for a failure.
        """
        return self.deliver(self.prepare_text_message(to_number, message))

    def send_template_message(
        self,
        to_number: str,
        template_name: str,
        parameters: TemplateParameters | None = None,
        language_code: str = "en_US",
    ) -> SentMessage:
        """Send an approved template: `parameters` is a list of body values in order, or a mapping with any of
        `body`, `header` and `buttons`, as `graph/payloads.py` says. For one that is defined here, use
        `send_message_template`.

        Raises an error of `communications/errors.py`; never returns None for a failure.
        """
        content = payloads.template(template_name, language_code, parameters)
        known = templates.require_fit(content, defined=False)
        text, marketing = templates.text_at_meta(known, content), templates.is_marketing(known)
        return self.deliver(
            self._prepare(number_of(to_number), content, text=text, contact=None, is_marketing=marketing)
        )

    def send_message(
        self, to_number: str | PhoneNumber, content: dict[str, Any], *, reply_to: str | None = None
    ) -> SentMessage:
        """Send what a builder of `graph/` made: text, buttons, a list, a link, a place, contact cards, a reaction.

        `reply_to` is the wamid of the message that this one answers and quotes. Raises an error of
        `communications/errors.py`; never returns None for a failure.
        """
        return self.deliver(self.prepare_message(to_number, content, reply_to=reply_to))

    def send_message_template(
        self, definition: TemplateDefinition, to: str | PhoneNumber, *, language: str | None = None, **fields: str
    ) -> SentMessage:
        """Send a template of `communications/message_templates.py`, its fields by name.

        For one that only Meta has, use `send_template_message`. Raises an error of `communications/errors.py`; a
        missing or impossible field is named.
        """
        return self.deliver(self.prepare_message_template(definition, to, fields, language=language))

    def mark_as_read(self, wamid: str, *, typing: bool = False) -> None:
        """Show the person that their message, and all before it, was read; `typing` shows that an answer is coming.

        It is no message: it leaves no row, and may be repeated. Raises an error of `communications/errors.py`.
        """
        body = payloads.read_receipt(wamid, typing=typing)
        credentials = self.require_ready()
        try:
            read_success(self._client.post_message(credentials, body))
        except ChannelPaused as refusal:
            channel.pause(credentials.phone_number_id, credentials.access_token, meta_code=refusal.meta_code)
            raise
        except DeliveryUnconfirmed as unknown:
            raise _repeatable(unknown) from unknown

    def send_media_message(
        self,
        to_number: str,
        kind: str,
        *,
        file: MediaFile | None = None,
        link: str | None = None,
        media_id: str | None = None,
        caption: str = "",
        filename: str = "",
    ) -> SentMessage:
        """Send an image, video, audio, document or sticker: a file of ours, a link that Meta fetches, or Meta's ID.

        A file goes to Meta once and by its ID afterwards; docs/media.md has the limits. Raises an error of
        `communications/errors.py`; never returns None for a failure.
        """
        attachment = Attachment(kind, file, link, media_id, caption, filename)
        asked_at = timezone.now()
        message = self.prepare_media_message(to_number, attachment)
        try:
            return self.deliver(message)
        except SendFailed as refusal:
            if file is None or not uploads.forget_refused(message.content[kind]["id"], refusal, asked_at=asked_at):
                raise
        # Certainly not sent: a message of its own, with the file uploaded anew.
        return self.deliver(self.prepare_media_message(to_number, attachment))

    def prepare_media_message(
        self,
        to_number: str | PhoneNumber,
        attachment: Attachment,
        *,
        reply_to: str | None = None,
        contact: Contact | None = None,
    ) -> Message:
        """Pass the gate, upload the file unless Meta has it, and write the row, to be delivered after the commit.

        Raises as `prepare_text_message` does, and `SendFailed`, `RateLimited` or `MetaUnreachable` where Meta does not
        take the file. Call it outside any transaction: an upload may take a minute.
        """
        number = number_of(to_number)
        credentials = self.require_ready()
        contact = contact or Contact.objects.with_phone(number.e164)
        if contact:
            require_consent(contact)
        content = attachment.content(credentials=credentials, client=self._client)
        if reply_to is not None:
            payloads.check_reply(content, reply_to)
        return self._prepare(number, content, text=attachment.caption, contact=contact, reply_to=reply_to or "")

    def media_header(
        self,
        kind: str,
        *,
        file: MediaFile | None = None,
        link: str | None = None,
        media_id: str | None = None,
        filename: str = "",
    ) -> dict[str, Any]:
        """Make the picture, video or document that stands over the text of buttons or of a link.

        A file goes to Meta once, as in `send_media_message`; raises as that does. Call it outside any transaction.
        """
        attachment = Attachment(kind, file, link, media_id, filename=filename)
        return attachment.content(credentials=self.require_ready(), client=self._client)

    def fetch_received_media(self, limit: int = received.PORTION) -> int:
        """Fetch files that people sent us and that are due; return how many were tried or given up."""
        expired = received.expire_old()
        if not self.is_configured():
            return expired
        return expired + received.fetch_due(limit, credentials=our_credentials(), client=self._client)

    def new_contact(self, number: PhoneNumber) -> Contact:
        """Make a row for a person nobody knew a moment ago."""
        return contacts.create_by_phone(number, evidence="sent to")

    def prepare_text_message(
        self,
        to_number: str | PhoneNumber,
        message: str,
        *,
        contact: Contact | None = None,
        is_marketing: bool = False,
    ) -> Message:
        """Pass the gate and write the row of a text message, to be delivered after the caller's commit.

        With `is_marketing` it does not go to people who have stopped marketing, also if they do while it is queued.
        Raises `InvalidPhoneNumber`, `InvalidMessage`, `RecipientOptedOut`, `NotConfigured` or `ChannelPaused`.
        """
        number = number_of(to_number)
        return self._prepare(number, payloads.text(message), text=message, contact=contact, is_marketing=is_marketing)

    def prepare_message(
        self,
        to_number: str | PhoneNumber,
        content: dict[str, Any],
        *,
        reply_to: str | None = None,
        contact: Contact | None = None,
    ) -> Message:
        """Pass the gate and write the row of what a builder of `graph/` made, to be delivered after the commit.

        Raises as `prepare_text_message` does.
        """
        number = number_of(to_number)
        if reply_to is not None:
            payloads.check_reply(content, reply_to)
        return self._prepare(number, content, text=text_of(content), contact=contact, reply_to=reply_to or "")

    def prepare_message_template(
        self,
        definition: TemplateDefinition,
        to: str | PhoneNumber,
        fields: Mapping[str, str],
        *,
        language: str | None = None,
        contact: Contact | None = None,
    ) -> Message:
        """Pass the gate and write the row of a template message, to be delivered after the commit.

        Raises as `prepare_text_message` does, and `TemplateUnavailable`.
        """
        number = number_of(to)
        composed = template_messages.compose(definition, number, fields, language=language)
        return self._prepare(
            number, composed.content, text=composed.text, contact=contact, is_marketing=composed.is_marketing
        )

    def sync_message_templates(self, *, push: bool = True, dry_run: bool = False) -> Iterator[template_sync.Outcome]:
        """Bring Meta's templates and our definitions together; tell of each template.

        Raises an error of `communications/errors.py` where Meta cannot be asked. Call it outside any transaction.
        """
        if not self.is_configured():
            raise NotConfigured
        account = template_sync.Account(self._client, our_credentials(), setting("WHATSAPP_BUSINESS_ACCOUNT_ID"))
        return template_sync.sync(account, push=push, dry_run=dry_run)

    def deliver(self, message: Message) -> SentMessage:
        """Send a prepared message; call it outside any transaction, once.

        Raises `SendFailed`, `DeliveryUnconfirmed`, or a `ServiceUnavailable`: `ChannelPaused`, `RateLimited`,
        `Congested`, `DailyLimitReached` or `MetaUnreachable`.
        """
        try:
            accepted = delivery.deliver(message, credentials=our_credentials(), client=self._client)
        except SendFailed as refusal:
            uploads.forget_refused_header(message.content, refusal)
            raise
        return SentMessage(accepted.wamid, message.status, accepted.raw, message.pk)

    def queue(self, message: Message) -> None:
        """Let a prepared message wait for the due work instead of delivering it now."""
        delivery.put_back(message)
        broker.ring(broker.QUEUED_MESSAGES)

    def message_history(self, message: Message) -> list[dict[str, Any]]:
        """Ask Meta what became of a message: its events, each with delivery_status and timestamp.

        Raises `ServiceUnavailable` or `SendFailed` where Meta does not say.
        """
        answer = self._client.get(
            our_credentials(), "message_history", {"message_id": message.wamid or "", "fields": HISTORY_FIELDS}
        )
        return read_history(answer)

    @transaction.atomic(savepoint=False)
    def _prepare(
        self,
        number: PhoneNumber,
        content: dict[str, Any],
        *,
        text: str,
        contact: Contact | None,
        reply_to: str = "",
        is_marketing: bool = False,
    ) -> Message:
        credentials = self.require_ready(about_to_send=True)
        contact = contact or Contact.objects.with_phone(number.e164) or self.new_contact(number)
        require_consent(contact, marketing=is_marketing)
        message = Message.objects.create(
            contact=contact,
            phone_number_id=credentials.phone_number_id,
            to_number=number.e164,
            kind=content["type"],
            text=text,
            content=content,
            reply_to=reply_to,
            status=Status.SENDING,
            sending_since=Now(),
            opens_conversation=not contact.window_is_open(),
            is_marketing=is_marketing,
        )
        # Only the database knows it: whoever asks is told by the row.
        del message.sending_since
        return message


def _repeatable(unknown: DeliveryUnconfirmed) -> ServiceUnavailable:
    """For what is no message, and may be done twice: nobody has to wait for a status."""
    failure = ServiceUnavailable("Meta did not confirm that the message was marked as read. Try again: twice is once.")
    failure.meta_code, failure.meta_details = unknown.meta_code, unknown.meta_details
    failure.fbtrace_id, failure.raw = unknown.fbtrace_id, unknown.raw
    return failure


whatsapp_service = WhatsAppService()
