from django.urls import path

from benchmarks.plain.views import PlainView

urlpatterns = [path("api/plain/", PlainView.as_view())]
