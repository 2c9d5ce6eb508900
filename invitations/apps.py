from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class InvitationsConfig(AppConfig):
    name = "invitations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from communications.due_work import Job, add
        from communications.health import checklist
        from invitations import checks, due_work, go_live, personal_data, receivers  # noqa: F401  (registers theirs)
        from invitations.batches import judging, old_lists, queueing
        from invitations.batches import receivers as receivers_of_lists  # noqa: F401

        add(due_work.expiries)
        add(due_work.reminders)
        add(lambda: Job("templates instead of texts", receivers.send_templates_instead, every=300))
        add(lambda: Job(judging.JOB, judging.judge_due))
        add(lambda: Job(queueing.JOB, queueing.queue_due))
        add(lambda: Job(queueing.JOB_OF_THE_WAITING, queueing.queue_waiting, every=60, drains=False))
        add(lambda: Job(old_lists.JOB, old_lists.prune, every=600))
        add(lambda: Job(personal_data.JOB, personal_data.drop_old, every=600))
        checklist.add("templates", go_live.INVITATION_TEMPLATE)

        _count_invitations()
        post_migrate.connect(_note_changes, sender=self)


def _count_invitations() -> None:
    from communications import due_work, message_facts
    from communications.due_work import Job
    from invitations import invitation_facts

    message_facts.add_senders(invitation_facts.senders_of)
    message_facts.MESSAGES.tell(invitation_facts.note_messages)
    due_work.add(lambda: Job("changed invitations", invitation_facts.INVITATIONS.count_changed, every=10))


def _note_changes(using: str, **kwargs: Any) -> None:
    from communications import change_log
    from invitations.invitation_facts import WATCHES

    change_log.set_up(*WATCHES, using=using)
