"""An invitation that its inviter sends from their own WhatsApp: it has a link, and no message of ours."""

from dataclasses import dataclass
from urllib.parse import quote

import segno

from invitations.links import beneath, invitation_link
from invitations.models import Invitation

# What fits into an address that every browser and WhatsApp's own server take.
_LONGEST_ADDRESS = 6000
# Phones read a code of this many characters from a screen; the squares of a longer one are too small.
_LONGEST_IN_A_CODE = 900


@dataclass(frozen=True)
class ByHand:
    """What the inviter needs: the `link`, and the address that opens their own WhatsApp with the words and the link.

    `code` is that address as a QR code, an SVG element, for whoever sits at a computer. Words that are too long for
    either are left out of it, and the link alone is in.
    """

    link: str
    address: str
    has_words: bool
    code: str
    code_has_words: bool


def offer(invitation: Invitation, *, base_url: str) -> ByHand:
    """Say how this invitation is sent by hand."""
    link = invitation_link(invitation.token, base_url=base_url)
    whole, bare = (_address(invitation.phone_number, text) for text in (beneath(invitation.message, link), link))
    has_words, code_has_words = len(whole) <= _LONGEST_ADDRESS, len(whole) <= _LONGEST_IN_A_CODE
    return ByHand(
        link=link,
        address=whole if has_words else bare,
        has_words=has_words,
        code=_code(whole if code_has_words else bare),
        code_has_words=code_has_words,
    )


def _address(e164: str, text: str) -> str:
    """What opens WhatsApp with a chat to this number and a text that waits to be sent."""
    return f"https://wa.me/{e164.removeprefix('+')}?text={quote(text, safe='')}"


def _code(text: str) -> str:
    # Black on white whatever the page looks like, with the margin that readers want.
    code: str = segno.make(text, error="l", micro=False).svg_inline(scale=4, border=4, dark="#000", light="#fff")
    return code
