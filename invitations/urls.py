from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, path

from communications.urls import with_or_without_slash
from invitations import (
    dashboard,
    guests,
    health_page,
    invitation_actions,
    invitation_list,
    invitation_webhooks,
    views,
)
from invitations.analytics_api import AnalyticsView
from invitations.analytics_page import analytics
from invitations.batches import pages
from invitations.batches import views as batch_views
from invitations.life_api import ResendView, RevokeView
from invitations.preview_api import WhatsAppPreviewView
from invitations.sign_in import SignInView


def _batch(route: str, view: type[batch_views.BatchAPI], *, name: str) -> list[URLPattern]:
    return with_or_without_slash(
        f"api/invitations/batches/<str:pk>{route}", view.as_view(), name=f"invitation-batch-{name}"
    )


urlpatterns = [
    *with_or_without_slash("api/invitations", views.InvitationListView.as_view(), name="invitation-list"),
    *with_or_without_slash(
        "api/invitations/whatsapp", views.WhatsAppInvitationView.as_view(), name="whatsapp-invitation"
    ),
    *with_or_without_slash(
        "api/invitations/whatsapp/preview", WhatsAppPreviewView.as_view(), name="whatsapp-invitation-preview"
    ),
    *with_or_without_slash(
        "api/invitations/whatsapp/bulk", batch_views.BulkInvitationView.as_view(), name="whatsapp-bulk-invitation"
    ),
    *with_or_without_slash(
        "api/invitations/batches", batch_views.BatchListView.as_view(), name="invitation-batch-list"
    ),
    # Any word, so that what is no ID is answered in JSON too.
    *_batch("", batch_views.BatchDetailView, name="detail"),
    *_batch("/start", batch_views.StartView, name="start"),
    *_batch("/pause", batch_views.PauseView, name="pause"),
    *_batch("/resume", batch_views.ResumeView, name="resume"),
    *_batch("/cancel", batch_views.CancelView, name="cancel"),
    *_batch("/report", batch_views.BatchReportView, name="report"),
    *with_or_without_slash("api/invitations/<str:pk>", views.InvitationDetailView.as_view(), name="invitation-detail"),
    *with_or_without_slash("api/invitations/<str:pk>/resend", ResendView.as_view(), name="invitation-resend-api"),
    *with_or_without_slash("api/invitations/<str:pk>/revoke", RevokeView.as_view(), name="invitation-revoke-api"),
    path("accounts/login/", SignInView.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    # The button of the template has no slash at its end, and a redirect costs a second on a bad connection.
    *with_or_without_slash("i/<str:token>", guests.invitation, name="guest-invitation"),
    path("dashboard/invite/", dashboard.invite, name="invite"),
    path("dashboard/invite/by-hand/", invitation_actions.by_hand, name="invite-by-hand"),
    path("dashboard/invite/verdict/", dashboard.invite_verdict, name="invite-verdict"),
    path("dashboard/invitations/", invitation_list.invitations, name="invitations"),
    path("dashboard/invitations/changes/", invitation_list.changes, name="invitations-changes"),
    path("dashboard/invitations/<uuid:pk>/", dashboard.invitation, name="invitation"),
    path("dashboard/invitations/<uuid:pk>/status/", dashboard.invitation_status, name="invitation-status"),
    path("dashboard/batches/", pages.batches, name="batches"),
    path("dashboard/batches/new/", pages.new_batch, name="new-batch"),
    path("dashboard/batches/new/words/", pages.batch_words, name="batch-words"),
    path("dashboard/batches/<uuid:pk>/", pages.batch, name="batch"),
    path("dashboard/batches/<uuid:pk>/status/", pages.batch_status, name="batch-status"),
    path("dashboard/batches/<uuid:pk>/report/", pages.batch_report, name="batch-report"),
    *(
        path(f"dashboard/batches/<uuid:pk>/{change}/", pages.change_batch, {"change": change}, name=f"{change}-batch")
        for change in ("start", "pause", "resume", "cancel")
    ),
    *with_or_without_slash("api/analytics", AnalyticsView.as_view(), name="analytics-api"),
    path("dashboard/analytics/", analytics, name="analytics"),
    path("dashboard/invitations/<uuid:pk>/resend/", invitation_actions.resend, name="invitation-resend"),
    path("dashboard/invitations/<uuid:pk>/remind/", invitation_actions.remind, name="invitation-remind"),
    path("dashboard/invitations/<uuid:pk>/revoke/", invitation_actions.revoke, name="invitation-revoke"),
    path("dashboard/invitations/<uuid:pk>/webhooks/", invitation_webhooks.webhooks, name="invitation-webhooks"),
    path("dashboard/health/", health_page.health, name="health"),
    path("dashboard/health/check/", health_page.check_again, name="health-check"),
    path("dashboard/health/resume/", health_page.resume, name="health-resume"),
    path("dashboard/health/subscribe/", health_page.subscribe, name="health-subscribe"),
    path("dashboard/health/templates/", health_page.sync_templates, name="health-sync-templates"),
]
