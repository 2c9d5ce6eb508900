from django.urls import path

from communications.webhooks.views import WebhookView

urlpatterns = [
    path("api/webhooks/whatsapp/", WebhookView.as_view(), name="whatsapp-webhook"),
]
