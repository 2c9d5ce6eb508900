"""Who may invite whole lists."""

from typing import Any

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

INVITE_IN_BULK = "invitations.invite_in_bulk"


class MayInviteInBulk(BasePermission):
    """The user was given `invitations.invite_in_bulk`: a list reaches more people than a day's quota allows."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if may_invite_in_bulk(request.user):
            return True
        raise PermissionDenied(
            f"This account lacks the permission {INVITE_IN_BULK}. Somebody who may edit users gives it in the admin."
        )


def may_invite_in_bulk(user: Any) -> bool:
    return bool(user.has_perm(INVITE_IN_BULK))
