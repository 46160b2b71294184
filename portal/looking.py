"""That a mentor looked: written down and kept before what they look at is read."""

from portal.accounts.actions import note_view
from portal.db import commit_and_read_on, start_writing
from portal.login import me, now


def note_looking(cohort_id: int | None, learner_id: int | None, page: str) -> None:
    """Keep that I opened a page about this learner, or (None) about the whole cohort: the learners can read it.

    It stays, whatever comes after. The turn to write is given back at once: nobody waits while the page is drawn.
    """
    start_writing()
    note_view(me().id, cohort_id, learner_id, page, now())
    commit_and_read_on()
