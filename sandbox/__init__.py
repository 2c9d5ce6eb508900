"""Meta's side of the wire: a local WhatsApp Cloud API with a phone.

An independent second reading of Meta's rules; imports nothing of the application that it tests.

>>> from sandbox import Sandbox, SandboxOptions
"""

from sandbox.door import Sandbox
from sandbox.options import SandboxOptions
from sandbox.webhook_record import WebhookAnswer, WebhookRecord

__all__ = ["Sandbox", "SandboxOptions", "WebhookAnswer", "WebhookRecord"]
