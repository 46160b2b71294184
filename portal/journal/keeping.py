"""What learners keep about topics: notes and links. Nothing is overwritten unseen, and nothing here commits."""

from datetime import datetime

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from portal.db import db
from portal.journal import queries
from portal.journal.models import MOST_LINKS, Note, OwnLink


class StaleNote(ValueError):
    """The notes were saved since this form was opened."""


class TooManyLinks(ValueError):
    """There is no room for another link; the message says so."""


def keep_note(learner_id: int, topic: str, version: int, body: str, moment: datetime) -> None:
    """Keep the notes of a topic over the version that was seen (0: none yet). Raises StaleNote."""
    values = {"body": body, "changed_at": moment, "version": version + 1}
    if version == 0:
        try:
            db.session.execute(insert(Note).values(learner_id=learner_id, topic=topic, **values))
        except IntegrityError:
            db.session.rollback()
            raise StaleNote("The notes were begun on another page or device.") from None
        return
    seen = (Note.learner_id == learner_id, Note.topic == topic, Note.version == version)
    if db.session.execute(update(Note).where(*seen).values(values).returning(Note.version)).first() is None:
        raise StaleNote("The notes were saved on another page or device.")


def add_link(learner_id: int, topic: str, title: str, url: str) -> None:
    """Keep an address with a topic; the same one again gets the new title. Raises TooManyLinks."""
    links = queries.notes_of(learner_id, topic).links
    known = next((link for link in links if link.url == url), None)
    if known is not None:
        known.title = title
        return
    if len(links) >= MOST_LINKS:
        raise TooManyLinks(f"A topic has room for {MOST_LINKS} links. Remove one first.")
    db.session.add(OwnLink(learner_id=learner_id, topic=topic, title=title, url=url))


def remove_link(link: OwnLink) -> None:
    """Forget an address."""
    db.session.delete(link)
