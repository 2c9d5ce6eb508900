import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from knox.models import AuthToken
from rest_framework.test import APIClient

PATH = "/api/messages/whatsapp/"
PHONE = "+12025550100"


@pytest.fixture
def service(db: None, django_user_model: Any) -> Any:
    """The account of another service of Dott, which may send messages and is no staff."""
    user = django_user_model.objects.create_user("invoices", password="correct horse")
    user.user_permissions.add(Permission.objects.get(codename="send_messages"))
    return user


@pytest.fixture
def service_api(service: Any) -> APIClient:
    """That service's caller, with a Bearer token."""
    _row, text = AuthToken.objects.create(service)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return client


@pytest.fixture
def send(service_api: APIClient) -> Callable[..., Any]:
    """Ask for one message through the REST API and return the answer."""

    def post(kind: Any = "text", *, to: Any = PHONE, headers: Any = None, **fields: Any) -> Any:
        if kind == "text" and "text" not in fields:
            fields["text"] = "Hello from Dott"
        body = {"phoneNumber": to, "type": kind, **fields}
        return service_api.post(PATH, json.dumps(body), content_type="application/json", headers=headers or {})

    return post
