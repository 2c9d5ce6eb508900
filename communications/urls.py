from collections.abc import Callable

from django.http import HttpResponseBase
from django.urls import URLPattern, path

from communications.api import views
from communications.webhooks.views import WebhookView


def with_or_without_slash(route: str, view: Callable[..., HttpResponseBase], *, name: str) -> list[URLPattern]:
    """Serve `route` both ways: a redirect would lose a POST. Links are made with the slash."""
    return [path(f"{route}/", view, name=name), path(route, view)]


urlpatterns = [
    *with_or_without_slash("api/webhooks/whatsapp", WebhookView.as_view(), name="whatsapp-webhook"),
    *with_or_without_slash("api/messages/whatsapp", views.WhatsAppMessageView.as_view(), name="whatsapp-message"),
    # Any word, so that what is no ID is answered in JSON too.
    *with_or_without_slash("api/messages/<str:pk>", views.MessageDetailView.as_view(), name="message-detail"),
]
