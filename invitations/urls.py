from django.contrib.auth.views import LogoutView
from django.urls import path

from communications.urls import with_or_without_slash
from invitations import dashboard, guests, health_page, views
from invitations.analytics_api import AnalyticsView
from invitations.analytics_page import analytics
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
    path("accounts/login/", SignInView.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("i/<str:token>/", guests.invitation, name="guest-invitation"),
    path("dashboard/invite/", dashboard.invite, name="invite"),
    path("dashboard/invite/verdict/", dashboard.invite_verdict, name="invite-verdict"),
    path("dashboard/invitations/", dashboard.invitations, name="invitations"),
    path("dashboard/invitations/<uuid:pk>/", dashboard.invitation, name="invitation"),
    path("dashboard/invitations/<uuid:pk>/status/", dashboard.invitation_status, name="invitation-status"),
    *with_or_without_slash("api/analytics", AnalyticsView.as_view(), name="analytics-api"),
    path("dashboard/analytics/", analytics, name="analytics"),
    path("dashboard/health/", health_page.health, name="health"),
    path("dashboard/health/check/", health_page.check_again, name="health-check"),
    path("dashboard/health/resume/", health_page.resume, name="health-resume"),
    path("dashboard/health/subscribe/", health_page.subscribe, name="health-subscribe"),
    path("dashboard/health/templates/", health_page.sync_templates, name="health-sync-templates"),
]
