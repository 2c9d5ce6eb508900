"""Links that Meta fetches: https, port 443, public addresses, whatever form they are written in."""

import socket

import pytest

from communications.errors import InvalidMessage
from communications.media.links import check_link


@pytest.fixture
def names(monkeypatch):
    """The addresses that names resolve to; every other name is unknown."""
    known = {"cdn.example.com": ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]}

    def look_up(host, port, *_args, **_named):
        if host not in known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [
            (socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in known[host]
        ]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


def refusal(link):
    with pytest.raises(InvalidMessage) as refused:
        check_link(link)
    return refused.value.detail


@pytest.mark.parametrize(
    "link",
    [
        "https://cdn.example.com/invoice.pdf",
        "https://cdn.example.com:443/a%20b.pdf?token=x#y",
        "https://CDN.example.com./invoice.pdf",
        "HTTPS://cdn.example.com/",
        "https://93.184.215.14/invoice.pdf",
        "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/invoice.pdf",
    ],
)
def test_link_to_the_public_internet_is_taken(names, link):
    check_link(link)


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254", "127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "192.0.2.1",
        "198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1",
        "[::1]", "[::]", "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[2001:db8::1]",
        "[::ffff:169.254.169.254]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::a9fe:a9fe]",
        "192.0.0.8", "192.88.99.1", "[fec0::1]", "[::ffff:0:10.0.0.1]", "[3fff::1]", "[5f00::1]", "[100::1]",
        "[64:ff9b:1::5db8:d70e]", "[2002:7f00:1::1]", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
    ],
)  # fmt: skip
def test_private_address_is_refused_in_every_form(names, host):
    assert "not a public address" in refusal(f"https://{host}/latest/meta-data/")


@pytest.mark.parametrize(
    "host",
    [
        "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "1.2.3.4.5", "256.256.256.256", "169.254.169.254.",
        "localhost", "intranet", "a..b.com", "-a.example.com", "a_b.example.com", "[fe80::1%25eth0]",
    ],
)  # fmt: skip
def test_host_that_is_no_name_and_no_plain_address_is_refused(names, host):
    assert "public address" in (said := refusal(f"https://{host}/")) or "not a host name" in said


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["::1"], ["93.184.215.14", "169.254.169.254"], ["::ffff:10.0.0.1"], ["fe80::1%eth0"]],
    ids=["localhost", "localhost by IPv6", "one of several", "mapped", "with a zone"],
)
def test_name_that_resolves_to_a_private_address_is_refused(names, addresses):
    names["localtest.example.com"] = addresses

    assert "localtest.example.com, which is not a public address" in refusal("https://localtest.example.com/a.pdf")


def test_name_that_nobody_knows_is_refused(names):
    assert "cannot be found" in refusal("https://nowhere.example.com/a.pdf")


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("http://cdn.example.com/a.pdf", "https://"),
        ("ftp://cdn.example.com/a.pdf", "https://"),
        ("file:///etc/passwd", "https://"),
        ("//cdn.example.com/a.pdf", "https://"),
        ("https:///a.pdf", "https://"),
        ("", "spaces or characters"),
        ("https://cdn.example.com:8443/a.pdf", "port 443"),
        ("https://cdn.example.com:80/a.pdf", "port 443"),
        ("https://cdn.example.com:99999/a.pdf", "cannot be read"),
        ("https://[::1/a.pdf", "cannot be read"),
        ("https://cdn.example.com@10.0.0.1/a.pdf", "user name"),
        ("https://user:secret@cdn.example.com/a.pdf", "user name"),
        ("https://@cdn.example.com/a.pdf", "user name"),
        ("https://cdn.example.com\\@10.0.0.1/a.pdf", "percent-encoded"),
        ("https://cdn.example.com/a b.pdf", "percent-encoded"),
        ("https://cdn.example.com/\r\nHost: x", "percent-encoded"),
        ("https://cdn.exämple.com/a.pdf", "percent-encoded"),
        ("https://1②7.0.0.1/a.pdf", "percent-encoded"),
    ],
)
def test_link_of_another_form_is_refused_with_its_reason(names, link, said):
    assert said in refusal(link)


def test_link_is_taken_at_the_limit_and_refused_one_above(names):
    link = "https://cdn.example.com/".ljust(2048, "a")
    check_link(link)

    assert refusal(link + "a") == "Shorten the link to 2048 characters: it has 2049."
