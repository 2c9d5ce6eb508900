"""Somebody who was invited, their browser, and who listens to what they do."""

import pytest
from django.test import Client

from invitations.models import Invitation
from invitations.signals import invitation_declined, invitation_joined, invitation_opened

BROWSER = "Mozilla/5.0 (Linux; Android 14; SM-A546B) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36"


@pytest.fixture
def invitation(invite, sandbox):
    invite("+12025550100", "Join me <b>now</b>\non Dott", recipientName="Maria")
    return Invitation.objects.get()


@pytest.fixture
def guest():
    return Client(HTTP_USER_AGENT=BROWSER, HTTP_ACCEPT_LANGUAGE="en")


@pytest.fixture
def answer(guest, invitation):
    def post(what, **headers):
        return guest.post(f"/i/{invitation.token}/", {"answer": what}, headers=headers)

    return post


@pytest.fixture
def heard():
    """What listeners were told, by the name of the signal."""
    told = []

    def listen(name):
        def receive(sender, invitation, **named):
            told.append((name, invitation.state, named.get("via")))

        return receive

    receivers = {
        signal: listen(name)
        for name, signal in {
            "opened": invitation_opened,
            "joined": invitation_joined,
            "declined": invitation_declined,
        }.items()
    }
    for signal, receiver in receivers.items():
        signal.connect(receiver)
    yield told
    for signal, receiver in receivers.items():
        signal.disconnect(receiver)
