"""`make screenshots`: starts the demo, fills it with people in every state, and takes its pages into docs/images/.

On a desk and on a phone, in light and dark. Needs Playwright and the system's Chromium.
"""

import argparse
import base64
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

from pyfactor.demo import USERNAME, Demo, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "images"
SIZES = {"desk": (1280, 860), "phone": (390, 844)}
SCHEMES = ("light", "dark")
# What the README shows.
SHOWN = {
    "invite-desk-light", "invitations-desk-dark", "invitation-desk-light", "analytics-desk-dark", "health-desk-light",
    "list-desk-dark", "guest-phone-light", "failure-phone-dark", "invitations-phone-light",
}  # fmt: skip

# Which number does what stands in docs/sandbox.md.
PEOPLE = (
    ("+12025550100", "Maria Silva", "Silva Bakery", "Hi Maria, with Dott I send an invoice in a minute. Have a look!"),
    ("+34612345678", "Ana Torres", "Torres Interiores", "Hola Ana, ¡mira lo fácil que es facturar con Dott!"),
    ("+12025550101", "Bob Brown", "Brown's Bikes", "Bob, this is the tool I told you about on Saturday."),
    ("+12025550126", "Frank Ito", "Ito Repairs", "Frank, join me on Dott: no more paper."),
    ("+12025550102", "Chloé Martin", "Atelier Martin", "Chloé, all your quotes in one place."),
    ("+5511912345678", "João Lima", "Lima Café", "João, it took me five minutes to set up."),
    ("+447400123456", "Priya Shah", "Shah Catering", "Priya, you asked how we get paid on time. Like this."),
    ("+4915123456789", "Jonas Weber", "Weber Holzbau", "Jonas, we could share the quotes for the fair."),
)
LIST = "phone,name\n+12025550103,Ana\n+12025550104,Ben\n+33612345678,Cécile\n555 12,Dan\n+12025550103,Ana again\n"


def fill(demo: Demo) -> dict[str, str]:
    """Invite everybody, let answers come, and return the addresses of the pages by their names."""
    session = requests.Session()
    session.trust_env = False
    session.headers["Authorization"] = f"Bearer {demo.token}"
    url = f"{demo.application_url}/api/invitations/whatsapp/"
    ids = []
    for number, name, company, message in PEOPLE:
        body = {"phoneNumber": number, "recipientName": name, "companyName": company, "message": message,
                "senderName": "John Doe", "consent": True}  # fmt: skip
        answer = session.post(url, json=body, timeout=30)
        if "invitationId" not in answer.json():
            raise SystemExit(f"{name} was not invited: {answer.text}")
        ids.append(answer.json()["invitationId"])
    time.sleep(6)
    token = _answer(ids)
    return {
        "invite": "/dashboard/invite/",
        "invitations": "/dashboard/invitations/",
        "invitation": f"/dashboard/invitations/{ids[0]}/",
        "failure": f"/dashboard/invitations/{ids[3]}/",
        "guest": f"/i/{token}/",
        "analytics": "/dashboard/analytics/",
        "health": "/dashboard/health/",
    }


def _answer(ids: list[str]) -> str:
    """Let some of them open and accept; return the token of one who has not."""
    from invitations import life
    from invitations.models import Invitation

    rows = Invitation.objects.in_bulk(ids, field_name="id")
    invited = [next(row for key, row in rows.items() if str(key) == each) for each in ids]
    for invitation in invited[:2]:
        life.open_(invitation)
        life.join(invitation, via="page")
    life.open_(invited[5])
    return invited[6].token


def take(browser: "Browser", demo: Demo, *, into: Path, language: str, whole: bool, every: bool) -> Iterator[Path]:
    """Take what the README shows, or `every` page in each size and scheme; `whole`, not only what a screen shows."""
    places = fill(demo)
    for size, (width, height) in SIZES.items():
        for scheme in SCHEMES:
            context = browser.new_context(
                base_url=demo.application_url,
                viewport={"width": width, "height": height},
                color_scheme=scheme,  # type: ignore[arg-type]
                locale=language,
                timezone_id="Europe/Madrid" if language.startswith("es") else "America/New_York",
                device_scale_factor=1,
            )
            page = context.new_page()
            _sign_in(page, demo.password)
            if "list" not in places:
                places["list"] = _send_in(page)
            wanted = {name: address for name, address in places.items() if every or f"{name}-{size}-{scheme}" in SHOWN}
            for name, address in wanted.items():
                page.goto(address, wait_until="networkidle")
                if name == "invite":
                    _write(page)
                path = into / f"{name}-{size}-{scheme}.webp"
                path.write_bytes(_picture(page, whole=whole))
                yield path
            context.close()


def _sign_in(page: "Page", password: str) -> None:
    page.goto("/accounts/login/")
    page.locator("#id_username").fill(USERNAME)
    page.locator("#id_password").fill(password)
    page.locator("main form button").click()
    page.wait_for_url("**/dashboard/**")


def _send_in(page: "Page") -> str:
    page.goto("/dashboard/batches/new/")
    page.locator("#id_pasted").fill(LIST)
    page.locator("#id_name").fill("Spring fair")
    page.locator("#id_message").fill("We met at the spring fair. This is the tool I showed you.")
    page.locator("main .send button").last.click()
    page.wait_for_url("**/batches/*-*/")
    time.sleep(4)
    return page.url


def _write(page: "Page") -> None:
    page.locator("#id_phone_number").fill("+1 202 555 0111")
    page.locator("#id_recipient_name").fill("Lena Park")
    page.locator("#id_message").fill(
        "Hi Lena, you asked how we keep quotes and invoices together. With Dott, like this:"
    )
    page.locator("#id_has_consent").check()
    page.wait_for_timeout(1500)
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")


def _picture(page: "Page", *, whole: bool) -> bytes:
    """WebP, which Chromium writes itself."""
    session = page.context.new_cdp_session(page)
    shot: dict[str, Any] = {"format": "webp", "quality": 72, "captureBeyondViewport": whole}
    if whole:
        size = session.send("Page.getLayoutMetrics")["cssContentSize"]
        shot["clip"] = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
    return base64.b64decode(session.send("Page.captureScreenshot", shot)["data"])


def main() -> int:
    parser = argparse.ArgumentParser(prog="make screenshots", description=__doc__)
    parser.add_argument("--into", type=Path, default=FOLDER)
    parser.add_argument("--language", default="en-US")
    parser.add_argument("--every", action="store_true", help="every page, not only what the README shows")
    parser.add_argument("--whole", action="store_true", help="whole pages, not only what a screen shows")
    options = parser.parse_args()
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        sys.stderr.write("There is no Chromium on this machine.\n")
        return 1
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread, which Django takes for async code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    options.into.mkdir(parents=True, exist_ok=True)
    with running() as demo, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        shots = {"into": options.into, "language": options.language, "whole": options.whole, "every": options.every}
        for path in take(browser, demo, **shots):
            sys.stdout.write(f"{path}\n")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
