"""The whole of Meta in one object: what it was told, what it knows, what it is doing."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any

from sandbox.courier import Courier
from sandbox.envelope import Envelope
from sandbox.graph_errors import GraphError
from sandbox.handshake import Handshake
from sandbox.inbound import build
from sandbox.magic_numbers import Behaviour
from sandbox.messages import Message, MessageStore, Reply
from sandbox.options import SandboxOptions
from sandbox.people import dialled_phone, person_with_phone
from sandbox.rate_limits import PairLimit, Throughput
from sandbox.recipients import Recipients


class Exchange:
    """Takes messages from the business, carries them to people, and tells the business about it.

    Lives in one event loop; made anew by `reset`, except for its options.
    """

    def __init__(self, options: SandboxOptions) -> None:
        self.options = options
        self.stopping = asyncio.Event()
        self.courier = Courier(self.current_options)
        self.handshake = Handshake(self.current_options, lambda: self.courier.session)
        self.store = MessageStore(options.keep)
        self.recipients = Recipients(self.current_options, self.store, self.courier)
        self.forget_limits()

    def current_options(self) -> SandboxOptions:
        return self.options

    def forget_limits(self) -> None:
        self.throughput = Throughput()
        self.pair_limit = PairLimit()
        self.refusals: Counter[str] = Counter()

    async def start(self) -> None:
        await self.courier.start()
        self.handshake.start()

    async def stop(self) -> None:
        self.stopping.set()
        self.recipients.reset()
        self.handshake.stop()
        await self.courier.stop()

    def reset(self) -> None:
        """Forget every message, status, webhook and limit; what is under way is dropped."""
        self.recipients.reset()
        self.courier.reset()
        self.store = MessageStore(self.options.keep)
        self.recipients.store = self.store
        self.forget_limits()

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

    def accept(self, envelope: Envelope, behaviour: Behaviour, *, version: str) -> Message:
        phone = envelope.person.phone
        self.require_willing(envelope, behaviour)
        self.throughput.admit(self.options.messages_per_second)
        self.pair_limit.admit(phone, pair_seconds=self.options.pair_seconds)
        self.refusals.pop(phone, None)
        message = Message(envelope, behaviour.message_status, version)
        self.store.add(message)
        return message

    def receive(self, kind: str, phone: str, content: Mapping[str, Any], *, context: str | None = None) -> str:
        """Let a person write to the business; return the wamid of what they wrote. ValueError: what is wrong."""
        person = person_with_phone(self.dialled(phone))
        content = (
            {**content, "new_phone": self.dialled(str(content["new_phone"]))} if "new_phone" in content else content
        )
        inbound = build(kind, content, person=person, hidden=self.options.hide_numbers)
        reply = Reply(person, inbound, context or "")
        self.recipients.reply(reply)
        return reply.wamid

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
