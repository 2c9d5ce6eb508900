from typing import Any

from django.core.management.base import BaseCommand
from knox.models import AuthToken

from communications.api.scopes import words_of

_COLUMNS = "{:<16} {:<30} {:<36} {:<17} {:<17} {}"


class Command(BaseCommand):
    help = "List the tokens of callers: whose they are, what for, until when, and when they were last used (UTC)."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(_COLUMNS.format("token", "user", "scopes", "created", "expires", "last used"))
        for token in AuthToken.objects.select_related("user", "limited_to", "use").order_by("user", "created"):
            last_used = str(token.use) if hasattr(token, "use") else "never"
            times = [f"{at:%Y-%m-%d %H:%M}" if at else "never" for at in (token.created, token.expiry)]
            self.stdout.write(
                _COLUMNS.format(token.token_key, token.user.get_username(), words_of(token), *times, last_used)
            )
