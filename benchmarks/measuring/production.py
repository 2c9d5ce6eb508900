"""Production's settings, whatever is measured with them."""

import secrets
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NUMBER_ID = "676188225586230"


def production(**more: str) -> dict[str, str]:
    """The environment of what is measured; it says what the developer's own environment could say otherwise."""
    return {
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "pyfactor.settings",
        "DEBUG": "0",
        "SECURE_SSL_REDIRECT": "0",
        "RENDER": "",
        "SECRET_KEY": secrets.token_hex(32),
        "ALLOWED_HOSTS": "127.0.0.1",
        "NO_PROXY": "127.0.0.1,localhost",
        "WHATSAPP_PHONE_NUMBER_ID": NUMBER_ID,
        "WHATSAPP_API_VERSION": "",
        "WHATSAPP_INVITATION_TEMPLATE": "",
        **more,
    }
