"""The language of an invited person: what their browser asks for, or else that of their country. Pure."""

from communications.languages import language_of

# As the catalogues in `locale/` are named; English is what stands in the templates.
LANGUAGES = ("en", "es", "fr", "pt")


def language_for(accept_language: str, country: str) -> str:
    """Choose one of LANGUAGES by the header Accept-Language, most wanted first; by `country` (ISO 3166) without it.

    >>> language_for("de, pt-BR;q=0.8, en;q=0.5", "MX")
    'pt'
    """
    wanted = sorted(_wanted(accept_language), key=lambda each: -each[1])
    spoken = (tag.partition("-")[0].lower() for tag, quality in wanted if quality > 0)
    return next((language for language in spoken if language in LANGUAGES), None) or language_of(country, LANGUAGES)


def _wanted(accept_language: str) -> list[tuple[str, float]]:
    parts = (part.strip().partition(";") for part in accept_language[:500].split(","))
    return [(tag.strip(), _quality(parameter)) for tag, _separator, parameter in parts]


def _quality(parameter: str) -> float:
    name, _separator, value = parameter.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
