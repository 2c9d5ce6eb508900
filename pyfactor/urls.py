from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from communications.urls import with_or_without_slash
from invitations.sign_in import AdminSignInForm, admin_sign_in
from pyfactor import api_docs
from pyfactor.metrics import metrics

admin.site.login_form = AdminSignInForm

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="invite")),
    path("i18n/", include("django.conf.urls.i18n")),
    *with_or_without_slash("api/schema", api_docs.schema, name="api-schema"),
    *with_or_without_slash("api/docs", api_docs.docs, name="api-docs"),
    path("", include("communications.urls")),
    path("", include("invitations.urls")),
    path("admin/login/", admin_sign_in),
    path("admin/", admin.site.urls),
    path("metrics", metrics),
]
