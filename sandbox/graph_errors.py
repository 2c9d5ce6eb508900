"""Meta's refusals: the codes, their titles, and the two shapes in which they reach the business."""

import secrets
from typing import Any, NamedTuple

REFERENCE = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"


# Refused before WhatsApp is asked: neither a number in the message nor `error_data`.
UNNUMBERED = frozenset({190, 2500})


class KnownError(NamedTuple):
    title: str
    details: str
    status: int = 400


ERRORS: dict[int, KnownError] = {
    15: KnownError("This method must be called with an app access_token.", "Use the token of the app."),
    33: KnownError("Parameter value is not valid", "The business phone number has been deleted."),
    100: KnownError("Invalid parameter", "The request has a parameter that is missing, unknown or wrong."),
    190: KnownError("Error validating access token: the session has expired.", "Invalid token.", 401),
    2500: KnownError("Unknown path components", "No such path.", 404),
    130429: KnownError(
        "Rate limit hit",
        "Message failed to send because there were too many messages sent from this phone number "
        "in a short period of time.",
    ),
    131000: KnownError("Something went wrong", "Message failed to send due to an unknown error.", 500),
    131008: KnownError("Required parameter is missing", "The request lacks a required parameter."),
    131009: KnownError("Parameter value is not valid", "One or more parameter values are not valid."),
    131026: KnownError("Message undeliverable", "Message Undeliverable."),
    131030: KnownError(
        "Recipient phone number not in allowed list",
        "Recipient phone number not in allowed list: Add recipient phone number to recipient list and try again.",
    ),
    131031: KnownError(
        "Account has been locked",
        "The account was restricted or disabled for violating a platform policy, or its data could not be verified.",
    ),
    131042: KnownError(
        "Business eligibility payment issue",
        "Message failed to send because there were one or more errors related to your payment method.",
    ),
    131047: KnownError(
        "Re-engagement message",
        "Message failed to send because more than 24 hours have passed since the customer last replied to this number.",
    ),
    131049: KnownError(
        "Meta chose not to deliver",
        "This message was not delivered to maintain healthy ecosystem engagement.",
    ),
    131050: KnownError(
        "Recipient has stopped marketing messages",
        "Unable to deliver the message. This recipient has chosen to stop receiving marketing messages "
        "on WhatsApp from your business.",
    ),
    131053: KnownError("Media upload error", "Unable to upload the media used in the message."),
    131056: KnownError(
        "(Business Account, Consumer Account) pair rate limit hit",
        "Message failed to send because there were too many messages sent from this phone number "
        "to the same phone number in a short period of time.",
    ),
    132000: KnownError("Number of parameters does not match the expected number of params", "Wrong number."),
    132001: KnownError("Template name does not exist in the translation", "No such template.", 404),
    132005: KnownError("Translated text too long", "The text is too long once its variables are filled in."),
    132015: KnownError("Template is paused", "Template is paused due to low quality."),
    132016: KnownError("Template is disabled", "Template was paused too many times and is now disabled for good."),
    132012: KnownError("Parameter format does not match format in the created template", "Format mismatch."),
    132018: KnownError("There's an issue with the parameters in your template", "Parameter not allowed."),
}


class GraphError(Exception):
    """A request that Meta refuses.

    >>> GraphError(131030).body()["error"]["message"]
    '(#131030) Recipient phone number not in allowed list'
    """

    def __init__(
        self,
        code: int,
        details: str = "",
        *,
        message: str = "",
        status: int | None = None,
        subcode: int | None = None,
        kind: str = "OAuthException",
        user_title: str = "",
        user_message: str = "",
    ) -> None:
        known = ERRORS[code]
        self.code = code
        self.title = known.title
        self.details = details or known.details
        self.message = message or (known.title if code in UNNUMBERED else f"(#{code}) {known.title}")
        self.status = status or known.status
        self.subcode = subcode
        self.kind = kind
        self.user_title = user_title
        self.user_message = user_message
        super().__init__(f"{self.message}: {self.details}")

    def body(self) -> dict[str, Any]:
        """Return Meta's answer to the request."""
        error: dict[str, Any] = {"message": self.message, "type": self.kind, "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.user_title:
            error |= {"is_transient": False, "error_user_title": self.user_title, "error_user_msg": self.user_message}
        elif self.subcode is None and self.code not in UNNUMBERED:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        error["fbtrace_id"] = "A" + secrets.token_urlsafe(16)
        return {"error": error}

    def notice(self) -> dict[str, Any]:
        """Return the same refusal as it stands in the `errors` of a `failed` status."""
        return {
            "code": self.code,
            "title": self.title,
            "message": self.title,
            "error_data": {"details": self.details},
            "href": REFERENCE,
        }


def invalid_parameter(sentence: str) -> GraphError:
    """Refuse a parameter by Meta's general code, whose message carries the sentence itself."""
    return GraphError(100, sentence, message=f"(#100) {sentence}")


def missing_object(object_id: str, method: str) -> GraphError:
    """Refuse a path whose object is not ours, as Meta does for an unknown phone number ID."""
    sentence = (
        f"Unsupported {method.lower()} request. Object with ID '{object_id}' does not exist, cannot be "
        "loaded due to missing permissions, or does not support this operation. Please read the Graph API "
        "documentation at https://developers.facebook.com/docs/graph-api"
    )
    return GraphError(100, sentence, message=sentence, subcode=33, kind="GraphMethodException")


def invalid_value(sentence: str) -> GraphError:
    """Refuse a value that has the right form, and is too long or one too many, as WhatsApp itself does."""
    return GraphError(131009, sentence)
