"""Who may do what, beyond being signed in; each refusal says what is missing."""

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from communications.api.scopes import may_use


class HasScope(BasePermission):
    """The token has the `required_scope` of the view; one that names none lets nobody in."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        scope = view.required_scope  # type: ignore[attr-defined]
        if may_use(request, scope):
            return True
        raise PermissionDenied(
            f"This token lacks the scope {scope}. Make one that has it: "
            f"manage.py create_api_token USERNAME --scope {scope}."
        )


class MaySendMessages(BasePermission):
    """The user was given `communications.send_messages`: to send anything to anybody is not for everyone."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if request.user.has_perm("communications.send_messages"):
            return True
        raise PermissionDenied(
            "This account lacks the permission communications.send_messages. Somebody who may edit users gives it in "
            "the admin."
        )
