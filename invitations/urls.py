from django.contrib.auth.views import LogoutView
from django.urls import path

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
from invitations.life_api import ResendView, RevokeView
from invitations.preview_api import WhatsAppPreviewView
from invitations.sign_in import SignInView

urlpatterns = [
    *with_or_without_slash("api/invitations", views.InvitationListView.as_view(), name="invitation-list"),
    *with_or_without_slash(
        "api/invitations/whatsapp", views.WhatsAppInvitationView.as_view(), name="whatsapp-invitation"
    ),
    *with_or_without_slash(
        "api/invitations/whatsapp/preview", WhatsAppPreviewView.as_view(), name="whatsapp-invitation-preview"
    ),
    # Any word, so that what is no ID is answered in JSON too.
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
