"""How often one user may ask: counted for each user, since a forwarding frontend is one address for everybody."""

import logging

from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView

from communications.conf import setting

logger = logging.getLogger(__name__)


class ForgivingThrottle(UserRateThrottle):
    """Gives way when Redis is gone. Its `scope` is the word under which it counts."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        try:
            return super().allow_request(request, view)
        except RedisError:
            logger.error("Redis did not answer: the rate of %ss is not limited", self.scope)
            return True


class MessageThrottle(ForgivingThrottle):
    """MESSAGE_RATE: messages a user may ask for."""

    scope = "message"

    def get_rate(self) -> str:
        rate: str = setting("MESSAGE_RATE")
        return rate
