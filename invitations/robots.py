"""Whether a program says of itself that nobody is looking: a crawler, a preview, a scanner of links. Pure."""

import re

_NAMES = re.compile(
    r"bot\b|crawl|spider|slurp|preview|scan|headless|prerender|lighthouse|facebookexternalhit|facebookcatalog|"
    r"whatsapp/|curl|wget|python-|go-http-client|libwww|java/|axios|node-fetch|phantomjs",
    re.IGNORECASE,
)


def is_robot(user_agent: str) -> bool:
    """Say whether the User-Agent names a program that fetches pages for nobody; browsers always name themselves."""
    return not user_agent.strip() or _NAMES.search(user_agent) is not None
