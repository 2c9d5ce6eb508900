"""The whole of Meta in one object: what it was told, what it knows, what it is doing."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

from sandbox.business import Business
from sandbox.clock import Clock
from sandbox.courier import Courier
from sandbox.envelope import Envelope
from sandbox.graph_errors import GraphError
from sandbox.handshake import Handshake
from sandbox.inbound import build
from sandbox.late_failures import late_failure
from sandbox.magic_numbers import Behaviour
from sandbox.messages import Message, MessageStore, Reply
from sandbox.options import SandboxOptions
from sandbox.people import dialled_phone, person_with_phone
from sandbox.presses import press
from sandbox.rate_limits import PairLimit, Throughput
from sandbox.recipients import Recipients
from sandbox.tally import Tally
from sandbox.template_desk import TemplateDesk

TYPING_SECONDS = 25


class Exchange:
    """Takes messages from the business, carries them to people, and tells the business about it.

    Lives in one event loop; made anew by `reset`, except for its options.
    """

    def __init__(self, options: SandboxOptions) -> None:
        self.options = options
        self.stopping = asyncio.Event()
        self.courier = Courier(self.current_options, lambda: self.business.state.subscribed)
        self.handshake = Handshake(self.current_options, lambda: self.courier.session)
        self.store = MessageStore(options.keep)
        self.recipients = Recipients(self.current_options, self.store, self.courier)
        self.forget_limits()
        self.begin_business()

    def current_options(self) -> SandboxOptions:
        return self.options

    def forget_limits(self) -> None:
        self.throughput = Throughput()
        self.pair_limit = PairLimit()
        self.typing_until: dict[str, float] = {}
        self.refusals: Counter[str] = Counter()
        self.tally = Tally(self.options.keep_references)

    def begin_business(self) -> None:
        self.clock = Clock()
        self.began_at = self.clock()
        self.business = Business(self.clock, approved=not self.options.no_templates)
        self.template_desk = TemplateDesk(self.business, self.recipients, self.current_options)

    async def start(self) -> None:
        await self.courier.start()
        self.handshake.start()

    async def stop(self) -> None:
        self.stopping.set()
        self.recipients.reset()
        self.handshake.stop()
        await self.courier.stop()

    def reset(self) -> None:
        """Forget every message, status, webhook, file, template and limit; what is under way is dropped."""
        self.recipients.reset()
        self.courier.reset()
        self.store = MessageStore(self.options.keep)
        self.recipients.store = self.store
        self.forget_limits()
        self.begin_business()

    async def configure(self, changes: Mapping[str, Any]) -> None:
        """Change options; a new webhook is asked for its challenge before this returns."""
        self.options = self.options.changed(changes)
        if {"webhook_url", "verify_token"} & set(changes):
            self.handshake.start()
            await self.handshake.asked.wait()

    def require_willing(self, envelope: Envelope, behaviour: Behaviour) -> None:
        """Raise the refusal that this person's number stands for."""
        if behaviour.refusal is None or (envelope.type == "template" and not behaviour.refuses_templates):
            return
        phone = envelope.person.phone
        if behaviour.refusals is not None:
            self.refusals[phone] += 1
            if self.refusals[phone] > behaviour.refusals:
                return
        raise GraphError(behaviour.refusal)

    def accept(self, envelope: Envelope, behaviour: Behaviour, *, version: str, at: float) -> Message:
        phone = envelope.person.phone
        if self.business.state.can_send_message == "BLOCKED":
            raise GraphError(131031)
        self.require_willing(envelope, behaviour)
        if self.courier.mishaps.happens("server error", self.options.server_errors):
            raise GraphError(131000)
        self.throughput.admit(self.options.messages_per_second, at=at)
        self.pair_limit.admit(phone, pair_seconds=self.options.pair_seconds)
        self.refusals.pop(phone, None)
        failure = late_failure(envelope, self.store, self.clock)
        message = Message(envelope, behaviour.message_status, version, failure)
        self.store.add(message)
        self.tally.accept(envelope.callback_data)
        return message

    def receive(self, kind: str, phone: str, content: Mapping[str, Any], *, context: str | None = None) -> str:
        """Let a person write to the business; return the wamid of what they wrote. ValueError: what is wrong."""
        person = person_with_phone(self.dialled(phone))
        content = (
            {**content, "new_phone": self.dialled(str(content["new_phone"]))} if "new_phone" in content else content
        )
        inbound = build(kind, content, person=person, hidden=self.options.hide_numbers)
        if inbound.file is not None:
            self.business.media.add(*inbound.file, received=True, media_id=inbound.media_id, sha256=inbound.sha256)
        reply = Reply(person, inbound, context or "")
        self.typing_until.pop(person.phone, None)
        self.recipients.reply(reply)
        return reply.wamid

    def press(self, wamid: str, button: str | int) -> str:
        """Let the person press a button or list row of a message, by its text or its place."""
        message = self.store.messages.get(wamid)
        if message is None:
            raise ValueError(f"no such message: {wamid!r}")
        kind, content = press(message, button)
        return self.receive(kind, message.person.phone, content, context=wamid)

    def mark_read(self, reply: Reply, *, typing: bool) -> None:
        """Show a person's message, and those before it, as read; the business may type for 25 seconds."""
        for item in self.store.conversations.get(reply.person.phone, []):
            if isinstance(item, Reply) and item.sent_at <= reply.sent_at:
                item.read = True
        if typing:
            self.typing_until[reply.person.phone] = time.time() + TYPING_SECONDS

    def dialled(self, phone: str) -> str:
        try:
            return dialled_phone(phone, country_code=self.options.country_code)
        except GraphError as error:
            raise ValueError(error.details) from error

    def post_event(self, field: str, value: Mapping[str, Any], *, waba_id: str | None = None) -> None:
        """Send any webhook. ValueError: what is wrong."""
        if not field.strip():
            raise ValueError("field must name the webhook field")
        self.recipients.announce(field, dict(value), waba_id=waba_id or "")
