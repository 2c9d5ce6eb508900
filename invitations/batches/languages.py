"""In which languages the people of a list are written to, and whether Meta lets the template be sent in each."""

from dataclasses import dataclass

from communications import templates
from communications.errors import TemplateUnavailable
from communications.phone_numbers import PhoneNumber
from invitations import carriers
from invitations.models import InvitationBatch


@dataclass(frozen=True)
class Language:
    """A language of the template, who reads it, and why it cannot be sent now; None where it can."""

    code: str
    countries: frozenset[str]
    people: int
    refusal: TemplateUnavailable | None


def languages_of(batch: InvitationBatch) -> list[Language]:
    """The languages in which people of this list get the template; none where plain text goes out."""
    countries: dict[str, set[str]] = {}
    for country in batch.countries:
        way = carriers.way_to(PhoneNumber(e164="", country=country), None)
        if way.template:
            countries.setdefault(way.language, set()).add(country)
    return [
        Language(code, frozenset(found), sum(batch.countries[each] for each in found), _refusal(code))
        for code, found in sorted(countries.items())
    ]


def unusable_countries(batch: InvitationBatch) -> set[str]:
    """Where people live who cannot get the template now."""
    return {country for each in languages_of(batch) if each.refusal for country in each.countries}


def _refusal(language: str) -> TemplateUnavailable | None:
    way = carriers.way_to(PhoneNumber(e164="", country=""), None)
    if way.template is None:
        return None
    try:
        templates.require_usable(way.template.name, language)
    except TemplateUnavailable as refusal:
        return refusal
    return None
