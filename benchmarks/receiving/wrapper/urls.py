from django.urls import path
from django_whatsapp_api_wrapper.whatsapp_cloud_api.webhooks.views import WhatsappWebhookView

urlpatterns = [path("api/webhooks/whatsapp/", WhatsappWebhookView.as_view())]
