"""Who looked at a learner, as the learner reads it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, union_all

from portal.accounts.models import Cohort, Membership, MentorView, User
from portal.db import db

PAGE = 50


@dataclass(frozen=True, slots=True)
class Looked:
    """That a mentor opened a page. `is_about_all`: it showed the whole cohort (None: a cohort that is gone)."""

    id: int
    mentor: str
    cohort: str | None
    is_about_all: bool
    page: str
    opened_at: datetime


def looked_at(learner_id: int, before: int | None) -> tuple[list[Looked], int | None]:
    """A page of what mentors opened of this learner, the latest first, and where the next page begins (None: nowhere).

    Pages about a cohort count while the learner was in it.
    """
    views = union_all(
        *(
            select(_latest(chosen, before).subquery().c.id)
            for chosen in (
                select(MentorView.id).where(MentorView.learner_id == learner_id),
                select(MentorView.id).where(MentorView.learner_id.is_(None), _while_member(learner_id)),
            )
        )
    )
    is_about_all = MentorView.learner_id.is_(None)
    columns = (MentorView.id, User.name, Cohort.name, is_about_all, MentorView.page, MentorView.opened_at)
    statement = select(*columns).join(User, User.id == MentorView.mentor_id)
    statement = statement.outerjoin(Cohort, Cohort.id == MentorView.cohort_id).where(MentorView.id.in_(views))
    found = [Looked(*row) for row in db.session.execute(_latest(statement, None))]
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


def _latest(statement: Any, before: int | None) -> Any:
    narrowed = statement if before is None else statement.where(MentorView.id < before)
    return narrowed.order_by(MentorView.id.desc()).limit(PAGE + 1)


def _while_member(learner_id: int) -> Any:
    of_learner = select(Membership.cohort_id).where(Membership.learner_id == learner_id)
    holds = (
        select(Membership.id)
        .where(
            Membership.learner_id == learner_id,
            Membership.cohort_id == MentorView.cohort_id,
            Membership.began_at <= MentorView.opened_at,
            or_(Membership.ended_at.is_(None), Membership.ended_at >= MentorView.opened_at),
        )
        .correlate(MentorView)
        .exists()
    )
    return MentorView.cohort_id.in_(of_learner) & holds
