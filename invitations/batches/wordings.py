"""What each person of a list is sent: as a single invitation would be, without asking the database about each."""

import json

from communications.bulk import Draft, Drafts
from communications.errors import InvalidMessage
from communications.message_text import check_text
from communications.models import Contact
from communications.phone_numbers import PhoneNumber
from invitations import carriers
from invitations.carriers import Way, Words
from invitations.links import TOKEN_TO_COME
from invitations.models import BatchRow, InvitationBatch, new_token


class Wordings:
    """The messages of one batch. Made anew for each portion, so that what Meta says of a template is not old."""

    def __init__(self, batch: InvitationBatch) -> None:
        self._batch = batch
        self._drafts = Drafts()
        self._ways: dict[tuple[str, bool], Way] = {}
        self._refusals: dict[str, InvalidMessage | None] = {}
        # The common words are composed once in each language, and differ in the token only.
        self._common: dict[str, Draft] = {}
        self._placeholder = new_token()

    def refusal(self, row: BatchRow, contact: Contact | None) -> InvalidMessage | None:
        """Why these words cannot be sent to this person, whatever Meta says of the template today."""
        way = self.way(row, contact)
        if row.words:
            return _refusal(way, self._words(row, TOKEN_TO_COME))
        if way.language not in self._refusals:
            self._refusals[way.language] = _refusal(way, self._words(row, TOKEN_TO_COME))
        return self._refusals[way.language]

    def compose(self, row: BatchRow, contact: Contact | None, token: str) -> Draft:
        """What this person is sent; raises `InvalidMessage`, and `TemplateUnavailable` while Meta does not let the
        template be sent.
        """
        way = self.way(row, contact)
        if row.words:
            return self._draft(way, self._words(row, token))
        if way.language not in self._common:
            self._common[way.language] = self._draft(way, self._words(row, self._placeholder))
        common = self._common[way.language]
        content = json.loads(json.dumps(common.content).replace(self._placeholder, token))
        return Draft(content, common.text.replace(self._placeholder, token), common.is_marketing)

    def _draft(self, way: Way, words: Words) -> Draft:
        if way.template is None:
            # Meta counts unsolicited invitations as marketing, whatever carries them.
            return self._drafts.text(words.as_text(), is_marketing=True)
        return self._drafts.template(way.template, way.language, words.as_values())

    def way(self, row: BatchRow, contact: Contact | None) -> Way:
        """Their own words, or which template in which language."""
        key = (row.country, contact is not None and contact.window_is_open())
        if key not in self._ways:
            self._ways[key] = carriers.way_to(PhoneNumber(e164=row.phone_number, country=row.country), contact)
        return self._ways[key]

    def _words(self, row: BatchRow, token: str) -> Words:
        batch = self._batch
        return Words(
            message=row.words or batch.message,
            sender_name=batch.sender_name,
            token=token,
            link_base=batch.link_base,
        )


def _refusal(way: Way, words: Words) -> InvalidMessage | None:
    try:
        check_text(words.message)
        if way.template:
            way.template.text(way.language, words.as_values())
        else:
            words.as_text()
    except InvalidMessage as refusal:
        return refusal
    return None
