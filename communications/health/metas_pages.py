"""Where at Meta each thing is put right."""

from communications.conf import setting

PAYMENT = "https://business.facebook.com/billing_hub/payment_settings"
SYSTEM_USERS = "https://business.facebook.com/settings/system-users"
VERIFICATION = "https://business.facebook.com/settings/security"
NUMBERS = "https://business.facebook.com/wa/manage/phone-numbers/"
TEMPLATES = "https://business.facebook.com/wa/manage/message-templates/"
ACCOUNT = "https://business.facebook.com/wa/manage/home/"
VERSIONS = "https://developers.facebook.com/docs/graph-api/changelog/versions/"


def app(page: str) -> str:
    """A page of our app, such as `settings/basic`."""
    return f"https://developers.facebook.com/apps/{setting('WHATSAPP_APP_ID')}/{page}/"
