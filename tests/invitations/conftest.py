"""Who looks at the pages."""

import pytest


@pytest.fixture
def dashboard(inviter, client):
    """The browser of the inviter, who is signed in."""
    client.force_login(inviter)
    return client


@pytest.fixture
def jane(django_user_model):
    """Somebody else who invites."""
    return django_user_model.objects.create_user("jane")


@pytest.fixture
def boss(django_user_model):
    """One of the staff."""
    return django_user_model.objects.create_user("boss", is_staff=True)
