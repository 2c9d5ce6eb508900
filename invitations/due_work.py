"""What becomes due with invitations, done with everybody's due work."""

from communications.due_work import Job
from invitations import life, resending


def expiries() -> Job:
    return Job("expired invitations", life.expire_overdue, every=300)


def reminders() -> Job:
    return Job("reminders", resending.remind_due, every=60)
