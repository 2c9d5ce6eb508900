"""PyWa behind FastAPI: it checks the signature, reads the update and calls a handler. Nothing is stored."""

import os

from fastapi import FastAPI
from pywa import WhatsApp
from pywa.types import Message, MessageStatus

app = FastAPI()
whatsapp = WhatsApp(
    phone_id=os.environ["WHATSAPP_PHONE_NUMBER_ID"],
    token="not-used",
    server=app,
    webhook_endpoint="/api/webhooks/whatsapp/",
    verify_token=os.environ["WHATSAPP_WEBHOOK_VERIFY_TOKEN"],
    app_secret=os.environ["WHATSAPP_APP_SECRET"],
)


@whatsapp.on_message_status
def take_status(_: WhatsApp, status: MessageStatus) -> None:
    """A handler that costs nothing."""


@whatsapp.on_message
def take_message(_: WhatsApp, message: Message) -> None:
    """Likewise."""
