"""What invitations add to the checklist of `/dashboard/health/`."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.health.checklist import Check
from communications.health.findings import Verdict, good, look
from invitations.conf import setting


def invitation_template() -> Verdict:
    """Whether people who have not written before can be invited at all."""
    name = setting("WHATSAPP_INVITATION_TEMPLATE")
    if not name:
        return look(
            _("Invitations go out as plain text, which reaches only people who wrote in the last 24 hours."),
            _("Set WHATSAPP_INVITATION_TEMPLATE to business_invitation once Meta has approved it."),
        )
    return good(_("Invitations go out as the template %(name)s.") % {"name": name})


INVITATION_TEMPLATE = Check("invitation_template", gettext_lazy("Invitations"), invitation_template)
