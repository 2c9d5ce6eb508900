"""A batch in our database and the sandbox's count of it, and what must be true of the two whatever happened."""

from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

from sandbox import Sandbox
from tests.faults.processes import Database
from tests.waiting import wait_until

# Statuses of messages that Meta has taken, and of those that it never saw.
TAKEN = {"accepted", "held", "sent", "delivered", "read"}
NEVER_SENT = {"queued", "failed"}

_PEOPLE = """
    INSERT INTO communications_contact (created_at, name) SELECT now(), '' FROM generate_series(1, %s) RETURNING id
"""
_CAMPAIGN = """
    INSERT INTO communications_campaign (id, name, state, created_at) VALUES (uuidv7(), '', %s, now()) RETURNING id
"""
_MESSAGES = """
    INSERT INTO communications_message
        (id, contact_id, campaign_id, phone_number_id, to_number, to_user_id, kind, text, content, reply_to, status,
         created_at, due_at, expires_at, was_queued, failure_code, failure_detail, meta_details, fbtrace_id)
    SELECT uuidv7(), person.id, %s, '676188225586230', '+1385' || 2000000 + place, '', 'text', 'Join me on Dott!',
        '{"type": "text", "text": {"body": "Join me on Dott!"}}', '', 'queued',
        now(), now() + %s::interval, now() + %s::interval, true, '', '', '', ''
    FROM unnest(%s::bigint[]) WITH ORDINALITY AS person (id, place)
"""
_UNPROCESSED = "SELECT count(*) FROM communications_webhookevent WHERE processed_at IS NULL"


@dataclass
class Batch:
    """Messages of one campaign, each to a person of its own, queued."""

    database: Database
    sandbox: Sandbox
    campaigns: list[UUID] = field(default_factory=list)

    def queue(self, count: int, *, state: str = "running", due_in: str | None = None, lives: str | None = None) -> UUID:
        [(campaign,)] = self.database.rows(_CAMPAIGN, state)
        people = [person for (person,) in self.database.rows(_PEOPLE, count)]
        self.database.rows(_MESSAGES, campaign, due_in, lives, people)
        self.campaigns.append(campaign)
        return campaign

    def statuses(self) -> Counter[str]:
        return Counter(dict(self.database.rows("SELECT status, count(*) FROM communications_message GROUP BY 1")))

    def at_meta(self) -> Counter[str]:
        return Counter(self.sandbox.references())

    def accepted(self) -> int:
        """How many messages Meta has taken so far."""
        return int(self.sandbox.tally()["accepted"])

    def wait_for_meta(self, count: int) -> None:
        wait_until(lambda: self.accepted() >= count, told=self.accepted)

    def wait_until_it_is_over(self) -> None:
        """Until nothing waits or is on its way."""
        wait_until(lambda: not {"queued", "sending"} & set(self.statuses()), told=self.statuses)

    def let_minutes_pass(self, minutes: int) -> None:
        """Put what was taken up to be sent that far back."""
        self.database.rows(
            "UPDATE communications_message SET sending_since = sending_since - %s * interval '1 minute' "
            "WHERE status = 'sending'",
            minutes,
        )

    def tell_what_became(self) -> None:
        """Store the sandbox's webhooks as the ingest door does, and wait until a worker has applied them."""
        self.sandbox.wait_idle()
        bodies = [webhook.body for webhook in self.sandbox.webhooks()]
        self.database.rows(
            "INSERT INTO communications_webhookevent (received_at, body, attempts, error) "
            "SELECT now(), body, 0, '' FROM unnest(%s::bytea[]) AS body",
            bodies,
        )
        wait_until(lambda: not self.database.rows(_UNPROCESSED)[0][0])

    def check(self, *, settled: bool = True) -> Counter[str]:
        """Assert that nobody got two messages and that nothing was lost; return the statuses of our rows.

        `settled`: webhooks have told of all that Meta took, so that what is still unconfirmed never reached it.
        """
        at_meta, ours = self.at_meta(), self._ours()
        taken = {reference for reference, status in ours.items() if status in TAKEN}
        never_sent = {reference for reference, status in ours.items() if status in NEVER_SENT}
        unknown = {reference for reference, status in ours.items() if status == "unconfirmed"}

        assert [reference for reference, times in at_meta.items() if times > 1] == [], "sent twice"
        assert set(at_meta) - set(ours) == set(), "sent, and no row knows of it"
        assert taken - set(at_meta) == set(), "lost: a row says that Meta took it"
        assert never_sent & set(at_meta) == set(), "Meta took it, and the row says that it did not"
        assert len(taken) + len(never_sent) + len(unknown) == len(ours), "a row is in no known state"
        if settled:
            assert unknown & set(at_meta) == set(), "Meta took it and told so, and the row does not know"
        return Counter(ours.values())

    def _ours(self) -> dict[str, str]:
        return {str(pk): status for pk, status in self.database.rows("SELECT id, status FROM communications_message")}
