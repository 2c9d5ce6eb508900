"""The two apps inside somebody else's Django project, as docs/embedding.md says."""

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

SETTINGS = """
SECRET_KEY = "of the host"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "host.urls"
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": "{folder}/host.sqlite3"}}}}
USE_TZ = True
STATIC_URL = "/static/"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [{{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {{
    "context_processors": [
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]
}}}}]
REST_FRAMEWORK = {{"DEFAULT_AUTHENTICATION_CLASSES": [], "DEFAULT_RENDERER_CLASSES": []}}
{documented}
WHATSAPP_ACCESS_TOKEN = "sandbox-token"
WHATSAPP_GRAPH_API_URL = "{sandbox}"
"""

SCRIPT = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("check", fail_level="WARNING")
from django.contrib.auth import get_user_model
from django.test import Client
client = Client(enforce_csrf_checks=True)
client.force_login(get_user_model().objects.create_user("host", first_name="Host"))
body = {"phoneNumber": "+12025550100", "message": "Join us"}
answer = client.post("/api/invitations/whatsapp/", body, content_type="application/json")
assert answer.status_code == 200, answer.content
refused = client.post("/api/invitations/whatsapp/", {}, content_type="application/json")
assert refused.json()["code"] == "invalid_phone_number", refused.content
for page in ("invite/", "invitations/", "analytics/", f"invitations/{answer.json()['invitationId']}/"):
    assert client.get(f"/dashboard/{page}").status_code == 200, page
print(answer.json()["messageId"])
"""


def python_blocks(document: Path) -> list[str]:
    """The code of a document, without the indentation of the list it stands in."""
    return [textwrap.dedent(block) for block in re.findall(r" *```python\n(.*?) *```", document.read_text(), re.DOTALL)]


def test_apps_work_in_a_bare_second_project(sandbox, tmp_path):
    settings, urls = python_blocks(ROOT / "docs" / "embedding.md")[:2]
    (tmp_path / "host").mkdir()
    (tmp_path / "host" / "__init__.py").touch()
    (tmp_path / "host" / "urls.py").write_text(urls)
    (tmp_path / "host" / "settings.py").write_text(
        SETTINGS.format(folder=tmp_path, sandbox=sandbox.url, documented=settings)
    )

    result = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": f"{tmp_path}:{ROOT}", "DJANGO_SETTINGS_MODULE": "host.settings"},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert result.returncode == 0, result.stderr
    assert sandbox.messages()[0]["id"] == result.stdout.split()[-1]


@pytest.mark.parametrize("app", ["communications", "invitations"])
def test_apps_do_not_know_the_project_around_them(app):
    sources = [path.read_text() for path in (ROOT / app).rglob("*.py")]

    assert not any("pyfactor" in source for source in sources)
