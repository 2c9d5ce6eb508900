from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from knox.models import AuthToken

from communications.api import scopes
from communications.api.scopes import Scope


class Command(BaseCommand):
    help = "Make a token for Authorization: Bearer. It is printed once and kept only as a hash."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--days", type=int, default=365, help="how long it is valid (365)")
        parser.add_argument(
            "--scope",
            action="append",
            default=[],
            help=f"what it may be used for: {', '.join(Scope)}; give it several times for several (default: all)",
        )

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        user = get_user_model()._default_manager.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['username']!r}. Create one with createsuperuser.")
        if options["days"] < 1:
            raise CommandError("--days takes 1 or more.")
        chosen = [_scope(word) for word in options["scope"]]
        token, text = AuthToken.objects.create(user, expiry=timedelta(days=options["days"]))
        if chosen:
            scopes.limit(token, chosen)
        scopes.record_creation(token, chosen)
        if Scope.MESSAGES in chosen and not user.has_perm("communications.send_messages"):
            self.stderr.write(
                f"{options['username']} may not send messages yet: they lack the permission send_messages."
            )
        self.stdout.write(text)


def _scope(word: str) -> Scope:
    try:
        return Scope(word)
    except ValueError as exc:
        raise CommandError(f"There is no scope {word!r}. Use {', '.join(Scope)}.") from exc
