"""`make demo`, whatever the developer's environment says."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HOSTILE = {
    "HTTP_PROXY": "http://127.0.0.1:1",
    "HTTPS_PROXY": "http://127.0.0.1:1",
    "ALL_PROXY": "http://127.0.0.1:1",
    "http_proxy": "http://127.0.0.1:1",
    "DEBUG": "0",
    "RENDER": "true",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
    "REDIS_URL": "redis://127.0.0.1:1",
    "INVITATION_RATE": "often",
    "INVITATION_DAILY_QUOTA": "0",
    "SESSION_COOKIE_DOMAIN": ".example.com",
    "CSRF_TRUSTED_ORIGINS": "nonsense",
    "SECURE_SSL_REDIRECT": "1",
    "WHATSAPP_PHONE_NUMBER_ID": "+15551905954",
    "WHATSAPP_PROCESS_WEBHOOKS_IN_REQUEST": "0",
}


@pytest.mark.parametrize("environment", [{}, HOSTILE], ids=["clean", "hostile"])
def test_demo_sends_an_invitation_that_is_read(environment):
    result = subprocess.run(
        [sys.executable, "-m", "pyfactor.demo", "--once"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=180,
    )

    assert result.returncode == 0, result.stderr
    assert "200 OK" in result.stdout
    timeline = result.stdout.split("Timeline")[1]
    assert [line.split()[0] for line in timeline.strip().splitlines()] == ["accepted", "sent", "delivered", "read"]
