"""People whose data was erased, and who did not want to be written to: the wish outlives the person's row.

Only a keyed hash of each name is kept. When a name appears again, its wishes go back into the ledger with the time and
the source that they had, so that START still lifts what STOP set.
"""

from collections.abc import Collection, Iterable, Mapping

from django.conf import settings
from django.utils.crypto import salted_hmac

from communications import consent
from communications.errors import RecipientOptedOut
from communications.models import ConsentRecord, Contact, ForgottenOptOut

Name = tuple[str, str]

_SALT = "communications.forgotten"


def remember(contact: Contact, names: Iterable[Name]) -> int:
    """Keep under each of these names what the person does not want; return how many wishes that is."""
    stops = consent.standing_stops(contact.consent_records.all())
    ForgottenOptOut.objects.bulk_create(
        [
            ForgottenOptOut(digest=_digest(name), source=stop.source, scope=stop.scope, at=stop.at)
            for name in sorted(set(names))
            for stop in stops
        ],
        update_conflicts=True,
        unique_fields=["digest", "source"],
        update_fields=["scope", "at"],
    )
    return len(stops)


def recall(new: Mapping[Name, int]) -> bool:
    """Give contacts, by their keys, the wishes of whoever had these names before; say whether there were any.

    Set-based; runs in a transaction.
    """
    if not new or not ForgottenOptOut.objects.exists():
        return False
    by_digest = {digest: name for name in new for digest in _digests(name)}
    kept = list(ForgottenOptOut.objects.filter(digest__in=by_digest))
    if kept:
        consent.record([_record(wish, new[by_digest[wish.digest]]) for wish in kept])
    return bool(kept)


def require_no_wish(name: Name) -> None:
    """Raise `RecipientOptedOut` if somebody of this name was erased, and did not want messages or marketing."""
    if refusal := refusals([name]).get(name):
        raise refusal


def refusals(names: Collection[Name]) -> dict[Name, RecipientOptedOut]:
    """Those of these names whose bearer was erased, and did not want messages or marketing. Set-based."""
    if not ForgottenOptOut.objects.exists():
        return {}
    by_digest = {digest: name for name in names for digest in _digests(name)}
    scopes: dict[Name, set[str]] = {}
    for digest, scope in ForgottenOptOut.objects.filter(digest__in=by_digest).values_list("digest", "scope"):
        scopes.setdefault(by_digest[digest], set()).add(scope)
    everything = ConsentRecord.Scope.EVERYTHING
    return {name: RecipientOptedOut(marketing_only=everything not in found) for name, found in scopes.items()}


def _record(wish: ForgottenOptOut, contact_id: int) -> ConsentRecord:
    return ConsentRecord(
        contact_id=contact_id,
        kind=ConsentRecord.Kind.OPT_OUT,
        scope=wish.scope,
        source=wish.source,
        at=wish.at,
        evidence=f"forgotten:{wish.pk}:{contact_id}",
    )


def _digest(name: Name, secret: str | bytes | None = None) -> str:
    kind, value = name
    return salted_hmac(_SALT, f"{kind}:{value}", secret=secret, algorithm="sha256").hexdigest()


def _digests(name: Name) -> list[str]:
    """By today's key and by the earlier ones: an opt-out has to outlive a change of SECRET_KEY."""
    return [_digest(name, secret) for secret in (None, *settings.SECRET_KEY_FALLBACKS)]
