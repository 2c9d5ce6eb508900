from django.urls import path

from invitations import views

urlpatterns = [
    path("api/invitations/", views.InvitationListView.as_view(), name="invitation-list"),
    path("api/invitations/whatsapp/", views.WhatsAppInvitationView.as_view(), name="whatsapp-invitation"),
    path("api/invitations/<uuid:pk>/", views.InvitationDetailView.as_view(), name="invitation-detail"),
]
