from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from knox.models import AuthToken

from communications.api.scopes import record_revocation


class Command(BaseCommand):
    help = "Revoke a token at once; list_api_tokens names it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("token", help="its name in list_api_tokens: the beginning of it")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        found = list(AuthToken.objects.filter(token_key=options["token"]).select_related("user"))
        if not found:
            raise CommandError("There is no such token. manage.py list_api_tokens names them.")
        for token in found:
            record_revocation(token)
            token.delete()
            self.stdout.write(f"The token of {token.user.get_username()} is revoked.")
