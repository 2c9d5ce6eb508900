"""The answers of the API for invitations and lists, by their names in the description."""

from communications.api.description.schemas import (
    PHONE,
    STATUS,
    SUCCESS,
    WAMID,
    Schema,
    by_name,
    count,
    flag,
    identifier,
    list_of,
    moment,
    number,
    one_of,
    or_null,
    record,
    ref,
    text,
)
from communications.models import Campaign, Status
from invitations.batches.tallies import CANCELLED, WAITING
from invitations.carriers import Reason
from invitations.models import BatchRow, Invitation, InvitationBatch

_CARRIER = one_of(("text", "template"), "The sender's own words, or the template that carries them.")
_STATES = dict.fromkeys(
    [*InvitationBatch.Stage.values, *Campaign.State.values],
)
_STATES.pop(InvitationBatch.Stage.STARTED)

_INVITATION: dict[str, Schema] = {
    "invitationId": identifier(),
    "phoneNumber": PHONE,
    "senderName": text(),
    "message": text("The sender's words."),
    "status": or_null({**STATUS, "description": "Of the newest message; null where the inviter sends it by hand."}),
    "messageId": or_null(WAMID),
    "createdAt": moment(),
    "state": one_of(Invitation.State.values, "What has become of the invitation."),
    "failure": or_null(ref("WhyNotDelivered")),
}

_BATCH: dict[str, Schema] = {
    "batchId": identifier(),
    "name": text(),
    "state": one_of(_STATES),
    "rows": count(),
    "judged": count("Rows that were checked."),
    "people": count("Whom nothing speaks against inviting."),
    "verdicts": by_name(count(), "How many rows have which verdict.", names=BatchRow.Verdict.values),
    "createdAt": moment(),
    "startedAt": or_null(moment()),
    "finishedAt": or_null(moment()),
    "url": text("Of this answer.", format="uri"),
    "reportUrl": text("Of the report.", format="uri"),
    "pageUrl": text("Of the page for people.", format="uri"),
}
_PROGRESS = record(
    {
        "done": count(),
        "of": count(),
        "percent": number(minimum=0, maximum=100),
        "messagesPerSecond": number(minimum=0),
        "isMeasured": flag("Over the last minute; otherwise as set."),
        "secondsLeft": or_null(count()),
        "finishesAt": or_null(moment()),
        "dailyLimit": or_null(
            record(
                {"people": count("New people a day."), "left": count(), "goesOnAt": or_null(moment())},
                description="Where Meta sets one.",
            )
        ),
    }
)
_CAUTION = record({"code": text(), "message": text(), "blocking": flag("It cannot be started, or nothing leaves.")})
_SAMPLE = record(
    {
        "row": count(),
        "phoneNumber": PHONE,
        "recipientName": text(),
        "type": _CARRIER,
        "language": or_null(text()),
        "message": or_null(ref("Reading")),
        "problem": or_null(text("Why it cannot be sent.")),
    }
)
_BATCH_IN_FULL: dict[str, Schema] = {
    **_BATCH,
    "statuses": by_name(count(), "How many people have come how far.", names=[*Status.values, WAITING, CANCELLED]),
    "progress": _PROGRESS,
    "cautions": list_of(_CAUTION, "The worst first."),
    "preview": list_of(_SAMPLE, "Before the start: what the first people will read."),
}


def _page_of(name: str) -> Schema:
    address = or_null(text("The address of that page.", format="uri"))
    return record({"next": address, "previous": address, "results": list_of(ref(name), "Newest first.")})


SCHEMAS: dict[str, Schema] = {
    "InvitationSent": record(
        {
            "success": SUCCESS,
            "message": text(),
            "messageId": or_null(WAMID),
            "invitationId": identifier(),
            "status": or_null(one_of(Status.values)),
        }
    ),
    "Invitation": record(_INVITATION),
    "InvitationWithTimeline": record({**_INVITATION, "timeline": list_of(ref("Step"), "In order.")}),
    "InvitationPage": _page_of("Invitation"),
    "InvitationRevoked": record(
        {"success": SUCCESS, "invitationId": identifier(), "state": one_of([Invitation.State.REVOKED.value])}
    ),
    "Reading": record(
        {
            "header": text(),
            "body": text(),
            "footer": text(),
            "buttons": list_of(record({"type": text(), "text": text(), "url": or_null(text())})),
        },
        description="What stands on the person's phone.",
    ),
    "InvitationPreview": record(
        {
            "success": SUCCESS,
            "maySend": flag(),
            "refusal": or_null({**ref("Failure"), "description": "With what the invitation would be answered."}),
            "phoneNumber": PHONE,
            "formattedNumber": text("As people read it."),
            "country": record({"code": text("ISO 3166."), "name": text()}),
            "type": _CARRIER,
            "reason": one_of([each.value for each in Reason], "Why."),
            "explanation": text(),
            "template": or_null(text()),
            "language": or_null(text()),
            "category": or_null(text()),
            "message": or_null(ref("Reading")),
            "roomForWords": {"type": "integer", "description": "How many characters `message` may have."},
            "consentStated": flag(),
            "quota": record({"limit": count(), "left": count()}),
            "warnings": list_of(record({"code": text(), "message": text()}), "They do not stop the invitation."),
        }
    ),
    "Batch": record(_BATCH),
    "BatchTaken": record({"success": SUCCESS, **_BATCH}),
    "BatchInFull": record(_BATCH_IN_FULL),
    "BatchChanged": record({"success": SUCCESS, **_BATCH_IN_FULL}),
    "BatchPage": _page_of("Batch"),
}
