"""What follows from a ledger, whatever the order of its records; and what is kept of each wish."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from communications import consent, signals
from communications.errors import RecipientOptedOut
from communications.models import ConsentRecord, Contact, IdentityConflict

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def said(kind, source="word", after=0, scope="everything", **fields):
    return ConsentRecord(kind=kind, source=source, scope=scope, at=NOON + timedelta(seconds=after), **fields)


@pytest.mark.parametrize(
    ("ledger", "everything", "marketing"),
    [
        ([], None, None),
        ([said("statement")], None, None),
        ([said("opt_out")], 0, None),
        ([said("opt_out", scope="marketing")], None, 0),
        ([said("opt_out"), said("opt_in", after=1)], None, None),
        ([said("opt_out"), said("opt_in")], 0, None),
        ([said("opt_out"), said("statement", after=1)], 0, None),
        ([said("opt_out"), said("opt_in", after=1), said("opt_out", after=2)], 2, None),
        ([said("opt_out", "operator"), said("opt_in", after=1)], 0, None),
        ([said("opt_out", "operator", after=3), said("opt_out", after=5)], 3, None),
        ([said("opt_out", "invitation"), said("opt_in", "word", after=1)], None, None),
        ([said("opt_out", "refusal", scope="marketing"), said("opt_in", "preference", 1, "marketing")], None, None),
        ([said("opt_out", "refusal", scope="marketing"), said("opt_in", "word", 1)], None, 0),
        ([said("opt_out", "operator", 2, "marketing"), said("opt_out", "preference", 1, "marketing")], None, 1),
        ([said("opt_out"), said("opt_out", "preference", 4, "marketing")], 0, 4),
    ],
)
def test_last_word_of_each_source_counts_in_whatever_order_they_arrive(ledger, everything, marketing):
    expected = consent.Standing(
        *(after if after is None else NOON + timedelta(seconds=after) for after in (everything, marketing))
    )

    assert {consent.standing(order) for order in itertools.permutations(ledger)} == {expected}


@pytest.mark.parametrize(
    ("contact", "marketing", "refused"),
    [
        (Contact(), False, None),
        (Contact(), True, None),
        (Contact(opted_out_at=NOON), False, False),
        (Contact(opted_out_at=NOON), True, False),
        (Contact(marketing_opted_out_at=NOON), False, None),
        (Contact(marketing_opted_out_at=NOON), True, True),
        (Contact(opted_out_at=NOON, marketing_opted_out_at=NOON), True, False),
    ],
)
def test_nobody_is_written_to_who_does_not_want_it_and_only_they_are_told_how_to_lift_it(contact, marketing, refused):
    if refused is None:
        consent.require_consent(contact, marketing=marketing)
        return

    with pytest.raises(RecipientOptedOut) as caught:
        consent.require_consent(contact, marketing=marketing)
    assert caught.value.marketing_only is refused


@pytest.fixture
def people(db):
    return [Contact.objects.create(name=name) for name in ("Ann", "Bob", "Cem")]


@pytest.fixture
def told():
    """Whose consent changed, by what."""
    heard = []

    def receive(sender, contact, record, **kwargs):
        heard.append((contact.name, record.kind, record.source))

    signals.consent_changed.connect(receive)
    yield heard
    signals.consent_changed.disconnect(receive)


def flags(*people):
    """Who opted out of everything, and who of marketing."""
    found = Contact.objects.in_bulk([person.pk for person in people])
    return "".join(
        "-EM"[found[person.pk].has_opted_out or 2 * found[person.pk].has_opted_out_of_marketing] for person in people
    )


def test_no_records_cost_no_more_than_their_savepoint(django_assert_num_queries, db):
    with django_assert_num_queries(2):
        assert consent.record([]) == []


def test_records_of_many_people_move_each_their_own_flags_and_tell_what_decided(
    people, told, django_capture_on_commit_callbacks
):
    ann, bob, cem = people
    records = [
        said("opt_out", contact=ann, evidence="1"),
        said("opt_in", after=1, contact=ann, evidence="2"),
        said("opt_out", contact=bob, evidence="3"),
        said("opt_out", after=1, contact=bob, evidence="4"),
        said("opt_out", "preference", scope="marketing", contact=cem),
    ]

    with django_capture_on_commit_callbacks(execute=True):
        decisive = consent.record(records)

    assert flags(*people) == "-EM"
    assert [(record.contact.name, record.evidence) for record in decisive] == [("Bob", "4"), ("Cem", "")]
    assert told == [("Bob", "opt_out", "word"), ("Cem", "opt_out", "preference")]


def test_evidence_is_kept_once_for_each_kind_and_source_and_none_always(people):
    ann = people[0]
    thrice = [said("opt_out", contact=ann, evidence=evidence) for evidence in ("same", "other", "same")]

    assert len(consent.record(thrice)) == 1
    assert consent.record([said("opt_out", contact=ann, evidence="same")]) == []
    consent.record(
        [said("opt_in", contact=ann, evidence="same"), said("opt_out", "operator", contact=ann, evidence="same")]
    )
    consent.record([said("opt_out", contact=ann), said("opt_out", contact=ann)])
    consent.record([said("opt_out", contact=ann)])

    assert ann.consent_records.count() == 7


def test_wish_that_came_another_way_is_kept_with_its_words_and_who_noted_it(people, django_user_model):
    staff = django_user_model.objects.create_user("staff")

    consent.record_opt_out(people[0], source="operator", text="by phone", evidence="call 7", stated_by=staff)

    record = ConsentRecord.objects.get()
    assert (record.kind, record.scope, record.source, record.text) == ("opt_out", "everything", "operator", "by phone")
    assert (record.evidence, record.stated_by, record.contact) == ("call 7", staff, people[0])
    assert people[0].has_opted_out


def test_wish_without_words_has_none_and_what_else_is_known_of_the_person_stays(people):
    people[0].name = "Not saved yet"

    consent.record_opt_out(people[0], source="invitation")

    record = ConsentRecord.objects.get()
    assert (record.text, record.evidence, record.stated_by) == ("", "", None)
    assert people[0].name == "Not saved yet"


def test_opt_out_that_was_lifted_is_shared_with_nobody(people):
    ann, bob, _cem = people
    consent.record([said("opt_out", contact=ann), said("opt_in", after=1, contact=ann)])
    conflict = IdentityConflict.objects.create(contact=ann, holder=bob, kind="phone", value="1", evidence="status")

    consent.share_opt_outs([conflict])

    assert flags(ann, bob) == "--"


def test_statement_of_a_sender_is_evidence_and_lifts_nothing(people, django_user_model):
    sender = django_user_model.objects.create_user("sender")
    consent.record_opt_out(people[0], source="word")

    consent.record_statement(people[0], stated_by=sender, source="api", text="agreed")
    consent.record_statements(people[1:], stated_by=sender, source="dashboard", text="all agreed")

    kept = ConsentRecord.objects.filter(kind="statement").order_by("contact__name")
    assert [(each.contact.name, each.source, each.text, each.stated_by) for each in kept] == [
        ("Ann", "api", "agreed", sender),
        ("Bob", "dashboard", "all agreed", sender),
        ("Cem", "dashboard", "all agreed", sender),
    ]
    assert flags(*people) == "E--"


@pytest.mark.parametrize("reverse", [False, True])
def test_whoever_shares_an_identity_with_somebody_who_stops_is_not_written_to_either(people, reverse):
    ann, bob, cem = people
    contact, holder = (bob, ann) if reverse else (ann, bob)
    IdentityConflict.objects.create(
        contact=contact, holder=holder, kind="phone", value="+12025550100", evidence="status"
    )

    consent.record([said("opt_out", "preference", scope="marketing", contact=ann)])
    assert flags(ann, bob, cem) == "M--"
    consent.record([said("opt_out", contact=ann, text="STOP")])

    assert flags(ann, bob, cem) == "EE-"
    [shared] = bob.consent_records.all()
    assert (shared.kind, shared.scope, shared.source) == ("opt_out", "everything", "conflict")
    assert (shared.at, shared.text, shared.evidence) == (NOON, "STOP", f"contact:{ann.pk}:{bob.pk}")


@pytest.mark.parametrize("stopped", ["contact", "holder"])
def test_conflict_that_is_found_later_shares_the_opt_out_that_holds(people, stopped):
    ann, bob, cem = people
    others = [Contact.objects.create(name=name) for name in ("Dan", "Eva")]
    consent.record([said("opt_out", contact=ann), said("opt_out", contact=cem), said("opt_in", after=1, contact=cem)])
    names = {"contact": ann, "holder": bob} if stopped == "contact" else {"contact": bob, "holder": ann}
    conflicts = [
        IdentityConflict.objects.create(**names, kind="phone", value="1", evidence="status"),
        IdentityConflict.objects.create(contact=cem, holder=bob, kind="phone", value="2", evidence="status"),
    ]
    consent.record([said("opt_out", contact=others[0])])
    IdentityConflict.objects.create(contact=others[0], holder=others[1], kind="phone", value="3", evidence="status")

    consent.share_opt_outs(conflicts)
    consent.share_opt_outs(conflicts)

    assert flags(ann, bob, cem, *others) == "EE-E-"
    assert [record.source for record in bob.consent_records.all()] == ["conflict"]
