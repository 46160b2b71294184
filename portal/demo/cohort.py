"""The demonstration's cohort: its mentors, who came when, an earlier one that is over, and what they read and say."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import update

from portal.accounts.models import Cohort, CohortMentor, Membership
from portal.db import db
from portal.demo.crowd import Lived, Shared
from portal.demo.people import MADE_AT, NAMES, add_account
from portal.demo.talks import Scene
from portal.journal import queries, shares

NAME, EARLIER = "Backend, autumn intake", "Backend, spring intake"
ABOUT = "Invented people of the demonstration: thirty learners, each with a start of their own."
EARLIER_ABOUT = "Invented people of the demonstration: those who were not through moved on to the autumn intake."
SECOND = ("emeka", "Emeka")
BEGAN, EARLIER_BEGAN, EARLIER_ENDED = 125, 240, 55  # days ago
UNREAD = 7  # days ago: what was shared since then waits for its mentors
A_NIGHT = timedelta(hours=14)


def keep_cohort(crowd: Sequence[Lived], carol_id: int, password_hash: str, until: date) -> Scene:
    """Put the crowd into the cohort, two of them by way of the earlier one, and let the mentors read what is shared.

    What the mentors do there is told by the scene that comes back (portal.demo.talks).
    """
    emeka_id = add_account(*SECOND, password_hash, until - timedelta(days=EARLIER_BEGAN))
    cohort_id = _open(NAME, ABOUT, [carol_id, emeka_id], _moment(until, BEGAN))
    earlier_id = _open(EARLIER, EARLIER_ABOUT, [emeka_id], _moment(until, EARLIER_BEGAN))
    for one in crowd:
        came, moved = one.person.character.days, one.person.moved
        if moved:
            _join(earlier_id, one.learner.id, _moment(until, came), _moment(until, moved))
        joined_at = _moment(until, moved or came)
        _join(cohort_id, one.learner.id, joined_at)
    _archive(earlier_id, _moment(until, EARLIER_ENDED))
    db.session.flush()
    for one in crowd:
        for shared in one.shared:
            _share(one, shared, [carol_id, emeka_id], until)
    learners = {one.person.name.partition("@")[0]: one for one in crowd}
    mentors, shown = {"carol": carol_id, SECOND[0]: emeka_id}, {"carol": NAMES["carol"], SECOND[0]: SECOND[1]}
    return Scene(cohort_id, learners, mentors, shown, until)


def _moment(until: date, ago: int) -> datetime:
    return datetime.combine(until - timedelta(days=ago), MADE_AT, UTC)


def _open(name: str, about: str, mentors: Sequence[int], moment: datetime) -> int:
    cohort = Cohort(name=name, about=about, created_at=moment)
    db.session.add(cohort)
    db.session.flush()
    cohort_id = cohort.id
    db.session.add_all(CohortMentor(cohort_id=cohort_id, mentor_id=mentor, began_at=moment) for mentor in mentors)
    return cohort_id


def _join(cohort_id: int, learner_id: int, moment: datetime, ended_at: datetime | None = None) -> None:
    of_it = {"cohort_id": cohort_id, "learner_id": learner_id, "starts_on": moment.date()}
    db.session.add(Membership(**of_it, began_at=moment, ended_at=ended_at))


def _archive(cohort_id: int, moment: datetime) -> None:
    cohort = db.session.get_one(Cohort, cohort_id)
    cohort.archived_at = moment
    for table in (CohortMentor, Membership):
        of_it = update(table).where(table.cohort_id == cohort_id, table.ended_at.is_(None))
        db.session.execute(of_it.values(ended_at=moment), execution_options={"synchronize_session": False})


def _share(one: Lived, shared: Shared, mentors: Sequence[int], until: date) -> None:
    """Share an entry with the cohort's mentors, some minutes after it was written or the learner moved here.

    The first of them answers, the second only reads; what is a week old was read by both.
    """
    entry = queries.find_entry(one.learner.id, shared.entry_id)
    assert entry is not None, "it was just written"
    joined_at = _moment(until, one.person.moved or one.person.character.days)
    moment = max(entry.changed_at, joined_at) + timedelta(minutes=10)
    for mentor_id in mentors:
        shares.share_entry(entry, mentor_id, moment)
    if moment > _moment(until, UNREAD):
        return
    for mentor_id in mentors:
        shares.mark_read(mentor_id, entry.id, moment + A_NIGHT)
    if shared.answer:
        said_at, first = moment + A_NIGHT, mentors[0]
        shares.write_comment(first, entry.id, first, "demo-0", shared.answer, said_at)
        shares.mark_read(one.learner.id, entry.id, said_at + A_NIGHT)
