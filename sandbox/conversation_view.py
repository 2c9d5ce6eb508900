"""The living parts of the phone as HTML: notices, people, bubbles. All that anyone said is escaped here."""

import re
import time
from collections.abc import Container, Mapping
from datetime import UTC, datetime
from html import escape
from itertools import islice
from urllib.parse import urlencode

from sandbox.attachment_view import attachment_of, attachment_view, words_of
from sandbox.button_view import buttons_view
from sandbox.exchange import Exchange
from sandbox.magic_numbers import behaviour_of
from sandbox.messages import Message, MessageStore, Reply, moment_of
from sandbox.people import Person, person_with_phone
from sandbox.reactions import reaction_in, reactions_in

LINK = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)]")
SHOWN = 200

ONE_TICK = '<svg viewBox="0 0 12 10"><path d="M1 5.5 4.2 9 11 1"/></svg>'
TWO_TICKS = '<svg viewBox="0 0 18 10"><path d="M1 5.5 4.2 9 11 1M8.8 7 10.6 9 17.4 1"/></svg>'
TICKS = {"accepted": "…", "sent": ONE_TICK, "delivered": TWO_TICKS, "read": TWO_TICKS, "failed": ""}


def clock(moment: float) -> str:
    local = datetime.fromtimestamp(moment, UTC).astimezone()
    return f'<time datetime="{local.isoformat(timespec="seconds")}">{local:%H:%M}</time>'


def linked(text: str) -> str:
    """Escape a text and make its web addresses clickable."""
    parts, end = [], 0
    for match in LINK.finditer(text):
        url = escape(match[0])
        parts += [
            escape(text[end : match.start()]),
            f'<a href="{url}" target="_blank" rel="noreferrer">{url}</a>',
        ]
        end = match.end()
    return "".join([*parts, escape(text[end:])])


def people_list(exchange: Exchange, chosen: str) -> str:
    phones = list(islice(reversed(exchange.store.conversations), SHOWN))
    if chosen and chosen not in exchange.store.conversations:
        phones.insert(0, chosen)
    return "".join(person_line(exchange.store, phone, chosen=phone == chosen) for phone in phones)


def person_line(store: MessageStore, phone: str, *, chosen: bool) -> str:
    person = person_with_phone(phone)
    said = store.conversations.get(phone)
    last = said[-1] if said else None
    snippet, when = (snippet_of(last), clock(moment_of(last))) if last else ("No messages yet", "")
    current = ' aria-current="true"' if chosen else ""
    return (
        f'<li><a href="/?{urlencode({"person": phone})}"{current}>{avatar(person)}'
        f'<span class="who"><b>{escape(person.name)}</b>{when}</span>'
        f'<span class="number">{escape(phone)}</span><span class="snippet">{escape(snippet)}</span></a></li>'
    )


def avatar(person: Person) -> str:
    initials = "".join(word[0] for word in person.name.split())
    return f'<span class="avatar tone{int(person.wa_id) % 6}" aria-hidden="true">{escape(initials)}</span>'


def snippet_of(item: Message | Reply) -> str:
    if isinstance(item, Reply):
        return item.text[:80]
    content = item.envelope.content
    kind = content.header if content.attachment is not None else ""
    return f"{kind} {content.text}".strip()[:80] or content.header


def thread_heading(phone: str) -> str:
    if not phone:
        return "<h2>No conversation yet</h2>"
    person = person_with_phone(phone)
    summary = escape(behaviour_of(phone).summary)
    return (
        f"{avatar(person)}<div><h2>{escape(person.name)}</h2>"
        f'<p>{escape(phone)}<span class="behaviour">{summary}</span></p></div>'
    )


def thread(exchange: Exchange, phone: str) -> str:
    said = exchange.store.conversations.get(phone, [])
    emojis = reactions_in(said)
    known = {item.wamid for item in said}
    bubbles = [bubble(item, exchange, emojis.get(item.wamid, {})) for item in said[-SHOWN:] if is_seen(item, known)]
    if len(said) > SHOWN:
        bubbles.insert(0, f'<li class="note">The latest {SHOWN} of {len(said)} messages</li>')
    if exchange.typing_until.get(phone, 0) > time.time():
        name = escape(exchange.options.verified_name)
        bubbles.append(f'<li class="note typing">{name} is typing…</li>')
    return "".join(bubbles)


def is_seen(item: Message | Reply, known: Container[str]) -> bool:
    """Tell whether a message has a bubble of its own: a reaction stands on that of another."""
    given = reaction_in(item)
    return given is None or given.target not in known


def bubble(item: Message | Reply, exchange: Exchange, emojis: Mapping[bool, str]) -> str:
    inside = message_inside(item, exchange) if isinstance(item, Message) else reply_inside(item, exchange)
    side = "from-business" if isinstance(item, Message) else "from-person"
    author = exchange.options.verified_name if isinstance(item, Message) else item.person.name
    return (
        f'<li class="bubble {side}"><span class="hidden">{escape(author)} wrote:</span>'
        f"{inside}{emoji_line(item.person, exchange, emojis)}</li>"
    )


def message_inside(message: Message, exchange: Exchange) -> str:
    content = message.envelope.content
    attachment = attachment_view(content.attachment, exchange.business)
    header = f'<p class="header">{escape(content.header)}</p>' if content.header and not attachment else attachment
    # The card shows the words of a location and of contacts already.
    text = "" if message.envelope.type in {"location", "contacts"} else content.text
    footer = f'<p class="footer">{escape(content.footer)}</p>' if content.footer else ""
    return (
        f"{quoted(message.envelope.context, exchange)}{header}{text_line(text)}{footer}"
        f"{status_line(message)}{buttons_view(message)}"
    )


def reply_inside(reply: Reply, exchange: Exchange) -> str:
    read = ' <span class="word">Read by the business</span>' if reply.read else ""
    return (
        f"{quoted(reply.context, exchange)}{attachment_view(attachment_of(reply), exchange.business)}"
        f'{text_line(words_of(reply))}<p class="status">{clock(reply.sent_at)}{read}</p>'
    )


def text_line(text: str) -> str:
    return f'<p class="text">{linked(text)}</p>' if text else ""


def emoji_line(person: Person, exchange: Exchange, emojis: Mapping[bool, str]) -> str:
    names = {True: exchange.options.verified_name, False: person.name}
    shown = [(names[by_business], emoji) for by_business, emoji in emojis.items() if emoji]
    if not shown:
        return ""
    faces = "".join(
        f'<span title="{escape(name)}"><span class="hidden">{escape(name)} reacted with </span>{escape(emoji)}</span>'
        for name, emoji in shown
    )
    return f'<p class="reactions">{faces}</p>'


def quoted(wamid: str, exchange: Exchange) -> str:
    item = exchange.store.messages.get(wamid) or exchange.store.replies.get(wamid)
    return f"<blockquote>{escape(snippet_of(item))}</blockquote>" if item else ""


def status_line(message: Message) -> str:
    latest = message.latest
    word = latest.name.capitalize()
    if latest.name == "accepted" and message.message_status != "accepted":
        word = "Held for quality assessment"
    if latest.error is not None:
        word = f"Not delivered: {latest.error.code} {latest.error.title}"
    return (
        f'<p class="status {latest.name}"><span class="word">{escape(word)}</span> {clock(latest.timestamp)} '
        f'<span class="ticks" aria-hidden="true">{TICKS[latest.name]}</span></p>'
    )


def notices(exchange: Exchange) -> str:
    kind, sentence = webhook_notice(exchange)
    lines = [f'<p class="notice {kind}">{escape(sentence)}</p>']
    refusal = exchange.store.latest_refusal()
    if refusal is not None:
        error, to = refusal.error, f" to {refusal.to}" if refusal.to else ""
        lines.append(
            f'<p class="notice warn">The last message{escape(to)} was refused, {clock(refusal.at)}: '
            f"{error.code} {escape(error.details)}</p>"
        )
    return "".join(lines)


def webhook_notice(exchange: Exchange) -> tuple[str, str]:
    url, courier, handshake = exchange.options.webhook_url, exchange.courier, exchange.handshake
    if url is None:
        return (
            "",
            "No webhook: statuses and replies are kept here and sent nowhere. Start with --webhook URL.",
        )
    if courier.retrying and courier.last_answer:
        waiting = "1 webhook is" if courier.retrying == 1 else f"{courier.retrying} webhooks are"
        return "bad", f"{url} {courier.last_answer}; {waiting} being retried."
    if handshake.problem:
        return "bad", f"Handshake with {url}: {handshake.problem}."
    if courier.last_answer is None:
        return "", f"Webhook {url}: nothing sent yet."
    return "good", f"Webhook {url} {courier.last_answer}."
