"""A link to a file that Meta fetches for us: it has to lead out into the public internet.

We never open the link ourselves. Whoever chooses it must still not be able to point Meta, or a later reader of our
records, at a private address. What cannot be known here: where a redirect of that server leads, and what its name
resolves to when Meta asks. Meta fetches from its own network, and does not follow every redirect.
"""

import re
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from communications.errors import InvalidMessage

LINK_LIMIT = 2048
_USABLE = re.compile(r"[!-~]+")
_HOST_NAME = re.compile(r"(?i)(?!-)[a-z0-9-]{1,63}(?:\.(?!-)[a-z0-9-]{1,63})+")
# The forms of IPv6 that carry an IPv4 address in their last bits: mapped, compatible, and translated (RFC 6052).
_CARRY_IPV4 = [IPv6Network(net) for net in ("::ffff:0:0/96", "::/96", "64:ff9b::/96", "64:ff9b:1::/48")]

# All that the internet routes of IPv6 so far: what is outside is site-local, translated, or nobody's.
_ROUTED_IPV6 = IPv6Network("2000::/3")
# In IANA's special-purpose registries, and taken for public by Python as late as 3.11.
_SPECIAL = [ip_network(net) for net in ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20")]


def check_link(link: str) -> None:
    """Raise `InvalidMessage` unless `link` is https, on port 443, and leads to public addresses only.

    Every address that the name resolves to is looked at. Numbers that stand for an address, such as 2130706433 or
    0x7f.1, are refused as they are.
    """
    parts = _split(link)
    host = parts.hostname or ""
    for address in _addresses(host):
        if not is_public(address):
            raise InvalidMessage(f"The link leads to {host}, which is not a public address. WhatsApp cannot fetch it.")


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Say whether the address stands on the public internet, whatever form it has."""
    if isinstance(address, IPv6Address):
        if address.sixtofour and not is_public(address.sixtofour):
            return False
        if any(address in net for net in _CARRY_IPV4):
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF)) and address not in _CARRY_IPV4[3]
        if address not in _ROUTED_IPV6:
            return False
    return address.is_global and not address.is_multicast and not any(address in net for net in _SPECIAL)


def _split(link: str) -> SplitResult:
    if len(link) > LINK_LIMIT:
        raise InvalidMessage(f"Shorten the link to {LINK_LIMIT} characters: it has {len(link)}.")
    # A space, a backslash or a letter beyond ASCII is read otherwise by each of those who read a link.
    if not _USABLE.fullmatch(link) or "\\" in link:
        raise InvalidMessage("The link holds spaces or characters that have to be percent-encoded.")
    try:
        parts = urlsplit(link)
        port = parts.port
    except ValueError as exc:
        raise InvalidMessage("The link cannot be read as an address.") from exc
    if parts.scheme != "https" or not parts.hostname:
        raise InvalidMessage("The link has to start with https:// and a host name.")
    if "@" in parts.netloc:
        raise InvalidMessage("The link must not carry a user name or password.")
    if port not in (None, 443):
        raise InvalidMessage("The link must use port 443, the one of https.")
    return parts


def _addresses(host: str) -> list[IPv4Address | IPv6Address]:
    try:
        return [ip_address(host)]
    except ValueError:
        pass
    name = host.removesuffix(".")
    if not _HOST_NAME.fullmatch(name) or re.fullmatch(r"(0x[0-9a-f]*|\d+)", name.rsplit(".", 1)[-1]):
        raise InvalidMessage(f"The link's host {host} is not a host name.")
    try:
        found = socket.getaddrinfo(name, 443, type=socket.SOCK_STREAM)
    except OSError as exc:
        raise InvalidMessage(f"The link's host {host} cannot be found.") from exc
    return [ip_address(str(sockaddr[0]).partition("%")[0]) for *_, sockaddr in found]
