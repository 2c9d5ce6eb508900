from communications.api.throttling import ForgivingThrottle
from invitations.conf import setting


class InvitationThrottle(ForgivingThrottle):
    """INVITATION_RATE: requests a user may make to the invitation endpoint.

    Without Redis it gives way; the daily quota stands in the database and still holds.
    """

    scope = "invitation"

    def get_rate(self) -> str:
        rate: str = setting("INVITATION_RATE")
        return rate
