"""Is this POST signed by Meta? HMAC-SHA256 over the raw bytes, with the app secret."""

import hmac


def is_signed_by_meta(body: bytes, header: str, app_secrets: str) -> bool:
    """Compare `X-Hub-Signature-256` with the body as it came in, never with a re-serialised one.

    `app_secrets` holds one secret, or several separated by commas while one is being rotated. None: never signed.
    """
    secrets = [secret.strip() for secret in app_secrets.split(",") if secret.strip()]
    # compare_digest wants ASCII; a header that is not has no chance anyway.
    given = header.encode("ascii", "replace")
    matches = [hmac.compare_digest(given, _signature(body, secret)) for secret in secrets]
    return any(matches)


def _signature(body: bytes, secret: str) -> bytes:
    return b"sha256=" + hmac.digest(secret.encode(), body, "sha256").hex().encode()
