"""Asks the sandbox to approve our templates, as whoever sets an account up does."""

import requests

from communications.message_templates import DEFINITIONS, TemplateDefinition
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


def approve_ours(sandbox: Sandbox) -> None:
    """Submit every wording that we have, in place of those that the sandbox begins with, and wait for the review."""
    sandbox.clear_templates()
    for definition in DEFINITIONS.values():
        for language in definition.languages:
            ask_for_approval(sandbox, definition, language)
    sandbox.wait_idle()
