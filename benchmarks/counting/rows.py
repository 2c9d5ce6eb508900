"""A year of messages, written by PostgreSQL itself: of the same kinds, however many there are."""

from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from communications.models import Campaign, Contact, Message, MessageStatus
from invitations.models import Invitation, InvitationMessage

INVITERS, CAMPAIGNS = 500, 100
STAFF = "staff"
_CHUNK = 500_000
# The first digits of mobile numbers in twenty countries; nine more follow.
_CODES = (52, 57, 54, 55, 51, 56, 593, 502, 503, 504, 34, 49, 33, 31, 32, 43, 48, 351, 353, 91)
_TEMPLATES = ("invoice_notification", "payment_confirmation", "appointment_reminder", "order_update")

# Three of ten messages carry an invitation; half of these belong to a list, each of which is sent within a few days.
_MADE = """
CREATE TEMPORARY TABLE made ON COMMIT DROP AS
SELECT n, at, uuidv7(at - clock_timestamp()) AS id, luck, n %% 10 < 3 AS invites,
    CASE WHEN luck < 0.03 THEN 'failed' WHEN luck < 0.05 THEN 'accepted' WHEN luck < 0.1 THEN 'sent'
        WHEN luck < 0.4 THEN 'delivered' ELSE 'read' END AS status,
    CASE WHEN n %% 10 < 3 THEN 'business_invitation' ELSE (%(templates)s::text[])[1 + n %% 4] END AS template,
    CASE WHEN n %% 20 < 3 THEN (%(campaigns)s::uuid[])[1 + n * (%(lists)s - 1) / %(count)s] END AS campaign,
    (%(inviters)s::int[])[1 + n * 7 %% %(people)s] AS inviter,
    '+' || (%(codes)s::text[])[1 + n * 3 %% 20] || lpad((n * 7919 %% 1000000000)::text, 9, '0') AS number
FROM (SELECT n, random() AS luck, now() - interval '1 day' * (364.9 * (1 - n::float / %(count)s)) AS at
    FROM generate_series(%(first)s::bigint, %(last)s) AS n) AS each
"""
_MESSAGE = {
    "id": "made.id", "created_at": "made.at", "status": "made.status", "to_number": "made.number",
    "wamid": "'wamid.' || made.n", "campaign_id": "made.campaign",
    "content": "jsonb_build_object('type', 'template', 'template', jsonb_build_object('name', made.template))",
    "meta_code": "CASE WHEN made.status = 'failed' THEN (ARRAY[131026, 131049, 131050])[1 + made.n % 3] END",
}  # fmt: skip
_INVITATION = {
    "id": "made.id", "created_at": "made.at", "last_sent_at": "made.at", "newest_message_id": "made.id",
    "inviter_id": "made.inviter", "phone_number": "made.number", "token": "made.n::text",
    "state": "CASE WHEN made.status <> 'read' OR made.luck < 0.7 THEN 'expired' "
             "WHEN made.luck < 0.9 THEN 'declined' ELSE 'joined' END",
}  # fmt: skip
_STATUSES = f"""
INSERT INTO {MessageStatus._meta.db_table} (message_id, status, at, recorded_at, details)
SELECT id, step.status, at + step.after, at + step.after, step.details
FROM made, LATERAL (VALUES
    ('accepted', interval '0', '{{}}'::jsonb, ARRAY['accepted', 'sent', 'delivered', 'read']),
    ('delivered', interval '1 s' * (1 + 300 * luck ^ 4), jsonb_build_object('pricing', jsonb_build_object(
        'billable', true, 'type', 'regular', 'category', CASE WHEN invites THEN 'marketing' ELSE 'utility' END
    )), ARRAY['delivered', 'read']),
    ('read', interval '1 s' * (5 + 80000 * luck ^ 6), '{{}}', ARRAY['read'])
) AS step (status, after, details, reached)
WHERE made.status = ANY(step.reached)
"""
_CARRIED = (
    f"INSERT INTO {InvitationMessage._meta.db_table} (invitation_id, message_id, sent_by_id, sent_at) "
    "SELECT id, id, inviter, at FROM made WHERE invites"
)


@dataclass(frozen=True)
class Like:
    """One row of each table to copy from, and those that all belong to."""

    message: Message
    invitation: Invitation
    campaigns: list[str]
    inviters: list[int]


def write(count: int) -> None:
    """Write `count` messages of the last 365 days, with their statuses and invitations, into an empty database."""
    like = _one_of_each()
    for first in range(1, count + 1, _CHUNK):
        _write(like, first, min(first + _CHUNK - 1, count), count)
    like.invitation.delete()
    like.message.delete()
    tidy()


def tidy() -> None:
    """Let PostgreSQL know what it has, as it does by itself after a while."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _one_of_each() -> Like:
    users = get_user_model().objects
    users.create_user(STAFF, is_staff=True)
    users.bulk_create(users.model(username=f"inviter{number}", password="!") for number in range(INVITERS))
    contact = Contact.objects.create()
    message = Message.objects.create(contact=contact, phone_number_id="1", kind="template", content={}, wamid="wamid")
    inviters = list(users.filter(is_staff=False).order_by("pk").values_list("pk", flat=True))
    invitation = Invitation.objects.create(
        inviter_id=inviters[0], contact=contact, newest_message=message, last_sent_at=timezone.now(), message="Join me"
    )
    campaigns = [str(Campaign.objects.create(name=f"List {number}").pk) for number in range(CAMPAIGNS)]
    return Like(message, invitation, campaigns, inviters)


@transaction.atomic
def _write(like: Like, first: int, last: int, count: int) -> None:
    with connection.cursor() as cursor:
        # No foreign keys are looked up, and nothing is noted as changed: all of it is counted afterwards.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(_MADE, {
            "first": first, "last": last, "count": count, "codes": [str(code) for code in _CODES],
            "templates": list(_TEMPLATES), "campaigns": like.campaigns, "lists": CAMPAIGNS,
            "inviters": like.inviters, "people": INVITERS,
        })  # fmt: skip
        cursor.execute(_copies(Message, _MESSAGE), [like.message.pk])
        cursor.execute(_STATUSES)
        cursor.execute(_copies(Invitation, _INVITATION) + " WHERE made.invites", [like.invitation.pk])
        cursor.execute(_CARRIED)


def _copies(model: type[Model], fresh: dict[str, str]) -> str:
    """Copy one row for each that is made, with fresh values in some of its columns."""
    columns = [field.column for field in model._meta.concrete_fields]
    values = ", ".join(fresh.get(column, f'one."{column}"').replace("%", "%%") for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    table = model._meta.db_table
    return f"INSERT INTO {table} ({names}) SELECT {values} FROM made JOIN {table} AS one ON one.id = %s"
