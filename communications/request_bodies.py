"""What a request says of its body before anything reads it."""

from django.http import HttpRequest


def declared_length(request: HttpRequest) -> int:
    """Bytes; 0 where it says none, or no number."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
