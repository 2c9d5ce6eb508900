from django.apps import AppConfig


class InvitationsConfig(AppConfig):
    name = "invitations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from communications import due_work
        from communications.due_work import Job
        from communications.health import checklist
        from invitations import checks, go_live, receivers  # noqa: F401  (registers the system checks and the receivers)
        from invitations.batches import judging, queueing

        due_work.add(lambda: Job(judging.JOB, judging.judge_due))
        due_work.add(lambda: Job(queueing.JOB, queueing.queue_due))
        due_work.add(lambda: Job(queueing.JOB_OF_THE_WAITING, queueing.queue_waiting, every=60, drains=False))
        checklist.add("templates", go_live.INVITATION_TEMPLATE)
