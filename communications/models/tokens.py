"""What a caller's token may do, and when it last did."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken


class TokenScopes(models.Model):
    """The scopes of a token that was made with fewer than all; a token without this row has all of them."""

    token = models.OneToOneField(AuthToken, on_delete=models.CASCADE, related_name="limited_to", primary_key=True)
    scopes = models.JSONField(default=list, help_text=_("Words of communications/api/scopes.py."))

    class Meta:
        verbose_name_plural = "token scopes"

    def __str__(self) -> str:
        return ", ".join(self.scopes)


class TokenUse(models.Model):
    """When a token last got its caller in, to the minute; a token without this row never did."""

    token = models.OneToOneField(AuthToken, on_delete=models.CASCADE, related_name="use", primary_key=True)
    last_used_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.last_used_at:%Y-%m-%d %H:%M}"
