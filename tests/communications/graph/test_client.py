"""One message over a real connection: what leaves, and whether it left."""

import hashlib
import json
import logging
import socket
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
import responses

from communications.errors import DeliveryUnconfirmed, MetaUnreachable, NotConfigured
from communications.graph import client as client_module
from communications.graph.client import GraphClient
from communications.graph.multipart import FileForm
from communications.graph.protocol import read_send_answer
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


def send(base_url):
    """Send one message as the application does, and read what Meta says."""
    return read_send_answer(GraphClient().post_message(credentials(base_url), BODY))


# What leaves


@responses.activate
def test_request_is_exactly_what_the_contract_says():
    sent = responses.add(
        responses.POST, "https://graph.facebook.com/v25.0/676188225586230/messages", body=ACCEPTED, status=200
    )

    answer = GraphClient().post_message(credentials("https://graph.facebook.com"), BODY)

    request = sent.calls[0].request
    assert (answer.status, answer.body) == (200, ACCEPTED)
    assert request.method == "POST"
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.body) == BODY
    assert request.req_kwargs["timeout"] == (3.0, 10.0)


@pytest.mark.parametrize(
    ("base", "version", "number", "url"),
    [
        ("https://graph.facebook.com/", "v25.0", "676", "https://graph.facebook.com/v25.0/676/messages"),
        ("http://127.0.0.1:9000/meta//", "v26.0", "676", "http://127.0.0.1:9000/meta/v26.0/676/messages"),
        ("https://g.example", "v25.0", "67/../1?x=#", "https://g.example/v25.0/67%2F..%2F1%3Fx%3D%23/messages"),
    ],
    ids=["slash at the end", "path in the base", "number that is no number"],
)
def test_messages_url(base, version, number, url):
    assert credentials(base, version=version, number=number).url("messages") == url


def test_answer_is_handed_over_whatever_its_status():
    def refuse(_connection, _request):
        return answered(b"<html>", status="503 Busy", headers=("Retry-After: 7",))

    with LocalServer(refuse) as meta:
        answer = GraphClient().post_message(credentials(meta.url), BODY)

    assert (answer.status, answer.body, answer.headers["retry-after"]) == (503, b"<html>", "7")


def test_netrc_entry_for_the_host_does_not_replace_the_token(tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login john password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))

    with LocalServer(accept) as meta:
        GraphClient().post_message(credentials(meta.url), BODY)

    assert meta.requests[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_password_in_the_address_does_not_replace_the_token():
    with LocalServer(accept) as meta:
        GraphClient().post_message(credentials(meta.url.replace("//", "//john:hunter2@")), BODY)

    assert meta.requests[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_redirect_is_not_followed():
    with LocalServer(accept) as elsewhere:

        def redirect(_connection, _request):
            return answered(b"", status="307 Elsewhere", headers=(f"Location: {elsewhere.url}/",))

        with LocalServer(redirect) as meta:
            answer = GraphClient().post_message(credentials(meta.url), BODY)

    assert answer.status == 307
    assert elsewhere.requests == []


def test_cookies_are_not_kept():
    def set_cookie(_connection, _request):
        return answered(ACCEPTED, headers=("Set-Cookie: visitor=1; Path=/",))

    client = GraphClient()
    with LocalServer(set_cookie) as meta:
        client.post_message(credentials(meta.url), BODY)
        client.post_message(credentials(meta.url), BODY)

    assert len(meta.requests) == 2
    assert all("cookie" not in request.headers for request in meta.requests)


def test_many_messages_share_one_connection():
    client = GraphClient()

    with LocalServer(accept) as meta:
        for _ in range(20):
            client.post_message(credentials(meta.url), BODY)

    assert len(meta.requests) == 20
    assert meta.connections == 1


def test_renewed_token_travels_with_the_next_message_on_the_same_connection():
    client = GraphClient()

    with LocalServer(accept) as meta:
        client.post_message(credentials(meta.url, token="old"), BODY)
        client.post_message(credentials(meta.url, token="new"), BODY)

    assert [request.headers["authorization"] for request in meta.requests] == ["Bearer old", "Bearer new"]
    assert meta.connections == 1


def test_threads_get_each_its_own_answer():
    def echo(_connection, request):
        return answered(request.body)

    client = GraphClient()
    with LocalServer(echo) as meta, ThreadPoolExecutor(8) as pool:
        bodies = [{"number": number, "padding": "x" * 500} for number in range(80)]
        answers = list(pool.map(lambda body: client.post_message(credentials(meta.url), body), bodies))

    assert [json.loads(answer.body) for answer in answers] == bodies
    assert meta.connections <= 8


def test_connection_that_meta_closed_while_idle_is_replaced():
    closed = threading.Event()

    def accept_once(connection, _request):
        connection.sendall(answered(ACCEPTED))
        closed.set()

    client = GraphClient()
    with LocalServer(accept_once) as meta:
        client.post_message(credentials(meta.url), BODY)
        closed.wait(5)
        # The FIN has to arrive before the next message leaves.
        meta._threads[1].join(5)
        answer = client.post_message(credentials(meta.url), BODY)

    assert answer.status == 200
    assert meta.connections == 2


def test_proxy_of_the_environment_is_used(monkeypatch):
    with LocalServer(accept) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        GraphClient().post_message(credentials("http://graph.invalid"), BODY)

    assert proxy.requests[0].target == "http://graph.invalid/v25.0/676188225586230/messages"
    assert proxy.requests[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_no_proxy_of_the_environment_is_respected(monkeypatch):
    with LocalServer(accept) as proxy, LocalServer(accept) as meta:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        GraphClient().post_message(credentials(meta.url), BODY)

    assert (len(proxy.requests), len(meta.requests)) == (0, 1)


# Certainly not sent


def test_refused_connection_is_not_sent(free_port):
    with pytest.raises(MetaUnreachable):
        GraphClient().post_message(credentials(f"http://127.0.0.1:{free_port}"), BODY)


def test_refused_tls_connection_is_not_sent(free_port):
    with pytest.raises(MetaUnreachable):
        GraphClient().post_message(credentials(f"https://127.0.0.1:{free_port}"), BODY)


def test_unknown_host_is_not_sent(monkeypatch):
    def unknown(*_args, **_options):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    with pytest.raises(MetaUnreachable):
        GraphClient().post_message(credentials("https://graph.invalid"), BODY)


def test_failed_tls_handshake_is_not_sent():
    with LocalServer(lambda *_: b"HTTP/1.1 400 Bad Request\r\n\r\n") as plain, pytest.raises(MetaUnreachable):
        GraphClient().post_message(credentials(plain.url.replace("http:", "https:")), BODY)


@pytest.mark.usefixtures("impatient")
def test_tls_handshake_that_never_ends_is_not_sent():
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(MetaUnreachable):
        GraphClient().post_message(credentials(f"https://127.0.0.1:{silent.getsockname()[1]}"), BODY)


def test_connection_cut_during_the_tls_handshake_is_not_sent():
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def cut_after_hello():
            connection, _ = listener.accept()
            connection.recv(10_000)
            reset(connection)

        cutter = threading.Thread(target=cut_after_hello)
        cutter.start()
        with pytest.raises(MetaUnreachable):
            GraphClient().post_message(credentials(f"https://127.0.0.1:{listener.getsockname()[1]}"), BODY)
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
                GraphClient().post_message(credentials(f"http://127.0.0.1:{address[1]}"), BODY)
        finally:
            for filler in fillers:
                filler.close()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_refused_proxy_is_not_sent(monkeypatch, free_port, scheme):
    monkeypatch.setenv(f"{scheme}_proxy", f"http://127.0.0.1:{free_port}")

    with pytest.raises(MetaUnreachable):
        GraphClient().post_message(credentials(f"{scheme}://graph.invalid"), BODY)


def test_proxy_that_refuses_the_tunnel_is_not_sent(monkeypatch):
    with LocalServer(lambda *_: answered(b"", status="403 Forbidden")) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        with pytest.raises(MetaUnreachable):
            GraphClient().post_message(credentials("https://graph.invalid"), BODY)

    assert [request.method for request in proxy.requests] == ["CONNECT"]


def test_proxy_that_cuts_the_tunnel_is_not_sent(monkeypatch):
    with LocalServer(lambda *_: None) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        with pytest.raises(MetaUnreachable):
            GraphClient().post_message(credentials("https://graph.invalid"), BODY)


@pytest.mark.usefixtures("impatient")
def test_proxy_that_never_opens_the_tunnel_is_not_sent(monkeypatch):
    with LocalServer(lambda *_: wait_in_vain(proxy)) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        with pytest.raises(MetaUnreachable):
            GraphClient().post_message(credentials("https://graph.invalid"), BODY)


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

    client = GraphClient()
    with LocalServer(first_accept) as meta:
        client.post_message(credentials(meta.url), BODY)
        with pytest.raises(DeliveryUnconfirmed):
            client.post_message(credentials(meta.url), BODY)

    assert (len(meta.requests), meta.connections) == (2, 1)


@pytest.mark.usefixtures("impatient")
def test_silence_after_the_request_is_unconfirmed():
    with LocalServer(lambda *_: wait_in_vain(meta)) as meta, pytest.raises(DeliveryUnconfirmed) as caught:
        send(meta.url)

    assert "in time" in caught.value.detail
    assert len(meta.requests) == 1


@pytest.mark.usefixtures("impatient")
def test_silence_in_the_middle_of_the_answer_is_unconfirmed():
    def stall(connection, _request):
        connection.sendall(answered(ACCEPTED)[:-5])
        meta.stopped.wait(5)

    with LocalServer(stall) as meta, pytest.raises(DeliveryUnconfirmed):
        send(meta.url)

    assert len(meta.requests) == 1


@pytest.mark.usefixtures("impatient")
def test_silence_of_a_proxy_after_the_request_is_unconfirmed(monkeypatch):
    with LocalServer(lambda *_: wait_in_vain(proxy)) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        with pytest.raises(DeliveryUnconfirmed):
            send("http://graph.invalid")

    assert len(proxy.requests) == 1


# Never begun


@pytest.mark.parametrize(
    "token",
    ["EAAG\nsecret", "EAAG\r\nX-Injected: 1", "EAAG-sécret", "EAAG\x00", "EAAG“secret”", "EAAG\x7f"],
    ids=["newline", "header injection", "accent", "U+0000", "curly quotes", "delete"],
)
def test_token_that_cannot_be_a_header_is_not_written(token):
    with LocalServer(accept) as meta, pytest.raises(NotConfigured) as caught:
        GraphClient().post_message(credentials(meta.url, token=token), BODY)

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
        GraphClient().post_message(credentials(url), BODY)

    assert "WHATSAPP_GRAPH_API_URL" in caught.value.detail


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


def test_credentials_do_not_show_the_token():
    assert TOKEN not in repr(credentials("http://127.0.0.1"))


# Files


def fetch(server, into, *, limit=1000):
    return GraphClient().download(credentials(server.url), f"{server.url}/files/1", into=into, limit=limit)


def test_file_is_written_while_it_comes_and_told_by_size_and_hash():
    with LocalServer(lambda *_: answered(b"x" * 1000)) as meta:
        into = BytesIO()
        done = fetch(meta, into)

    assert (done.status, done.size, done.sha256) == (200, 1000, hashlib.sha256(b"x" * 1000).hexdigest())
    assert into.getvalue() == b"x" * 1000
    assert meta.requests[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_file_that_is_larger_than_the_limit_is_not_read_to_its_end():
    with LocalServer(lambda *_: answered(b"x" * 5_000_000)) as meta:
        done = fetch(meta, BytesIO())

    assert 1000 < done.size < 5_000_000


def test_file_in_chunks_of_unknown_length_is_read():
    def chunked(_connection, _request):
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        return head + b"4\r\nabcd\r\n" + b"3\r\nefg\r\n" + b"0\r\n\r\n"

    with LocalServer(chunked) as meta:
        into = BytesIO()
        fetch(meta, into)

    assert into.getvalue() == b"abcdefg"


def test_line_that_drips_is_given_up_in_time(monkeypatch):
    monkeypatch.setattr(client_module, "DOWNLOAD_DEADLINE", 0.2)

    def drip(connection, _request):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not meta.stopped.wait(0.05):
            connection.sendall(b"x")

    with LocalServer(drip) as meta, pytest.raises(MetaUnreachable, match="too slowly"):
        fetch(meta, BytesIO())


def break_off(connection, _request):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhalf a file")


@pytest.mark.parametrize(
    "behave",
    [break_off, lambda connection, _: reset(connection), lambda *_: None],
    ids=["broken off", "reset", "closed"],
)
def test_connection_that_breaks_under_a_file_is_worth_another_attempt(behave):
    with LocalServer(behave) as meta, pytest.raises(MetaUnreachable):
        fetch(meta, BytesIO())


def test_upload_that_is_not_answered_has_sent_no_message():
    form = FileForm({"type": "text/plain"}, BytesIO(b"x"), filename="file.txt", mime_type="text/plain")

    with LocalServer(lambda *_: None) as meta, pytest.raises(MetaUnreachable, match="Nothing was sent"):
        GraphClient().upload(credentials(meta.url), form)
