"""The people's side of a message: it reaches them, they read it, some answer."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.activity import Activity
from sandbox.courier import Courier, Update
from sandbox.graph_errors import GraphError
from sandbox.inbound import text
from sandbox.magic_numbers import Behaviour
from sandbox.messages import RANKS, Message, MessageStore, Reply, Status
from sandbox.notifications import Value, reply_value, status_value
from sandbox.options import SandboxOptions
from sandbox.webhook_record import WebhookRecord

REPLY = "reply"
STEPS = {**RANKS, REPLY: 4}


@dataclass(slots=True)
class Journey:
    """What is still to happen to a message. `pace` is the time in seconds between two steps."""

    message: Message
    behaviour: Behaviour
    activity: Activity
    pace: float
    started: float
    steps: deque[str]
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Recipients:
    """Plays everybody. A status leaves at its own time, and never before the one ahead of it was tried."""

    def __init__(self, options: Callable[[], SandboxOptions], store: MessageStore, courier: Courier) -> None:
        self.options = options
        self.store = store
        self.courier = courier
        self.activity = Activity()

    def reset(self) -> None:
        self.activity.end()
        self.activity = Activity()

    def receive(self, message: Message, behaviour: Behaviour, *, pace: float | None = None) -> Journey:
        statuses = behaviour.statuses if message.failure is None else ("failed",)
        if self.courier.mishaps.happens("reverse", self.options().reverse):
            statuses = statuses[::-1]
        steps = deque(statuses + ((REPLY,) if behaviour.reply and message.failure is None else ()))
        seconds = self.options().delay_ms / 1000 if pace is None else pace
        now = asyncio.get_running_loop().time()
        journey = Journey(message, behaviour, self.activity, seconds, now, steps)
        journey.activity.begin()
        self.schedule(journey)
        return journey

    def schedule(self, journey: Journey) -> None:
        if not journey.steps:
            journey.activity.finish()
            journey.over.set()
            return
        due = journey.started + STEPS[journey.steps[0]] * journey.pace
        asyncio.get_running_loop().call_at(due, self.go_on, journey)

    def go_on(self, journey: Journey) -> None:
        if journey.activity.ended:
            journey.over.set()
            return
        step = journey.steps.popleft()
        if step == REPLY:
            self.reply(Reply(journey.message.person, text(journey.behaviour.reply)))
            self.schedule(journey)
        else:
            self.tell(journey, step)

    def tell(self, journey: Journey, name: str) -> None:
        message = journey.message
        code = journey.behaviour.failure
        error = message.failure or (GraphError(code) if code is not None else None)
        status = Status(name, message.accepted_at + STEPS[name] * journey.pace, error)
        message.statuses.append(status)
        value = status_value(message, status, hidden=self.options().hide_numbers)

        def posted(webhook: WebhookRecord) -> None:
            status.webhook = webhook

        self.courier.tell(Update(value, journey.activity, posted, lambda: self.schedule(journey)), "statuses")

    def reply(self, reply: Reply) -> None:
        self.store.add(reply)
        options = self.options()
        value = reply_value(reply, business_number=options.display_phone_number, hidden=options.hide_numbers)
        self.courier.tell(Update(value, self.activity), "messages")

    def announce(self, field: str, value: Value, *, waba_id: str = "") -> None:
        """Tell the business something about its account, its templates or a person's preferences."""
        self.courier.post([value], self.activity, field=field, waba_id=waba_id)
