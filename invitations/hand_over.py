"""From "I accept" to Dott's sign-up: an address with a signed, short-lived word that this person may join.

The sign-up reads it with `invitation_of`, and then knows who invited whom. It says no more than the invitation's ID,
for an address stands in histories and logs.
"""

from datetime import timedelta
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.core import signing
from django.utils import timezone

from invitations.conf import setting
from invitations.models import Invitation

SALT = "invitations.hand_over"
PARAMETER = "invitation"
# On the page the redirect is followed at once; in the chat the link is pressed when there is time.
ON_PAGE = timedelta(minutes=15)
IN_CHAT = timedelta(hours=24)


class HandOverRefused(Exception):
    """The word is not ours, was altered, or is too old; or the invitation is not a joined one."""


def sign_up_address(invitation: Invitation, *, valid_for: timedelta = ON_PAGE) -> str:
    """INVITATION_SIGN_UP_URL with the signed word for a joined invitation; empty where there is no sign-up."""
    base: str = setting("INVITATION_SIGN_UP_URL")
    if not base:
        return ""
    parts = urlsplit(base)
    said = urlencode({PARAMETER: signed_word(invitation, valid_for=valid_for)})
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, said)))))


def sign_up_origin() -> str:
    """`https://dott.example` of INVITATION_SIGN_UP_URL; empty where there is no sign-up."""
    parts = urlsplit(str(setting("INVITATION_SIGN_UP_URL")))
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def signed_word(invitation: Invitation, *, valid_for: timedelta = ON_PAGE) -> str:
    """What stands in the address."""
    until = int((timezone.now() + valid_for).timestamp())
    return signing.dumps({"invitation": str(invitation.pk), "until": until}, salt=SALT)


def invitation_of(word: str) -> Invitation:
    """The joined invitation that the word in the address is about; raises `HandOverRefused`."""
    try:
        said = signing.loads(word, salt=SALT)
    except signing.BadSignature as exc:
        raise HandOverRefused("The link was altered, or is not one of ours.") from exc
    if said["until"] < timezone.now().timestamp():
        raise HandOverRefused("The link is too old. Open the invitation again.")
    joined = Invitation.objects.filter(pk=said["invitation"], state=Invitation.State.JOINED).first()
    if joined is None:
        raise HandOverRefused("This invitation was not accepted.")
    return joined
