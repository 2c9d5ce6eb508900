"""The frame of the phone's page."""

from html import escape

from sandbox.conversation_view import notices, people_list, thread, thread_heading
from sandbox.exchange import Exchange
from sandbox.options import SandboxOptions

FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="/_sandbox/static/icon.svg">
<link rel="stylesheet" href="/_sandbox/static/phone.css">
<script src="/_sandbox/static/phone.js" defer></script>
</head>
<body>
<header class="top">
<h1>WhatsApp sandbox <span>the recipients’ phone</span></h1>
<div id="notices" role="status">{notices}</div>
</header>
<main data-phone="{phone}">
<nav aria-label="Conversations">
<form class="open" method="get" action="/">
<label class="hidden" for="person">Phone number to open</label>
<input id="person" name="person" type="tel" placeholder="+12025550100" required autocomplete="off">
<button>Open</button>
</form>
<ul id="people">{people}</ul>
</nav>
<section aria-label="Conversation">
<div id="heading" class="heading">{heading}</div>
{middle}
</section>
</main>
</body>
</html>
"""

CONVERSATION = """<ol id="thread" aria-live="polite" tabindex="0" aria-label="Messages">{thread}</ol>
{problem}
<div class="reply">
<form method="post" action="/" id="reply">
<input type="hidden" name="from" value="{phone}">
<label class="hidden" for="text">Reply as this person</label>
<input id="text" name="text" placeholder="Reply as this person" required maxlength="4096" autocomplete="off">
<button>Send</button>
</form>
<form method="post" action="/" id="stop">
<input type="hidden" name="from" value="{phone}">
<input type="hidden" name="text" value="STOP">
<button class="stop" title="Replies with the word STOP">STOP</button>
</form>
</div>"""

EMPTY = """{problem}
<div class="empty">
<p><b>Nobody has a message yet.</b> Send one to this address and it appears here:</p>
<pre tabindex="0">{command}</pre>
<p>Or open a number on this page and write to the business as that person.</p>
</div>"""

COMMAND = """curl {url}/v25.0/{phone_number_id}/messages \\
  -H "Authorization: Bearer $WHATSAPP_ACCESS_TOKEN" \\
  -H "Content-Type: application/json" \\
  -d '{{"messaging_product": "whatsapp", "to": "+12025550100",
       "type": "text", "text": {{"body": "Hello from Dott!"}}}}'"""


def page(exchange: Exchange, phone: str, *, problem: str = "") -> str:
    warning = f'<p class="notice bad problem" role="alert">{escape(problem)}</p>' if problem else ""
    return FRAME.format(
        title=escape(f"{phone} · WhatsApp sandbox" if phone else "WhatsApp sandbox"),
        phone=escape(phone),
        notices=notices(exchange),
        people=people_list(exchange, phone),
        heading=thread_heading(phone),
        middle=conversation(exchange, phone, warning) if phone else empty(exchange.options, warning),
    )


def conversation(exchange: Exchange, phone: str, warning: str) -> str:
    return CONVERSATION.format(thread=thread(exchange, phone), phone=escape(phone), problem=warning)


def empty(options: SandboxOptions, warning: str) -> str:
    url = f"http://{options.host}:{options.port}"
    command = COMMAND.format(url=url, phone_number_id=options.phone_number_id)
    return EMPTY.format(command=escape(command), problem=warning)
