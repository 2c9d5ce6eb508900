"""Where and as whom Meta is asked: read from the settings on use, so that a renewed token takes effect at once."""

from communications.conf import setting
from communications.graph.client import Credentials


def is_configured() -> bool:
    """Say whether the token and the phone number ID are both set."""
    return bool(setting("WHATSAPP_ACCESS_TOKEN") and setting("WHATSAPP_PHONE_NUMBER_ID"))


def our_credentials() -> Credentials:
    """Those of the settings, complete or not."""
    return Credentials(
        access_token=setting("WHATSAPP_ACCESS_TOKEN"),
        phone_number_id=setting("WHATSAPP_PHONE_NUMBER_ID"),
        api_version=setting("WHATSAPP_API_VERSION"),
        base_url=setting("WHATSAPP_GRAPH_API_URL"),
    )


def without_secrets(text: str) -> str:
    """What Meta says, which may repeat what it was sent, without any of our secrets."""
    secrets = [setting("WHATSAPP_ACCESS_TOKEN"), setting("WHATSAPP_WEBHOOK_VERIFY_TOKEN")]
    secrets += map(str.strip, setting("WHATSAPP_APP_SECRET").split(","))
    for secret in filter(None, secrets):
        text = text.replace(secret, "…")
    return text
