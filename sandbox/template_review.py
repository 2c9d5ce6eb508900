"""Meta's review: what it approves, what it rejects and why, and what it takes for marketing.

Read from Meta's published reasons for rejection. A machine and people review at Meta; here a few patterns do.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from sandbox.templates import Template

SHORTENED = re.compile(
    r"https?://(?:www\.)?(?:bit\.ly|tinyurl\.com|t\.co|goo\.gl|ow\.ly|is\.gd|wa\.me)/", re.IGNORECASE
)
SENSITIVE = re.compile(
    r"full (?:credit |debit )?card number|national id(?:entification)? number|social security number|your password|"
    r"your pin\b|número completo de (?:la )?tarjeta|numéro de carte complet|número completo do cartão",
    re.IGNORECASE,
)
THREAT = re.compile(r"legal action|we will sue|be arrested|publicly shame", re.IGNORECASE)
PROMOTION = re.compile(
    r"\binvit|\bdiscount|\bsale\b|\bspecial offer|\bpromo|\bcoupon|\b\d+ ?% off|\bdescuento|\boferta|\bremise|"
    r"\bsoldes|\bdesconto|\bconvid",
    re.IGNORECASE,
)


class Verdict(NamedTuple):
    status: str
    category: str
    reason: str = "NONE"


def review(template: Template, others: Iterable[Template]) -> Verdict:
    """Judge one template beside the others of its account."""
    category = template.category.upper()
    texts = f"{template.header} {template.body} {template.footer}"
    links = " ".join(button.url for button in template.buttons)
    reason = reason_against(template, f"{texts} {links}", others)
    if reason:
        return Verdict("REJECTED", category, reason)
    # Meta approves a promotion that was called a utility, as marketing.
    return Verdict("APPROVED", "MARKETING" if PROMOTION.search(texts) else category)


def reason_against(template: Template, texts: str, others: Iterable[Template]) -> str:
    if SENSITIVE.search(texts):
        return "SCAM"
    if THREAT.search(texts):
        return "ABUSIVE_CONTENT"
    if SHORTENED.search(texts) or any(is_copy(template, other) for other in others):
        return "INVALID_FORMAT"
    return ""


def is_copy(template: Template, other: Template) -> bool:
    """Tell whether another name has the same words: Meta rejects the later one."""
    same = (template.language, template.body, template.footer) == (other.language, other.body, other.footer)
    return same and template.name != other.name
