"""What a browser may load and do on our pages: nothing from elsewhere, nothing inline."""

from typing import Any

from csp.constants import NONE, SELF

# The style that stands inside plain_error.html, which must not need a static file.
PLAIN_ERROR_STYLE = "'sha256-R4ERky/BOmGCFEGrC4jgGc33UthnX2GgTI6hISPG6a0='"

CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, PLAIN_ERROR_STYLE],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

PERMISSIONS_POLICY: dict[str, list[str]] = {
    feature: []
    for feature in (
        "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "geolocation", "gyroscope",
        "magnetometer", "microphone", "midi", "payment", "publickey-credentials-get", "usb",
    )
}  # fmt: skip
