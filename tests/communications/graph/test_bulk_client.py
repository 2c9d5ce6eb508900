"""Many messages over real connections: what leaves, and whether it left."""

import asyncio
import contextlib
import json
import logging
import socket
import threading
import traceback

import pytest

from communications.errors import DeliveryUnconfirmed, MetaUnreachable, NotConfigured
from communications.graph.bulk_client import BulkClient
from communications.graph.protocol import read_send_answer
from communications.wire import new_event_loop
from tests.communications.graph.meta_on_a_socket import (
    ACCEPTED,
    AFTER_THE_REQUEST,
    BODY,
    TOKEN,
    accept,
    credentials,
    cut,
    cut_hard,
    wait_in_vain,
)
from tests.local_server import LocalServer, answered, reset


def run(work):
    """Run a coroutine in the kind of event loop that sending uses."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(work)


def post(*urls, at_once=False, token=TOKEN, bodies=None):
    """Post to each address with one client, one after another or at once; the answer to the last, or all of them."""

    async def posting():
        async with BulkClient() as client:
            posts = [
                client.post_message(credentials(url, token=token), body)
                for url, body in zip(urls, bodies or [BODY] * len(urls), strict=True)
            ]
            return await asyncio.gather(*posts) if at_once else [await each for each in posts][-1]

    return run(posting())


def send(url):
    """Send one message as the application does, and read what Meta says."""
    return read_send_answer(post(url))


# What leaves


def test_request_is_the_same_as_that_of_the_other_client():
    with LocalServer(accept) as meta:
        answer = post(meta.url)

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


def test_answer_is_handed_over_whatever_its_status():
    def refuse(_connection, _request):
        return answered(b"<html>", status="503 Busy", headers=("Retry-After: 7",))

    with LocalServer(refuse) as meta:
        answer = post(meta.url)

    assert (answer.status, answer.body, answer.headers["retry-after"]) == (503, b"<html>", "7")


def test_netrc_entry_for_the_host_does_not_replace_the_token(tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login john password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))

    with LocalServer(accept) as meta:
        post(meta.url)

    assert meta.requests[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_password_in_the_address_does_not_replace_the_token():
    with LocalServer(accept) as meta:
        post(meta.url.replace("//", "//john:hunter2@"))

    assert meta.requests[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_redirect_is_not_followed():
    with LocalServer(accept) as elsewhere:

        def redirect(_connection, _request):
            return answered(b"", status="307 Elsewhere", headers=(f"Location: {elsewhere.url}/",))

        with LocalServer(redirect) as meta:
            answer = post(meta.url)

    assert answer.status == 307
    assert elsewhere.requests == []


def test_cookies_are_not_kept():
    def set_cookie(_connection, _request):
        return answered(ACCEPTED, headers=("Set-Cookie: visitor=1; Path=/",))

    with LocalServer(set_cookie) as meta:
        post(meta.url, meta.url)

    assert len(meta.requests) == 2
    assert all("cookie" not in request.headers for request in meta.requests)


def test_connections_are_kept_and_used_again():
    with LocalServer(accept) as meta:
        post(*[meta.url] * 20)

    assert (len(meta.requests), meta.connections) == (20, 1)


def test_hundreds_at_once_get_each_its_own_answer():
    bodies = [{"number": number, "padding": "x" * 500} for number in range(300)]

    with LocalServer(lambda _connection, request: answered(request.body)) as meta:
        answers = post(*[meta.url] * 300, at_once=True, bodies=bodies)

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


def test_proxy_of_the_environment_is_used(monkeypatch):
    with LocalServer(accept) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        post("http://graph.invalid")

    assert proxy.requests[0].target == "http://graph.invalid/v25.0/676188225586230/messages"
    assert proxy.requests[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_no_proxy_of_the_environment_is_respected(monkeypatch):
    with LocalServer(accept) as proxy, LocalServer(accept) as meta:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        post(meta.url)

    assert (len(proxy.requests), len(meta.requests)) == (0, 1)


# Certainly not sent


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_refused_connection_is_not_sent(free_port, scheme):
    with pytest.raises(MetaUnreachable):
        post(f"{scheme}://127.0.0.1:{free_port}")


def test_unknown_host_is_not_sent(monkeypatch):
    def unknown(*_args, **_options):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    with pytest.raises(MetaUnreachable):
        post("https://graph.invalid")


def test_failed_tls_handshake_is_not_sent():
    with LocalServer(lambda *_: b"HTTP/1.1 400 Bad Request\r\n\r\n") as plain, pytest.raises(MetaUnreachable):
        post(plain.url.replace("http:", "https:"))


@pytest.mark.usefixtures("impatient")
def test_tls_handshake_that_never_ends_is_not_sent():
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(MetaUnreachable):
        post(f"https://127.0.0.1:{silent.getsockname()[1]}")


def test_connection_cut_during_the_tls_handshake_is_not_sent():
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def cut_after_hello():
            connection, _ = listener.accept()
            connection.recv(10_000)
            reset(connection)

        cutter = threading.Thread(target=cut_after_hello)
        cutter.start()
        with pytest.raises(MetaUnreachable):
            post(f"https://127.0.0.1:{listener.getsockname()[1]}")
        cutter.join()


@pytest.mark.usefixtures("impatient")
def test_connect_timeout_is_not_sent():
    # A full backlog: the kernel drops the next SYN, as a host behind a firewall does.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(address)
        try:
            with pytest.raises(MetaUnreachable):
                post(f"http://127.0.0.1:{address[1]}")
        finally:
            for filler in fillers:
                filler.close()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_refused_proxy_is_not_sent(monkeypatch, free_port, scheme):
    monkeypatch.setenv(f"{scheme}_proxy", f"http://127.0.0.1:{free_port}")

    with pytest.raises(MetaUnreachable):
        post(f"{scheme}://graph.invalid")


@pytest.mark.parametrize(
    "behave",
    [lambda *_: answered(b"", status="403 Forbidden"), lambda *_: None, cut_hard],
    ids=["refuses", "closes", "resets"],
)
def test_proxy_that_does_not_open_the_tunnel_has_sent_nothing(monkeypatch, behave):
    with LocalServer(behave) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        with pytest.raises(MetaUnreachable):
            post("https://graph.invalid")

    assert [request.method for request in proxy.requests] == ["CONNECT"]


@pytest.mark.usefixtures("impatient")
def test_proxy_that_never_opens_the_tunnel_has_sent_nothing(monkeypatch):
    with LocalServer(lambda *_: wait_in_vain(proxy)) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        with pytest.raises(MetaUnreachable):
            post("https://graph.invalid")


# Perhaps sent


@pytest.mark.parametrize("answer", AFTER_THE_REQUEST)
def test_broken_answer_is_unconfirmed_and_not_repeated(answer):
    with LocalServer(answer) as meta, pytest.raises(DeliveryUnconfirmed):
        send(meta.url)

    assert len(meta.requests) == 1


@pytest.mark.parametrize("answer", AFTER_THE_REQUEST)
def test_broken_answer_through_a_proxy_is_unconfirmed_and_not_repeated(answer, monkeypatch):
    with LocalServer(answer) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        with pytest.raises(DeliveryUnconfirmed):
            send("http://graph.invalid")

    assert len(proxy.requests) == 1


@pytest.mark.parametrize("answer", [cut, cut_hard])
def test_kept_alive_connection_that_breaks_under_a_message_is_unconfirmed_and_not_repeated(answer):
    def first_accept(connection, request):
        return answered(ACCEPTED) if len(meta.requests) == 1 else answer(connection, request)

    with LocalServer(first_accept) as meta, pytest.raises(DeliveryUnconfirmed):
        post(meta.url, meta.url)

    assert (len(meta.requests), meta.connections) == (2, 1)


@pytest.mark.usefixtures("impatient")
def test_silence_after_the_request_is_unconfirmed():
    with LocalServer(lambda *_: wait_in_vain(meta)) as meta, pytest.raises(DeliveryUnconfirmed) as caught:
        send(meta.url)

    assert "in time" in caught.value.detail
    assert len(meta.requests) == 1


@pytest.mark.usefixtures("impatient")
def test_answer_that_drips_is_given_up_in_time():
    def drip(connection, _request):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not meta.stopped.wait(0.05):
            connection.sendall(b"x")

    with LocalServer(drip) as meta, pytest.raises(DeliveryUnconfirmed):
        send(meta.url)

    assert len(meta.requests) == 1


# Never begun


@pytest.mark.parametrize(
    "token",
    ["EAAG\nsecret", "EAAG\r\nX-Injected: 1", "EAAG-sécret", "EAAG\x00", "EAAG“secret”", "EAAG\x7f"],
    ids=["newline", "header injection", "accent", "U+0000", "curly quotes", "delete"],
)
def test_token_that_cannot_be_a_header_is_not_written(token):
    with LocalServer(accept) as meta, pytest.raises(NotConfigured) as caught:
        post(meta.url, token=token)

    assert meta.connections == 0
    assert "WHATSAPP_ACCESS_TOKEN" in caught.value.detail
    assert token not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["", "graph.facebook.com", "ftp://graph.facebook.com", "http://", "http://[::1", "http://127.0.0.1:99999",
     "http://a..b", "http://*.example", "file:///etc/passwd", "http://" + "a" * 70 + ".example"],
    ids=["empty", "no scheme", "other scheme", "no host", "open bracket", "port out of range", "empty label",
         "wildcard", "file", "label too long"],
)  # fmt: skip
def test_unusable_address_is_named_as_such(url):
    with pytest.raises(NotConfigured) as caught:
        post(url)

    assert "WHATSAPP_GRAPH_API_URL" in caught.value.detail


def test_certificates_that_cannot_be_read_are_named(monkeypatch, tmp_path):
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(broken))

    with pytest.raises(NotConfigured, match="REQUESTS_CA_BUNDLE"):
        post("https://graph.invalid")


def test_proxy_that_is_none_for_http_is_named(monkeypatch):
    monkeypatch.setenv("http_proxy", "socks5://127.0.0.1:1080")

    with pytest.raises(NotConfigured, match="proxy"):
        post("http://graph.invalid")


@pytest.mark.parametrize("answer", [*AFTER_THE_REQUEST, accept])
def test_token_stays_out_of_errors_and_logs(answer, caplog):
    caplog.set_level(logging.DEBUG)

    with LocalServer(answer) as meta:
        try:
            send(meta.url)
        except DeliveryUnconfirmed as exc:
            told = "".join(traceback.format_exception(exc))
        else:
            told = "accepted"

    assert meta.requests[0].headers["authorization"].endswith(TOKEN)
    assert TOKEN not in told + caplog.text


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
