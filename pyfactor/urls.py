from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from invitations.sign_in import AdminSignInForm, admin_sign_in
from pyfactor.metrics import metrics

admin.site.login_form = AdminSignInForm

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="invite")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("communications.urls")),
    path("", include("invitations.urls")),
    path("admin/login/", admin_sign_in),
    path("admin/", admin.site.urls),
    path("metrics", metrics),
]
