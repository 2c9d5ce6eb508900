"""Many messages over real connections: what holds for the client that sends them, beside `test_either_client.py`."""

import asyncio
import contextlib
import json

import pytest

from communications.errors import DeliveryUnconfirmed, MetaUnreachable, NotConfigured
from communications.graph.bulk_client import BulkClient
from communications.graph.protocol import read_send_answer
from tests.communications.graph.meta_on_a_socket import (
    ACCEPTED,
    BODY,
    TOKEN,
    accept,
    credentials,
)
from tests.communications.graph.posting import in_bulk, run
from tests.local_server import LocalServer, answered

# What leaves


def test_request_is_the_same_as_that_of_the_other_client():
    with LocalServer(accept) as meta:
        answer = in_bulk(meta.url)

    request = meta.requests[0]
    assert (answer.status, answer.body) == (200, ACCEPTED)
    assert (request.method, request.target) == ("POST", "/v25.0/676188225586230/messages")
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.body) == BODY


def test_number_that_is_no_number_stays_in_its_place():
    async def posting(url):
        async with BulkClient() as client:
            await client.post_message(credentials(url, number="67/../1?x=#"), BODY)

    with LocalServer(accept) as meta:
        run(posting(meta.url))

    assert meta.requests[0].target == "/v25.0/67%2F..%2F1%3Fx%3D%23/messages"


def test_hundreds_at_once_get_each_its_own_answer():
    bodies = [{"number": number, "padding": "x" * 500} for number in range(300)]

    with LocalServer(lambda _connection, request: answered(request.body)) as meta:
        answers = in_bulk(*[meta.url] * 300, at_once=True, bodies=bodies)

    assert [json.loads(answer.body) for answer in answers] == bodies


def test_renewed_token_travels_with_the_next_message_on_the_same_connection():
    async def posting(url):
        async with BulkClient() as client:
            for token in ("old", "new"):
                await client.post_message(credentials(url, token=token), BODY)

    with LocalServer(accept) as meta:
        run(posting(meta.url))

    assert [request.headers["authorization"] for request in meta.requests] == ["Bearer old", "Bearer new"]
    assert meta.connections == 1


def test_connection_that_meta_closed_while_idle_is_replaced():
    def accept_once(connection, _request):
        connection.sendall(answered(ACCEPTED))

    async def posting(url):
        async with BulkClient() as client:
            await client.post_message(credentials(url), BODY)
            # The FIN has to arrive before the next message leaves.
            await asyncio.to_thread(meta._threads[1].join, 5)
            await asyncio.sleep(0.05)
            return await client.post_message(credentials(url), BODY)

    with LocalServer(accept_once) as meta:
        answer = run(posting(meta.url))

    assert answer.status == 200
    assert (len(meta.requests), meta.connections) == (2, 2)


# Perhaps sent


@pytest.mark.usefixtures("impatient")
def test_answer_that_drips_is_given_up_in_time():
    def drip(connection, _request):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not meta.stopped.wait(0.05):
            connection.sendall(b"x")

    with LocalServer(drip) as meta, pytest.raises(DeliveryUnconfirmed):
        read_send_answer(in_bulk(meta.url))

    assert len(meta.requests) == 1


# Never begun


def test_certificates_that_cannot_be_read_are_named(monkeypatch, tmp_path):
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(broken))

    with pytest.raises(NotConfigured, match="REQUESTS_CA_BUNDLE"):
        in_bulk("https://graph.invalid")


def test_proxy_that_is_none_for_http_is_named(monkeypatch):
    monkeypatch.setenv("http_proxy", "socks5://127.0.0.1:1080")

    with pytest.raises(NotConfigured, match="proxy"):
        in_bulk("http://graph.invalid")


def test_who_asks_is_told_when_a_message_is_about_to_be_written(free_port):
    written = []

    async def posting(urls):
        async with BulkClient() as client:
            for url in urls:
                with contextlib.suppress(MetaUnreachable):
                    await client.post_message(
                        credentials(url), BODY, when_connected=lambda url=url: written.append(url)
                    )

    with LocalServer(accept) as meta:
        run(posting([meta.url, f"http://127.0.0.1:{free_port}", meta.url]))

        assert written == [meta.url, meta.url]
        assert meta.connections == 1
