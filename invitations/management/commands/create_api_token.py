from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from knox.models import AuthToken

from communications import audit


class Command(BaseCommand):
    help = "Make a token for Authorization: Bearer. It is printed once and kept only as a hash."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--days", type=int, default=365, help="how long it is valid (365)")

    def handle(self, *args: Any, **options: Any) -> None:
        user = get_user_model()._default_manager.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['username']!r}. Create one with createsuperuser.")
        if options["days"] < 1:
            raise CommandError("--days takes 1 or more.")
        token, text = AuthToken.objects.create(user, expiry=timedelta(days=options["days"]))
        audit.record(audit.Action.TOKEN_CREATED, subject=f"token {token.token_key} of user {user.pk}")
        self.stdout.write(text)
