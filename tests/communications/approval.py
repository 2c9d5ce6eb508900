"""Asks the sandbox to approve our templates, as whoever sets an account up does."""

import requests

from communications.message_templates import TemplateDefinition
from sandbox import Sandbox

BASE_URL = "https://dott.example"


def ask_for_approval(sandbox: Sandbox, definition: TemplateDefinition, language: str) -> requests.Response:
    """Submit one wording; the review follows."""
    return requests.post(
        f"{sandbox.url}/v25.0/1513500473389693/message_templates",
        json=definition.creation_request(language, base_url=BASE_URL),
        headers={"Authorization": "Bearer sandbox-token"},
        timeout=5,
    )
