from django.contrib.auth.views import LogoutView
from django.urls import path

from invitations import dashboard, views
from invitations.sign_in import SignInView

urlpatterns = [
    path("api/invitations/", views.InvitationListView.as_view(), name="invitation-list"),
    path("api/invitations/whatsapp/", views.WhatsAppInvitationView.as_view(), name="whatsapp-invitation"),
    path("api/invitations/<uuid:pk>/", views.InvitationDetailView.as_view(), name="invitation-detail"),
    path("accounts/login/", SignInView.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("dashboard/invite/", dashboard.invite, name="invite"),
    path("dashboard/invite/verdict/", dashboard.invite_verdict, name="invite-verdict"),
    path("dashboard/invitations/", dashboard.invitations, name="invitations"),
    path("dashboard/invitations/<uuid:pk>/", dashboard.invitation, name="invitation"),
    path("dashboard/invitations/<uuid:pk>/status/", dashboard.invitation_status, name="invitation-status"),
]
