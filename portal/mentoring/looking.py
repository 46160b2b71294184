"""Who looked at a learner, written down for the learner: the one thing that a page may write when it is opened."""

from datetime import datetime

from sqlalchemy import select

from portal.accounts.models import Membership, User
from portal.db import db
from portal.mentoring.models import MentorView


def note_view(mentor_id: int, cohort_id: int | None, learner_id: int | None, page: str, moment: datetime) -> None:
    """Keep that this mentor opened a page about this learner, or (None) about the whole cohort. `page`: its name."""
    looked = MentorView(mentor_id=mentor_id, cohort_id=cohort_id, learner_id=learner_id, page=page, opened_at=moment)
    db.session.add(looked)


def looked_at(learner_id: int, most: int) -> list[tuple[str, MentorView]]:
    """(mentor's name, what was opened), the latest first; pages about a cohort count while the learner was in it."""
    of_cohort = (
        select(Membership.id)
        .where(
            Membership.learner_id == learner_id,
            Membership.cohort_id == MentorView.cohort_id,
            Membership.began_at <= MentorView.opened_at,
            (Membership.ended_at.is_(None)) | (Membership.ended_at >= MentorView.opened_at),
        )
        .exists()
    )
    is_about = (MentorView.learner_id == learner_id) | (MentorView.learner_id.is_(None) & of_cohort)
    statement = select(User.name, MentorView).join(User, User.id == MentorView.mentor_id).where(is_about)
    return [(name, view) for name, view in db.session.execute(statement.order_by(MentorView.id.desc()).limit(most))]
