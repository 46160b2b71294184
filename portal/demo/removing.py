"""Take the demonstration out of a database again: every invented account with all it left, and nobody else."""

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import aliased

from portal.accounts.models import Cohort, User
from portal.accounts.queries import mentorings
from portal.db import db
from portal.decks.serving import forget_cards
from portal.demo.cohort import EARLIER, NAME
from portal.demo.crowd import people
from portal.demo.people import MADE_AT, MENTORS, NAMES, address


class RemovalRefused(ValueError):
    """Real people stand beside invented ones; the message says who."""


def names() -> list[str]:
    """Everybody the demonstration invents."""
    return sorted({*NAMES, *MENTORS, *(person.name for person in people())})


def remove() -> int:
    """Delete the invented accounts and their cohorts; how many accounts. Commits nothing. Raises RemovalRefused."""
    ids = _invented()
    if beside := _real_beside(ids):
        raise RemovalRefused(
            f"{', '.join(beside)}: no invented person, but the mentor or the learner of one. "
            "End that first. Nothing was changed."
        )
    db.session.execute(delete(User).where(User.id.in_(ids)))
    cohort_ids = _cohorts()
    forget_cards(cohort_ids)
    db.session.execute(delete(Cohort).where(Cohort.id.in_(cohort_ids)))
    return len(ids)


def _invented() -> list[int]:
    """Whoever has an address of the demonstration and was made by it: people sign up at no such even moment."""
    found = select(User.id, User.created_at).where(User.email.in_(map(address, names())))
    return [user_id for user_id, created_at in db.session.execute(found) if created_at.time() == MADE_AT]


def _cohorts() -> list[int]:
    """The demonstration's cohorts, by the same mark."""
    found = select(Cohort.id, Cohort.created_at).where(Cohort.name.in_((NAME, EARLIER)))
    return [cohort_id for cohort_id, created_at in db.session.execute(found) if created_at.time() == MADE_AT]


def _real_beside(ids: list[int]) -> list[str]:
    """The addresses of people who were not invented and share a mentorship with somebody who was."""
    held, learner, mentor = mentorings(), aliased(User), aliased(User)
    pairs = (
        select(learner.id, learner.email, mentor.id, mentor.email)
        .select_from(held)
        .join(learner, learner.id == held.c.learner_id)
        .join(mentor, mentor.id == held.c.mentor_id)
        .where(or_(learner.id.in_(ids), mentor.id.in_(ids)))
    )
    rows = db.session.execute(pairs)
    both = ({learner_id: email, mentor_id: other} for learner_id, email, mentor_id, other in rows)
    return sorted({email for pair in both for user_id, email in pair.items() if user_id not in ids})
