"""When each token was last used: one that nobody uses any more can be revoked."""

import time

from django.utils import timezone
from knox.models import AuthToken

from communications.models import TokenUse

# A busy caller costs each process one UPDATE in so long.
SECONDS_BETWEEN_NOTES = 60.0

_noted: dict[str, float] = {}


def note(token: AuthToken) -> None:
    """Keep that the token was used just now, unless this process has done so within the minute."""
    now = time.monotonic()
    if now - _noted.get(token.pk, -SECONDS_BETWEEN_NOTES) < SECONDS_BETWEEN_NOTES:
        return
    _noted[token.pk] = now
    moment = timezone.now()
    if not TokenUse.objects.filter(token=token).update(last_used_at=moment):
        TokenUse.objects.bulk_create([TokenUse(token=token, last_used_at=moment)], ignore_conflicts=True)
