"""Every setting, each from its environment variable; `docs/configuration.md` explains them.

A fresh clone runs with none of them set. A variable that is set but empty counts as not set.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dj_database_url
import drf_spectacular_sidecar
from django.core.exceptions import ImproperlyConfigured
from environs import Env
from whitenoise.compress import Compressor

from communications.conf import DEFAULTS as WHATSAPP_DEFAULTS
from invitations.conf import DEFAULTS as INVITATION_DEFAULTS
from pyfactor import error_reports, policies
from pyfactor.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
env.read_env(BASE_DIR / ".env", recurse=False)


def from_env(name: str, default: Any) -> Any:
    """Read one variable as the type of its default; a value of another type stops the start and names itself."""
    if not os.environ.get(name, "").strip():
        return default
    readers: dict[type, Callable[[str], Any]] = {bool: env.bool, int: env.int, list: env.list}
    value = readers.get(type(default), env.str)(name)
    return value.strip() if isinstance(value, str) else value


# Where we run: Render sets RENDER on each of its services.
ON_RENDER = bool(os.environ.get("RENDER"))
DEBUG = from_env("DEBUG", not ON_RENDER)

KNOWN_SECRET_KEY = "development-only-and-known-to-everybody-who-reads-this"  # noqa: S105
SECRET_KEY = from_env("SECRET_KEY", KNOWN_SECRET_KEY if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set. Set it to a long random text, or set DEBUG=1 to develop.")

# Earlier keys, during a rotation and after it: with them people who were erased are still known not to be written to.
SECRET_KEY_FALLBACKS = from_env("SECRET_KEY_FALLBACKS", [])
# The name that Render gave a web service; its workers have none.
_HOSTS_IN_PRODUCTION = os.environ.get("RENDER_EXTERNAL_HOSTNAME", "").split() if ON_RENDER else []
ALLOWED_HOSTS = from_env("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"] if DEBUG else _HOSTS_IN_PRODUCTION)
CSRF_TRUSTED_ORIGINS = from_env("CSRF_TRUSTED_ORIGINS", [])
SESSION_COOKIE_DOMAIN = from_env("SESSION_COOKIE_DOMAIN", "") or None
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG

BEHIND_TLS_PROXY = from_env("BEHIND_TLS_PROXY", ON_RENDER)
# On Render: Cloudflare, and Render's own.
PROXY_COUNT = from_env("PROXY_COUNT", 2 if ON_RENDER else WHATSAPP_DEFAULTS["PROXY_COUNT"])
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS_PROXY else None
SECURE_SSL_REDIRECT = from_env("SECURE_SSL_REDIRECT", not DEBUG)
# Monitoring asks from inside, over plain http. /healthz and /readyz are answered before the redirect.
SECURE_REDIRECT_EXEMPT = [r"^metrics$"]
SECURE_HSTS_SECONDS = from_env("SECURE_HSTS_SECONDS", 0 if DEBUG else 3600)
CONTENT_SECURITY_POLICY = policies.CONTENT_SECURITY_POLICY
PERMISSIONS_POLICY = policies.PERMISSIONS_POLICY
# What the other hosts of our domain speak, and a browser's preload list, are not for one service to promise.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

INSTALLED_APPS = [
    "pyfactor",
    "invitations",
    "communications",
    "knox",
    "rest_framework",
    "drf_spectacular",
    "csp",
    "django_guid",
    "django_htmx",
    "whitenoise.runserver_nostatic",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django_guid.middleware.guid_middleware",
    "pyfactor.probes.ProbesMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pages are read over bad connections. Django pads what it compresses, and masks the CSRF token each time.
    "django.middleware.gzip.GZipMiddleware",
    "pyfactor.middleware.DatabaseUnavailableMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "pyfactor.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    # Before the next one, which reads the form for its token.
    "pyfactor.middleware.BodyLimitMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "pyfactor.urls"
WSGI_APPLICATION = "pyfactor.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASE_URL = from_env("DATABASE_URL", "")
if ON_RENDER and not DATABASE_URL:
    raise ImproperlyConfigured("DATABASE_URL is not set. Connect a PostgreSQL database to this service.")
DATABASES: dict[str, Any] = {
    "default": dict(dj_database_url.parse(DATABASE_URL or f"sqlite:///{BASE_DIR / 'db.sqlite3'}", conn_max_age=60))
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Many threads write to one file: readers do not block (WAL), a writer waits its turn instead of failing half-way.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 5,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # Few statements, many times: PostgreSQL plans each once for a connection.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        # A server that vanished without a word is noticed in half a minute, not in two hours.
        "tcp_user_timeout": 10_000,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 4,
        "server_side_binding": True,
        "prepare_threshold": 2,
        **DATABASES["default"].get("OPTIONS", {}),
    }

REDIS_URL = from_env("REDIS_URL", "")
CACHES: dict[str, Any] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        # Limits give way without Redis: a silent one must not cost each request seconds.
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# Celery: the rows are the queue, the broker is only a doorbell. Redis is one; RabbitMQ works by its URL alone.
CELERY_BROKER_URL = from_env("CELERY_BROKER_URL", REDIS_URL.replace("unix://", "redis+socket://", 1))
CELERY_ACCEPT_CONTENT = ["json"]
# A few: each child keeps a database connection, and most of the time it waits for an answer.
CELERY_WORKER_CONCURRENCY = 4
# A ring that is held back by a busy worker wakes nobody.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
if CELERY_BROKER_URL.startswith(("redis", "sentinel")):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        # After that the ring of a worker that died is given to another one; longer than any task may take.
        "visibility_timeout": 900,
        "socket_connect_timeout": 2,
        "socket_timeout": 10,
    }
CELERY_BEAT_SCHEDULER = "pyfactor.celery:Rounds"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{validator}"}
    for validator in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "invite"
LOGOUT_REDIRECT_URL = "login"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
# A person chooses once for the browser.
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = not DEBUG
LANGUAGE_COOKIE_HTTPONLY = True
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
# Of the files for /api/docs/ only those of Swagger UI: to compress the rest takes a minute.
STATICFILES_DIRS = [
    ("swagger-ui", Path(drf_spectacular_sidecar.__file__).parent / "static/drf_spectacular_sidecar/swagger-ui-dist")
]
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = [*Compressor.SKIP_COMPRESS_EXTENSIONS, "map"]
# Serves the files where they stand while developing, and collected and hashed ones in production.
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG
if not DEBUG:
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }

# The description of the API: /api/schema/, /api/docs/ and `manage.py spectacular`. No view of ours depends on it.
REST_FRAMEWORK = {"DEFAULT_SCHEMA_CLASS": "communications.api.description.told.Told"}
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.0",
    "TITLE": "Dott on WhatsApp",
    "DESCRIPTION": (
        "Invite business owners and notify customers over WhatsApp. JSON in and out, UTF-8; values are JSON strings, "
        "and a number in place of a string is refused. Addresses work with and without their last slash. Every failure "
        "has the shape of `Failure`: show `error` to the person, and `detail` where there is room."
    ),
    "VERSION": "1",
    "TAGS": [
        {"name": "Invitations", "description": "One person at a time."},
        {"name": "Whole lists", "description": "Up to 100,000 people from one file."},
        {"name": "Messages", "description": "Whatever the rest of Dott has to say to one person."},
        {"name": "Analytics", "description": "How many came how far."},
        {"name": "Webhooks", "description": "For Meta."},
    ],
    "ENFORCE_NON_BLANK_FIELDS": True,
    "PREPROCESSING_HOOKS": ["pyfactor.api_description.with_each_address_once"],
    "POSTPROCESSING_HOOKS": ["pyfactor.api_description.with_answers"],
}

# What people sent us: never served from here, only handed out by the admin.
MEDIA_ROOT = Path(from_env("MEDIA_ROOT", str(BASE_DIR / "var" / "media")))

# Read by prometheus_client itself, from the environment: here it is only known.
PROMETHEUS_MULTIPROC_DIR = from_env("PROMETHEUS_MULTIPROC_DIR", "")
if not PROMETHEUS_MULTIPROC_DIR:
    # Set but empty would mean the working directory there.
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)

# Whoever asks for /metrics shows it. Without one only requests that no proxy passed on are answered.
METRICS_TOKEN = from_env("METRICS_TOKEN", "")

# Callers and proxies may name their request; the answer and every line of the log carry the name.
DJANGO_GUID = {"GUID_HEADER_NAME": "X-Request-ID", "EXPOSE_HEADER": False}
LOGGING = logging_config(as_json=from_env("LOG_JSON", not DEBUG))
DEFAULT_EXCEPTION_REPORTER = "pyfactor.error_reports.MaskedExceptionReporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "pyfactor.error_reports.NobodysReporterFilter"
SENTRY_DSN = from_env("SENTRY_DSN", "")
if SENTRY_DSN:
    error_reports.start(SENTRY_DSN, environment="development" if DEBUG else "production")

# WhatsApp
WHATSAPP_ACCESS_TOKEN = from_env("WHATSAPP_ACCESS_TOKEN", "")
WHATSAPP_PHONE_NUMBER_ID = from_env("WHATSAPP_PHONE_NUMBER_ID", WHATSAPP_DEFAULTS["WHATSAPP_PHONE_NUMBER_ID"])
WHATSAPP_BUSINESS_ACCOUNT_ID = from_env(
    "WHATSAPP_BUSINESS_ACCOUNT_ID", WHATSAPP_DEFAULTS["WHATSAPP_BUSINESS_ACCOUNT_ID"]
)
WHATSAPP_APP_ID = from_env("WHATSAPP_APP_ID", WHATSAPP_DEFAULTS["WHATSAPP_APP_ID"])
WHATSAPP_APP_SECRET = from_env("WHATSAPP_APP_SECRET", "")
WHATSAPP_WEBHOOK_VERIFY_TOKEN = from_env("WHATSAPP_WEBHOOK_VERIFY_TOKEN", "")
WHATSAPP_API_VERSION = from_env("WHATSAPP_API_VERSION", WHATSAPP_DEFAULTS["WHATSAPP_API_VERSION"])
WHATSAPP_GRAPH_API_URL = from_env("WHATSAPP_GRAPH_API_URL", WHATSAPP_DEFAULTS["WHATSAPP_GRAPH_API_URL"])
WHATSAPP_MESSAGES_PER_SECOND = from_env(
    "WHATSAPP_MESSAGES_PER_SECOND", WHATSAPP_DEFAULTS["WHATSAPP_MESSAGES_PER_SECOND"]
)
WHATSAPP_ALLOW_OTHER_GRAPH_API = from_env("WHATSAPP_ALLOW_OTHER_GRAPH_API", False)
WHATSAPP_PROCESS_WEBHOOKS_IN_REQUEST = from_env(
    "WHATSAPP_PROCESS_WEBHOOKS_IN_REQUEST", DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
)
WHATSAPP_WEBHOOK_RETENTION_DAYS = from_env(
    "WHATSAPP_WEBHOOK_RETENTION_DAYS", WHATSAPP_DEFAULTS["WHATSAPP_WEBHOOK_RETENTION_DAYS"]
)
MESSAGE_TEXT_RETENTION_DAYS = from_env("MESSAGE_TEXT_RETENTION_DAYS", WHATSAPP_DEFAULTS["MESSAGE_TEXT_RETENTION_DAYS"])
WHATSAPP_RATE_FILE = from_env("WHATSAPP_RATE_FILE", WHATSAPP_DEFAULTS["WHATSAPP_RATE_FILE"])
PUBLIC_BASE_URL = from_env("PUBLIC_BASE_URL", WHATSAPP_DEFAULTS["PUBLIC_BASE_URL"])
MESSAGE_RATE = from_env("MESSAGE_RATE", WHATSAPP_DEFAULTS["MESSAGE_RATE"])
SIGN_IN_FAILURE_RATE = from_env("SIGN_IN_FAILURE_RATE", WHATSAPP_DEFAULTS["SIGN_IN_FAILURE_RATE"])

# Invitations
WHATSAPP_INVITATION_TEMPLATE = from_env("WHATSAPP_INVITATION_TEMPLATE", "")
INVITATION_RATE = from_env("INVITATION_RATE", INVITATION_DEFAULTS["INVITATION_RATE"])
INVITATION_DAILY_QUOTA = from_env("INVITATION_DAILY_QUOTA", INVITATION_DEFAULTS["INVITATION_DAILY_QUOTA"])
INVITATION_COOLDOWN_HOURS = from_env("INVITATION_COOLDOWN_HOURS", INVITATION_DEFAULTS["INVITATION_COOLDOWN_HOURS"])
INVITATION_VALID_DAYS = from_env("INVITATION_VALID_DAYS", INVITATION_DEFAULTS["INVITATION_VALID_DAYS"])
INVITATION_REMINDER_HOURS = from_env("INVITATION_REMINDER_HOURS", INVITATION_DEFAULTS["INVITATION_REMINDER_HOURS"])
INVITATION_LIST_RETENTION_DAYS = from_env(
    "INVITATION_LIST_RETENTION_DAYS", INVITATION_DEFAULTS["INVITATION_LIST_RETENTION_DAYS"]
)
INVITATION_SIGN_UP_URL = from_env("INVITATION_SIGN_UP_URL", INVITATION_DEFAULTS["INVITATION_SIGN_UP_URL"])
