"""What a page tells of each failure: what happened, whose move it is, and the button that does it."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from communications import errors
from communications.errors import (
    Cancelled,
    ChannelPaused,
    Congested,
    DailyLimitReached,
    DeliveryUnconfirmed,
    IdempotencyConflict,
    IdempotencyKeyReused,
    InvalidIdempotencyKey,
    InvalidMessage,
    InvalidPhoneNumber,
    MetaError,
    MetaUnreachable,
    NotConfigured,
    NotSentInTime,
    PausedByPerson,
    RateLimited,
    RecipientOptedOut,
    SendFailed,
    ServiceUnavailable,
    TemplateUnavailable,
    TooManyRequests,
    WhatsAppError,
)
from communications.meta_codes import META_CODES, Action
from communications.models import Message
from invitations import errors as invitation_errors
from invitations.errors import InvitationClosed, NoReminder, QuotaReached, RecentlyInvited
from invitations.failure_cards import Remedy, card_of
from invitations.models import Invitation
from tests.invitations.pages import page_of, words_of

pytestmark = pytest.mark.django_db

CODES = sorted(META_CODES)
UNKNOWN = 999_999
FOR_STAFF = {Remedy.RENEW_TOKEN, Remedy.SYNC_TEMPLATES, Remedy.SEE_HEALTH}

OURS = {
    InvalidPhoneNumber: lambda _: InvalidPhoneNumber("Wrong.", reason="too_short"),
    InvalidMessage: lambda _: InvalidMessage("Wrong."),
    RecipientOptedOut: lambda _: RecipientOptedOut(),
    InvalidIdempotencyKey: lambda _: InvalidIdempotencyKey(),
    IdempotencyConflict: lambda _: IdempotencyConflict(),
    IdempotencyKeyReused: lambda _: IdempotencyKeyReused(),
    TooManyRequests: lambda _: TooManyRequests(5),
    ServiceUnavailable: lambda _: ServiceUnavailable("Out."),
    NotConfigured: lambda _: NotConfigured(),
    TemplateUnavailable: lambda _: TemplateUnavailable("Paused."),
    PausedByPerson: lambda _: PausedByPerson(),
    Congested: lambda _: Congested("Much is waiting.", retry_after=9),
    DailyLimitReached: lambda _: DailyLimitReached(datetime.now(UTC) + timedelta(hours=1)),
    MetaUnreachable: lambda _: MetaUnreachable("Out."),
    ChannelPaused: lambda _: ChannelPaused(meta_code=190),
    RateLimited: lambda _: RateLimited(meta_code=130429, retry_after=7),
    SendFailed: lambda _: SendFailed(meta_code=131026),
    NotSentInTime: lambda _: NotSentInTime(),
    Cancelled: lambda _: Cancelled(),
    DeliveryUnconfirmed: lambda _: DeliveryUnconfirmed("Lost."),
    RecentlyInvited: lambda invitation: RecentlyInvited(invitation, retry_after=60),
    QuotaReached: lambda _: QuotaReached(200, retry_after=60),
    InvitationClosed: lambda invitation: InvitationClosed(invitation),
    NoReminder: lambda invitation: NoReminder(invitation),
}


@pytest.fixture
def sent(invite, sandbox):
    invite("+12025550100", "Join me on Dott")
    return Invitation.objects.get()


@pytest.fixture
def staff(inviter):
    inviter.is_staff = inviter.is_superuser = True
    inviter.save()
    return inviter


def text_of(html):
    return words_of(html).replace("&#x27;", "'").replace("&quot;", '"')


def card_on(client, invitation, **failure):
    """The HTML of the card on the invitation's page."""
    Message.objects.update(**{"status": "failed", "failure_code": "send_failed", "fbtrace_id": "AbC123"} | failure)
    page = client.get(page_of(invitation)).content.decode()
    return re.search(r'<div class="card-note.*?</div>', page, re.DOTALL)[0]


def buttons_of(html):
    return [text_of(each).strip() for each in re.findall(r"<(?:a|button)\b[^>]*>.*?</(?:a|button)>", html, re.DOTALL)]


# Every code of Meta's


@pytest.mark.parametrize("code", CODES)
def test_every_code_of_metas_says_what_happened_whose_move_it_is_and_what_helps(inviter, code):
    card = card_of(SendFailed(meta_code=code), inviter)

    meaning = META_CODES[code]
    assert meaning.meaning in card.what
    assert card.move
    assert card.remedy not in FOR_STAFF | {Remedy.NONE}
    assert "unknown" not in f"{card.error} {card.what}".lower()
    assert str(code) in card.support_id


@pytest.mark.parametrize("code", CODES)
def test_what_the_team_has_to_do_has_its_button_for_staff(inviter, code):
    inviter.is_staff = True
    meaning = META_CODES[code]

    card = card_of(SendFailed(meta_code=code), inviter)

    assert meaning.advice in card.what
    if meaning.action in {Action.PAUSE, Action.STOP_CAMPAIGN, Action.SET_UP, Action.USE_TEMPLATE, Action.HOLD}:
        assert card.remedy in FOR_STAFF


# One code of each kind on the page itself, where the button has to lead somewhere.
@pytest.mark.parametrize(
    ("code", "button", "for_staff"),
    [
        (131026, "Correct the number", "Correct the number"),
        (131021, "Correct the number", "Correct the number"),
        (132005, "Change the message", "Change the message"),
        (130429, "Send it again", "Send it again"),
        (190, "Send it from my own WhatsApp", "Look at the token"),
        (131042, "Send it from my own WhatsApp", "Look at the account"),
        (131030, "Send it from my own WhatsApp", "Look at the account"),
        (131047, "Send it from my own WhatsApp", "Compare the templates with Meta"),
        (132001, "Send it from my own WhatsApp", "Compare the templates with Meta"),
        (130472, "Send it from my own WhatsApp", "Send it from my own WhatsApp"),
        (130497, "Send it from my own WhatsApp", "Send it from my own WhatsApp"),
        (100, "Send it from my own WhatsApp", "Send it from my own WhatsApp"),
        (UNKNOWN, "Send it from my own WhatsApp", "Send it from my own WhatsApp"),
        (None, "Send it from my own WhatsApp", "Send it from my own WhatsApp"),
    ],
)
def test_card_has_the_button_that_helps(dashboard, sent, inviter, code, button, for_staff):
    shown = card_on(dashboard, sent, meta_code=code)
    inviter.is_staff = inviter.is_superuser = True
    inviter.save()
    shown_to_staff = card_on(dashboard, sent, meta_code=code)

    assert buttons_of(shown) == [button]
    assert buttons_of(shown_to_staff) == [for_staff]


@pytest.mark.parametrize("code", [131026, 132005, 130429, 130472, 190, 131042, 131047])
def test_button_of_a_card_leads_to_something(dashboard, sent, staff, code):
    card = card_on(dashboard, sent, meta_code=code)

    [target] = re.findall(r'(?:href|action)="([^"]+)"', card)
    path = target.partition("#")[0]
    assert not path or dashboard.get(path).status_code in {200, 405}


def test_corrected_number_is_filled_in_with_the_rest(dashboard, sent):
    [target] = re.findall(r'href="([^"#]+)', card_on(dashboard, sent, meta_code=131026))

    form = dashboard.get(target).context["form"]

    assert form["phone_number"].value() == "+12025550100"
    assert form["message"].value() == "Join me on Dott"


def test_code_that_nobody_knows_says_so_with_its_id_for_support(dashboard, sent):
    card = text_of(card_on(dashboard, sent, meta_code=UNKNOWN))

    assert "code 999999, which is not documented" in card
    assert "Meta's code 999999, AbC123" in card


def test_refusal_without_a_code_says_so(dashboard, sent):
    card = text_of(card_on(dashboard, sent, meta_code=None))

    assert "gave no code" in card
    assert "AbC123" in card


def test_waiting_has_its_moment_in_local_time(dashboard, sent):
    card = card_on(dashboard, sent, meta_code=131049)

    assert "You can send it again from" in text_of(card)
    assert "data-local" in card


def test_what_is_not_confirmed_is_watched_and_not_sent_again(dashboard, sent):
    card = card_on(dashboard, sent, status="unconfirmed", failure_code="delivery_unconfirmed", meta_code=131000)

    assert buttons_of(card) == []
    assert "Do not invite this person again now" in text_of(card)
    assert "it passes by itself" in text_of(card)


def test_what_has_ended_is_not_offered_to_be_sent(dashboard, sent):
    Invitation.objects.update(state="declined")

    assert buttons_of(card_on(dashboard, sent, meta_code=130429)) == []


# Every error of ours


def every_error():
    found, waiting = set(), [WhatsAppError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__ in {errors.__name__, invitation_errors.__name__} and hasattr(kind, "code"):
            found.add(kind)
    return found - {WhatsAppError, MetaError}


def test_every_error_of_ours_is_looked_at_here():
    assert every_error() == set(OURS)


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("is_staff", [False, True])
def test_every_error_of_ours_says_what_happened_and_whose_move_it_is(sent, inviter, kind, is_staff):
    inviter.is_staff = is_staff

    card = card_of(OURS[kind](sent), inviter)

    assert card.error
    assert card.what
    assert card.move
    assert "unknown" not in f"{card.error} {card.what}".lower()
    assert is_staff or card.remedy not in FOR_STAFF


@pytest.mark.parametrize(
    "kind", [RecentlyInvited, QuotaReached, TooManyRequests, RateLimited, DailyLimitReached, Congested]
)
def test_waiting_names_the_moment(sent, inviter, kind):
    assert card_of(OURS[kind](sent), inviter).again_at is not None


# On the form


FORM = {"phone_number": "+1 (202) 555-0100", "message": "Join me on Dott", "sender_name": "John Doe"}


def test_form_tells_when_it_can_be_sent_again_and_leads_to_the_earlier_one(dashboard, sent):
    page = dashboard.post("/dashboard/invite/", FORM).content.decode()
    alert = page[page.index('role="alert"') : page.index('<form class="invite"')]

    assert "You can send it again from" in text_of(alert)
    assert page_of(sent) in alert


def test_form_sends_staff_to_the_accounts_health(dashboard, staff):
    page = dashboard.post("/dashboard/invite/", FORM).content.decode()
    alert = page[page.index('role="alert"') : page.index('<form class="invite"')]

    assert "Look at the token" in buttons_of(alert)
    assert "Send it from my own WhatsApp" in buttons_of(alert)


def test_form_offers_others_what_always_works(dashboard):
    page = dashboard.post("/dashboard/invite/", FORM).content.decode()
    alert = page[page.index('role="alert"') : page.index('<form class="invite"')]

    assert buttons_of(alert) == ["Send it from my own WhatsApp"]
    assert "Dott's team has to put this right." in text_of(alert)
