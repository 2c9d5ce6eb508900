from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="invite")),
    path("", include("communications.urls")),
    path("", include("invitations.urls")),
    path("admin/", admin.site.urls),
]
