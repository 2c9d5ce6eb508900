"""Phone numbers whose owners always do the same: how a test or a person gets the outcome to be seen."""

from dataclasses import dataclass
from enum import Enum, auto

PREFIX = "+1202555"


class Answer(Enum):
    """What becomes of our answer to the send request."""

    AT_ONCE = auto()
    AFTER_STATUSES = auto()
    CUT = auto()
    NEVER = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What happens to a message for one person."""

    summary: str
    statuses: tuple[str, ...] = ("sent", "delivered", "read")
    answer: Answer = Answer.AT_ONCE
    message_status: str = "accepted"
    reply: str = ""
    refusal: int | None = None
    refusals: int | None = None  # how many times; None: always
    refuses_templates: bool = True
    failure: int | None = None


def refused(code: int, summary: str, *, times: int | None = None) -> Behaviour:
    return Behaviour(summary=summary, refusal=code, refusals=times)


def failed(code: int) -> Behaviour:
    return Behaviour(summary=f"accepted, then failed {code} by webhook", statuses=("failed",), failure=code)


MAGIC_NUMBERS: dict[str, Behaviour] = {
    "0100": Behaviour(summary="read"),
    "0101": Behaviour(summary="delivered, never read", statuses=("sent", "delivered")),
    "0102": Behaviour(summary="sent, never delivered", statuses=("sent",)),
    "0103": Behaviour(summary="statuses doubled", statuses=("sent", "sent", "delivered", "delivered", "read", "read")),
    "0104": Behaviour(summary="statuses in reverse order", statuses=("read", "delivered", "sent")),
    "0105": Behaviour(summary="statuses before the answer", answer=Answer.AFTER_STATUSES),
    "0106": Behaviour(
        summary="accepted, then the connection is cut without an answer; statuses follow", answer=Answer.CUT
    ),
    "0107": Behaviour(summary="no answer within 30 s, not accepted", answer=Answer.NEVER),
    "0108": refused(131000, "500 with code 131000, not accepted"),
    "0109": Behaviour(
        summary="held_for_quality_assessment, then sent",
        message_status="held_for_quality_assessment",
        statuses=("sent",),
    ),
    "0110": Behaviour(summary="the person replies “STOP” after reading", reply="STOP"),
    "0111": Behaviour(summary="the person replies “Hello” after reading", reply="Hello"),
    "0126": failed(131026),
    "0129": refused(130429, "130429 twice, then accepted", times=2),
    "0130": refused(131030, "131030: not on the test list"),
    "0142": refused(131042, "131042: payment problem"),
    "0143": failed(131042),
    "0147": Behaviour(summary="131047 for free text; templates pass", refusal=131047, refuses_templates=False),
    "0149": failed(131049),
    "0150": failed(131050),
    "0156": refused(131056, "131056 twice, then accepted", times=2),
    "0190": refused(190, "190: the access token is refused"),
}
ORDINARY = Behaviour(summary="read")


def behaviour_of(phone: str) -> Behaviour:
    if not phone.startswith(PREFIX):
        return ORDINARY
    return MAGIC_NUMBERS.get(phone.removeprefix(PREFIX), ORDINARY)
