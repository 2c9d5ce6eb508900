"""Files: what people sent us, handed over and never shown, and what Meta keeps for us."""

import mimetypes

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from communications.admin.base import ReadOnlyAdmin, ReadOnlyInline, linked
from communications.admin.people import person
from communications.models import InboundMedia, UploadedMedia

_MEDIA_FIELDS = ("kind", "status", "mime_type", "found_type", "size", "error", "download")


class InboundMediaInline(ReadOnlyInline):
    model = InboundMedia
    fields = _MEDIA_FIELDS
    readonly_fields = fields

    @admin.display(description="File")
    def download(self, media: InboundMedia) -> str:
        return link_to_file(media)


@admin.register(InboundMedia)
class InboundMediaAdmin(ReadOnlyAdmin):
    list_display = ("received_at", linked("message"), *_MEDIA_FIELDS)
    list_filter = ("status",)
    list_select_related = ("message",)
    search_help_text = gettext_lazy("A media ID, a wamid, a number, or a user ID.")
    fields = (
        "received_at",
        "message",
        *_MEDIA_FIELDS,
        "sha256",
        "media_id",
        "attempts",
        "next_attempt_at",
        "finished_at",
    )

    def search(self, term: str) -> Q:
        return Q(media_id=term) | Q(message__wamid=term) | person(term, "message__contact")

    @admin.display(description="File")
    def download(self, media: InboundMedia) -> str:
        return link_to_file(media)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.file)
        return [path("<int:pk>/file/", view, name="communications_inboundmedia_file"), *super().get_urls()]

    def file(self, request: HttpRequest, pk: int) -> FileResponse:
        """Hand the file over to be saved, never to be shown: a browser must not run what a stranger sent."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        media = get_object_or_404(InboundMedia, pk=pk, status=InboundMedia.Status.KEPT)
        try:
            content = media.file.open("rb")
        except FileNotFoundError as exc:
            raise Http404("The file is not in the storage any more.") from exc
        extension = mimetypes.guess_extension(media.found_type) or ".bin"
        return FileResponse(
            content,
            as_attachment=True,
            filename=f"whatsapp-{media.pk}{extension}",
            content_type="application/octet-stream",
            headers={
                "X-Content-Type-Options": "nosniff",
                "Content-Security-Policy": "sandbox; default-src 'none'",
            },
        )


def link_to_file(media: InboundMedia) -> str:
    """A link for what was kept; what is in quarantine cannot be opened from here."""
    if media.status != InboundMedia.Status.KEPT:
        return "–"
    return format_html('<a href="{}">Download</a>', reverse("admin:communications_inboundmedia_file", args=[media.pk]))


@admin.register(UploadedMedia)
class UploadedMediaAdmin(ReadOnlyAdmin):
    list_display = ("uploaded_at", "expires_at", "mime_type", "size", "media_id")
    search_help_text = gettext_lazy("A media ID, or the SHA-256 of the file.")
    list_filter = ("mime_type",)

    def search(self, term: str) -> Q:
        return Q(media_id=term) | Q(sha256=term.lower())
