"""Meta's error codes: what each means in plain words, whose move it is, and what this software does.

The one place that decides whether a refusal is worth a retry. Source: Meta's Cloud API error reference and
platform rate limits, as of September 2026. Branch on the code and `error_data.details` only: the HTTP status
and the message text are not stable (130429 arrives as a 400).
"""

from dataclasses import dataclass
from enum import Enum

from communications.sentences import Sentence


class Action(Enum):
    """What this software does when Meta answers with a code."""

    PAUSE = "pause the channel until a person acts"
    RETRY = "certainly not sent: try again with back-off"
    SETTLE = "may have been sent: wait for evidence, never resend blindly"
    HOLD = "hold until the template is back"
    NEVER = "do not write to this person again"
    WAIT = "not before 24 hours"
    STOP_CAMPAIGN = "stop the campaign"
    USE_TEMPLATE = "send an approved template instead"
    FIX = "correct the request and send it again"
    REFUSE = "not possible for this recipient or this kind of message"
    SET_UP = "finish the set-up of the test account"


class Move(Enum):
    """Who has to act before the message can go out."""

    SENDER = "the sender"
    RECIPIENT = "the recipient"
    OPERATOR = "whoever runs Dott's WhatsApp account"
    DEVELOPER = "Dott's developers"
    NOBODY = "nobody: it passes by itself"


@dataclass(frozen=True)
class MetaCode:
    """One code of Meta's: `meaning` says what happened, `advice` what to do; both are for a person."""

    action: Action
    move: Move
    meaning: str
    advice: str


_RENEW = "Renew WHATSAPP_ACCESS_TOKEN; sending goes on by itself with the new token."
_RESUME = "Put it right in WhatsApp Manager, then run `manage.py resume_channel`."
_PERMISSION = MetaCode(
    Action.PAUSE,
    Move.OPERATOR,
    "The access token lacks a permission.",
    "Give the system user whatsapp_business_messaging and whatsapp_business_management, and renew the token.",
)
_THROUGHPUT = "Wait a moment and send again; nothing was sent."
_OTHER_MEANS = "Reach this person by other means, such as e-mail or a call."
_REPORT = "Report this to Dott support with the fbtrace ID."
_UNCONFIRMED = "Wait for the delivery status before sending again: it may have been sent."
_SYNC = "Compare the template in WhatsApp Manager with the one in the code, and correct it."

META_CODES: dict[int, MetaCode] = {
    # The channel as a whole
    0: MetaCode(Action.PAUSE, Move.OPERATOR, "Meta could not verify the access token.", _RENEW),
    3: MetaCode(
        Action.PAUSE,
        Move.OPERATOR,
        "The Meta app may not use this function.",
        "Add the WhatsApp product to the app, then run `manage.py resume_channel`.",
    ),
    10: _PERMISSION,
    33: MetaCode(
        Action.PAUSE,
        Move.OPERATOR,
        "The sending number no longer exists at Meta.",
        "Correct WHATSAPP_PHONE_NUMBER_ID, then run `manage.py resume_channel`.",
    ),
    190: MetaCode(Action.PAUSE, Move.OPERATOR, "The access token has expired or was revoked.", _RENEW),
    368: MetaCode(
        Action.PAUSE,
        Move.OPERATOR,
        "Meta has blocked the account for a time for breaking its policies.",
        _RESUME,
    ),
    131031: MetaCode(
        Action.PAUSE, Move.OPERATOR, "Meta has restricted or locked the WhatsApp business account.", _RESUME
    ),
    131042: MetaCode(
        Action.PAUSE,
        Move.OPERATOR,
        "Meta cannot charge for messages: the payment method is missing or refused.",
        "Add or renew the payment method in WhatsApp Manager, then run `manage.py resume_channel`.",
    ),
    # Limits: certainly not sent
    4: MetaCode(Action.RETRY, Move.NOBODY, "The app has reached Meta's limit of calls.", _THROUGHPUT),
    80007: MetaCode(Action.RETRY, Move.NOBODY, "The account has reached Meta's limit of calls.", _THROUGHPUT),
    130429: MetaCode(
        Action.RETRY, Move.NOBODY, "More messages a second than Meta allows for this number.", _THROUGHPUT
    ),
    131056: MetaCode(Action.RETRY, Move.NOBODY, "Too many messages to this person in a short time.", _THROUGHPUT),
    131057: MetaCode(Action.RETRY, Move.NOBODY, "The account is in maintenance at Meta.", _THROUGHPUT),
    133004: MetaCode(Action.RETRY, Move.NOBODY, "Meta's servers are unavailable for a moment.", _THROUGHPUT),
    # Ambiguous
    1: MetaCode(Action.SETTLE, Move.NOBODY, "Meta met an unexpected error.", _UNCONFIRMED),
    2: MetaCode(Action.SETTLE, Move.NOBODY, "Meta's service was down for a moment.", _UNCONFIRMED),
    131000: MetaCode(Action.SETTLE, Move.NOBODY, "Something went wrong at Meta.", _UNCONFIRMED),
    131016: MetaCode(Action.SETTLE, Move.NOBODY, "Meta's service is overloaded.", _UNCONFIRMED),
    # Templates on hold
    132015: MetaCode(
        Action.HOLD,
        Move.OPERATOR,
        "The template is paused because of its quality rating.",
        "Wait until Meta lifts the pause, or choose another template.",
    ),
    # Never again to this person
    130403: MetaCode(Action.NEVER, Move.RECIPIENT, "The recipient has blocked this business.", _OTHER_MEANS),
    130472: MetaCode(
        Action.NEVER,
        Move.NOBODY,
        "Meta does not deliver marketing to this person (they are part of an experiment).",
        _OTHER_MEANS,
    ),
    131026: MetaCode(
        Action.NEVER,
        Move.SENDER,
        "This number cannot receive the message: it is not on WhatsApp, uses an old version, or has not "
        "accepted WhatsApp's terms.",
        "Check the number with the recipient, or reach them by other means.",
    ),
    131050: MetaCode(
        Action.NEVER,
        Move.RECIPIENT,
        "The recipient has stopped marketing messages from this business.",
        "Respect it. " + _OTHER_MEANS,
    ),
    # Later
    131049: MetaCode(
        Action.WAIT,
        Move.NOBODY,
        "Meta did not deliver the message, to keep its users from getting too much marketing.",
        "Try again after 24 hours at the earliest, or reach this person by other means.",
    ),
    132069: MetaCode(
        Action.WAIT,
        Move.NOBODY,
        "Meta is slowing down this flow.",
        "Try again later, or use another message.",
    ),
    # The campaign
    131048: MetaCode(
        Action.STOP_CAMPAIGN,
        Move.OPERATOR,
        "Too many recipients have blocked or reported earlier messages as spam.",
        "Stop the campaign and look at the number's quality rating in WhatsApp Manager.",
    ),
    131064: MetaCode(
        Action.STOP_CAMPAIGN,
        Move.OPERATOR,
        "Meta has stopped messages of this kind from this account.",
        "Stop the campaign and look at the account's messages in WhatsApp Manager.",
    ),
    # The 24-hour window
    131047: MetaCode(
        Action.USE_TEMPLATE,
        Move.OPERATOR,
        "This person has not written in the last 24 hours, so WhatsApp takes only an approved template.",
        "Send a template, for invitations by setting WHATSAPP_INVITATION_TEMPLATE, or ask the person to write first.",
    ),
    # Our mistakes
    100: MetaCode(Action.FIX, Move.DEVELOPER, "Meta did not accept a value of the request.", _REPORT),
    131008: MetaCode(Action.FIX, Move.DEVELOPER, "The request lacks a value that Meta requires.", _REPORT),
    131009: MetaCode(Action.FIX, Move.DEVELOPER, "A value of the request is not valid.", _REPORT),
    131021: MetaCode(
        Action.FIX,
        Move.SENDER,
        "The recipient's number is the sending number itself.",
        "Enter another phone number.",
    ),
    131051: MetaCode(Action.FIX, Move.DEVELOPER, "WhatsApp does not support this kind of message.", _REPORT),
    131052: MetaCode(
        Action.FIX,
        Move.SENDER,
        "WhatsApp could not load the media file.",
        "Check the file and send it again.",
    ),
    131053: MetaCode(
        Action.FIX,
        Move.SENDER,
        "WhatsApp could not take the media file.",
        "Use a supported format and size, and send it again.",
    ),
    132000: MetaCode(
        Action.FIX, Move.DEVELOPER, "The number of values does not match the template's variables.", _SYNC
    ),
    132001: MetaCode(
        Action.FIX,
        Move.OPERATOR,
        "The template does not exist in this language, or is not approved.",
        "Have the template approved in this language, or choose another.",
    ),
    132005: MetaCode(
        Action.FIX,
        Move.SENDER,
        "The template is too long once its variables are filled in.",
        "Shorten the text.",
    ),
    132007: MetaCode(
        Action.FIX,
        Move.OPERATOR,
        "The template's text breaks a WhatsApp policy.",
        "Change the template's text.",
    ),
    132008: MetaCode(Action.FIX, Move.DEVELOPER, "A value has the wrong form for the template.", _SYNC),
    132012: MetaCode(Action.FIX, Move.DEVELOPER, "A value has the wrong kind for the template.", _SYNC),
    132016: MetaCode(
        Action.FIX,
        Move.OPERATOR,
        "The template was disabled for good because of its quality rating.",
        "Write a new template with different text.",
    ),
    132018: MetaCode(
        Action.FIX,
        Move.DEVELOPER,
        "A value for the template holds a line break, a tab or too many spaces, or breaks another rule.",
        _SYNC,
    ),
    132068: MetaCode(Action.FIX, Move.DEVELOPER, "The flow of this template is blocked.", _SYNC),
    135000: MetaCode(Action.FIX, Move.DEVELOPER, "Meta could not process the request as it was sent.", _REPORT),
    # Not for this recipient or kind
    130497: MetaCode(
        Action.REFUSE,
        Move.NOBODY,
        "WhatsApp does not let this business write to people in this country.",
        _OTHER_MEANS,
    ),
    131062: MetaCode(
        Action.REFUSE,
        Move.SENDER,
        "This kind of message cannot go to a person whose phone number is hidden.",
        "Ask the person for a phone number.",
    ),
    131063: MetaCode(
        Action.REFUSE,
        Move.OPERATOR,
        "Marketing messages cannot be sent this way.",
        "Choose a template of another category.",
    ),
    # The set-up of a test account
    131005: MetaCode(
        Action.SET_UP,
        Move.OPERATOR,
        "The token has no access to this number.",
        "Share the WhatsApp account with the token's system user.",
    ),
    131030: MetaCode(
        Action.SET_UP,
        Move.OPERATOR,
        "The app is in development mode and this number is not on its list of test recipients.",
        "Add the number in Meta's API set-up page, or publish the app.",
    ),
    131037: MetaCode(
        Action.SET_UP,
        Move.OPERATOR,
        "The number's display name is not approved yet.",
        "Have the display name approved in WhatsApp Manager.",
    ),
    131045: MetaCode(
        Action.SET_UP,
        Move.OPERATOR,
        "The sending number is not registered correctly.",
        "Register the number again in WhatsApp Manager.",
    ),
    133010: MetaCode(
        Action.SET_UP,
        Move.OPERATOR,
        "The sending number is not registered at WhatsApp.",
        "Register the number in WhatsApp Manager.",
    ),
}
META_CODES |= dict.fromkeys(range(200, 300), _PERMISSION)


def explain(code: int | None) -> MetaCode:
    """Say what `code` means; a code that is not in the table is named as such, never guessed at."""
    known = META_CODES.get(code) if code is not None else None
    if known:
        return known
    if code is None:
        return MetaCode(Action.FIX, Move.DEVELOPER, "WhatsApp refused the message and gave no code.", _REPORT)
    return MetaCode(
        Action.FIX,
        Move.DEVELOPER,
        Sentence("WhatsApp refused the message with code %(code)d, which is not documented.", code=code),
        _REPORT,
    )
