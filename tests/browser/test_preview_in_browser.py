"""What the form shows of an invitation before it is sent, in a real browser."""

import pytest

from communications.models import Message
from invitations.models import Invitation

pytestmark = [pytest.mark.browser, pytest.mark.any_database, pytest.mark.django_db(transaction=True)]

NUMBER = "+34 612 34 56 78"


def test_bubble_shows_the_words_with_the_link_as_they_are_written(sign_in, expect, sandbox):
    page = sign_in()
    words, tick = page.locator(".bubble-words"), page.get_by_label("Add the link to their invitation")

    page.get_by_label("Message").fill("Hello 👋\n<b>Maria</b>")
    expect(words).to_contain_text("Hello 👋\n<b>Maria</b>\n\nhttp", use_inner_text=True)
    expect(words).to_contain_text("/i/the-link-made-for-them/")

    tick.uncheck()
    expect(words).to_have_text("Hello 👋\n<b>Maria</b>", use_inner_text=True)
    expect(page.locator("#id_message_helptext")).to_have_text("It is sent exactly as you write it.")


def test_counter_counts_the_link(sign_in, expect, sandbox):
    page = sign_in()
    message, count = page.get_by_label("Message"), page.locator("#message-count")
    room = 4096 - len(f"\n\n{page.url.split('/dashboard')[0]}/i/the-link-made-for-them/")

    message.fill("Hello 👋")
    expect(count).to_have_text(f"7 / {room}")
    message.fill("x" * (room + 4))
    expect(count).to_have_text(f"{room + 4} / {room} · 4 too many")

    page.get_by_label("Add the link to their invitation").uncheck()
    expect(count).to_have_text(f"{room + 4} / 4096")


def test_bubble_becomes_the_template_in_the_persons_language(sign_in, expect, sandbox, template):
    page = sign_in()
    page.get_by_label("Message").fill("Join me\n\non Dott")
    expect(page.locator(".bubble-words")).to_contain_text("John Doe invites you")

    page.get_by_label("WhatsApp number").fill(NUMBER)

    expect(page.locator(".bubble-words")).to_contain_text("John Doe le invita")
    expect(page.locator(".bubble-words")).to_contain_text("Join me – on Dott")
    expect(page.locator(".bubble-button")).to_have_text(["Ver la invitación", "Aceptar", "Ahora no"])
    expect(page.locator("#verdict")).to_contain_text("Spain")
    expect(page.locator("#verdict")).to_contain_text("200 of 200 left today")


def test_verdict_stays_still_while_only_the_words_change(sign_in, expect, sandbox):
    page = sign_in()
    page.get_by_label("WhatsApp number").fill(NUMBER)
    expect(page.locator("#verdict")).to_contain_text("Spain")
    page.locator("#verdict strong").evaluate("element => (element.dataset.kept = 'yes')")

    page.get_by_label("Message").press_sequentially("Join me")

    expect(page.locator(".bubble-words")).to_contain_text("Join me")
    expect(page.locator("#verdict strong")).to_have_attribute("data-kept", "yes")


def test_ticking_consent_changes_the_verdict(sign_in, expect, sandbox):
    page = sign_in()
    page.get_by_label("WhatsApp number").fill(NUMBER)
    expect(page.locator("#verdict")).to_contain_text("Nobody has stated that they agreed")

    page.get_by_label("agreed to be contacted").check()

    expect(page.locator("#verdict")).not_to_contain_text("Nobody has stated")
    expect(page.locator("#verdict")).to_contain_text("consent stated")


def test_what_was_shown_is_what_is_sent(sign_in, expect, sandbox):
    page = sign_in()
    page.get_by_label("WhatsApp number").fill(NUMBER)
    page.get_by_label("Message").fill("Join me on Dott")
    expect(page.locator(".bubble-words")).to_contain_text("/i/the-link-made-for-them/")
    shown = page.locator(".bubble-words").inner_text()

    page.get_by_role("button", name="Send invitation").click()
    expect(page.get_by_text("WhatsApp invitation sent successfully")).to_be_visible()

    token = Invitation.objects.get().token
    assert Message.objects.get().text == shown.replace("the-link-made-for-them", token)


def test_preview_without_script_has_a_button(sign_in, expect, sandbox, template):
    page = sign_in(java_script_enabled=False)
    page.get_by_label("WhatsApp number").fill(NUMBER)
    page.get_by_label("Message").fill("Join me on Dott")

    page.get_by_role("button", name="Preview").click()

    expect(page.locator(".bubble-words")).to_contain_text("John Doe le invita")
    expect(page.get_by_label("Message")).to_have_value("Join me on Dott")
    assert sandbox.messages() == []


def test_button_is_not_shown_where_the_preview_follows_by_itself(sign_in, expect, sandbox):
    page = sign_in()

    expect(page.get_by_role("button", name="Preview")).to_have_count(0)
