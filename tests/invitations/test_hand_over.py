"""The word with which an accepted person comes to Dott's sign-up."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import signing
from django.utils import timezone

from invitations import hand_over, life
from invitations.hand_over import HandOverRefused
from invitations.models import Invitation

pytestmark = pytest.mark.django_db


@pytest.fixture
def joined(invite, sandbox):
    invite("+12025550100")
    invitation = Invitation.objects.get()
    life.join(invitation, via="page")
    return invitation


def word_in(address):
    [word] = parse_qs(urlsplit(address).query)["invitation"]
    return word


@pytest.mark.parametrize(
    ("sign_up", "begins"),
    [
        ("https://dott.example/sign-up", "https://dott.example/sign-up?invitation="),
        ("https://dott.example/sign-up?a=1&b=ü", "https://dott.example/sign-up?a=1&b=ü&invitation="),
        ("https://dott.example/", "https://dott.example/?invitation="),
    ],
)
def test_sign_up_reads_who_was_invited_by_whom(joined, settings, sign_up, begins):
    settings.INVITATION_SIGN_UP_URL = sign_up

    address = hand_over.sign_up_address(joined)

    assert address.startswith(begins)
    assert hand_over.invitation_of(word_in(address)).inviter.username == "john"


def test_without_a_sign_up_there_is_no_address(joined):
    assert hand_over.sign_up_address(joined) == ""


def test_address_says_nothing_about_the_person(joined, settings):
    settings.INVITATION_SIGN_UP_URL = "https://dott.example/sign-up"
    word = hand_over.signed_word(joined)

    assert signing.loads(word, salt=hand_over.SALT).keys() == {"invitation", "until"}


@pytest.mark.parametrize(
    "change", [lambda word: word[:-1] + ("A" if word[-1] != "A" else "B"), lambda word: "x" + word]
)
def test_altered_word_is_refused(joined, change):
    with pytest.raises(HandOverRefused, match="altered"):
        hand_over.invitation_of(change(hand_over.signed_word(joined)))


@pytest.mark.parametrize("word", ["", "nonsense", "a:b:c", "é"])
def test_word_that_is_none_is_refused(db, word):
    with pytest.raises(HandOverRefused):
        hand_over.invitation_of(word)


def test_word_that_was_signed_for_something_else_is_refused(joined):
    other = signing.dumps({"invitation": str(joined.pk), "until": 9_999_999_999}, salt="something else")

    with pytest.raises(HandOverRefused):
        hand_over.invitation_of(other)


def test_word_is_good_for_its_time_only(joined):
    good = hand_over.signed_word(joined, valid_for=timedelta(minutes=1))
    old = hand_over.signed_word(joined, valid_for=timedelta(seconds=-2))

    assert hand_over.invitation_of(good) == joined
    with pytest.raises(HandOverRefused, match="too old"):
        hand_over.invitation_of(old)


def test_word_about_an_invitation_that_was_not_accepted_is_refused(invite, sandbox):
    invite("+12025550100")
    word = hand_over.signed_word(Invitation.objects.get())

    with pytest.raises(HandOverRefused, match="not accepted"):
        hand_over.invitation_of(word)


def test_word_made_before_the_secret_was_renewed_is_good(joined, settings):
    word = hand_over.signed_word(joined)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new one"

    assert hand_over.invitation_of(word) == joined


def test_in_the_chat_it_is_good_for_a_day(joined):
    said = signing.loads(hand_over.signed_word(joined, valid_for=hand_over.IN_CHAT), salt=hand_over.SALT)

    assert abs(said["until"] - timezone.now().timestamp() - 24 * 3600) < 60
