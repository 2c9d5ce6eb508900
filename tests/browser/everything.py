"""One of everything that a page can show: invitations in each state, a list, and what went wrong."""

from contextlib import suppress
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from communications import consent
from communications.models import MessageTemplate
from communications.phone_numbers import parse
from invitations import services
from invitations.batches import judging
from invitations.errors import InvitationNotSent
from invitations.models import Invitation, InvitationBatch

# Right-to-left, with markup, and as long as the column takes.
HARD_NAME = ("مريم <b>&amp; Söhne</b> " * 12)[:200]
LIST = "phone,name\n+34612345678,Ana\n+12025550101,Bob\n12,Wrong\n+12025550101,Bob again"


def invite(inviter, number, **details):
    with suppress(InvitationNotSent):
        services.send_invitation(
            inviter=inviter,
            phone_number=parse(number),
            message=details.pop("message", "Join me on Dott: we could split the invoices."),
            has_consent=True,
            include_link=True,
            base_url="http://testserver",
            source="dashboard",
            sender_name="John Doe",
            **details,
        )
    return Invitation.objects.filter(phone_number=number).get()


def make_everything(inviter, hand_over_webhooks):
    """Return invitations and lists by what they show; `inviter` sees them all."""
    inviter.is_staff = inviter.is_superuser = True
    inviter.save()
    made = {
        "read": invite(inviter, "+12025550100", recipient_name="Maria Silva", company_name="Maria's Bakery"),
        "delivered": invite(inviter, "+12025550101", recipient_name=HARD_NAME, message="W" * 300),
        "failed": invite(inviter, "+12025550126", recipient_name="Frank"),
        "refused": invite(inviter, "+12025550130"),
        "unconfirmed": invite(inviter, "+12025550108", recipient_name="Uma"),
        "joined": invite(inviter, "+12025550103", recipient_name="Joe"),
        "expired": invite(inviter, "+12025550104", recipient_name="Eve"),
    }
    hand_over_webhooks()
    now = timezone.now()
    Invitation.objects.filter(pk=made["joined"].pk).update(state="joined", opened_at=now, answered_at=now)
    Invitation.objects.filter(pk=made["expired"].pk).update(last_sent_at=now - timedelta(days=90))
    made["by_hand"] = services.invite_by_hand(
        inviter=inviter,
        phone_number=parse("+34612345678"),
        message="Join me on Dott",
        has_consent=False,
        base_url="http://testserver",
        source="dashboard",
        sender_name="John Doe",
    )
    consent.record_opt_out(made["failed"].contact, source="word", text="STOP")
    MessageTemplate.objects.create(name="business_invitation", language="en_US", status="PAUSED")
    made["list"] = make_list(inviter)
    return made


def make_list(inviter):
    browser = Client()
    browser.force_login(inviter)
    browser.post("/dashboard/batches/new/", {"pasted": LIST, "message": "Join me on Dott", "name": "Spring fair"})
    while judging.judge_due():
        pass
    return InvitationBatch.objects.get()
