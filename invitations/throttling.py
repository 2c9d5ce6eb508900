import logging

from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView

from invitations.conf import setting

logger = logging.getLogger(__name__)


class InvitationThrottle(UserRateThrottle):
    """INVITATION_RATE: requests a user may make to the invitation endpoint."""

    scope = "invitation"

    def get_rate(self) -> str:
        rate: str = setting("INVITATION_RATE")
        return rate

    def allow_request(self, request: Request, view: APIView) -> bool:
        try:
            return super().allow_request(request, view)
        except RedisError:
            # The daily quota stands in the database and still holds.
            logger.error("Redis did not answer: the rate of invitations is not limited")
            return True
