"""What the rest of Dott can listen to about invitations; `docs/signals.md` gives each one's arguments.

Sent after the commit, as those of `communications/signals.py` are.
"""

from django.dispatch import Signal

invitation_opened = Signal()  # invitation
invitation_joined = Signal()  # invitation, via
invitation_declined = Signal()  # invitation, via
