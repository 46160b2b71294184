"""Put the demonstration into a database: Ada with nine months, Bob with two weeks, Carol who mentors, a cohort."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from portal.accounts import actions as account_actions
from portal.accounts import queries as account_queries
from portal.db import after_bulk
from portal.demo import (
    answers,
    entries,
    notes,
    own_cards,
    people,
    plans,
    reports,
    sessions,
    skills,
    talks,
    tasks,
    threads,
    year,
)
from portal.demo.answers import BankCard
from portal.demo.cohort import keep_cohort
from portal.demo.crowd import keep_crowd
from portal.demo.people import Learner, address
from portal.demo.removing import names as invented_names
from portal.demo.year import Year
from portal.quizzes.calling import look_for_called
from quizzes.simulating import Habit, days

BOB_BEGAN = 16  # days ago
SHOWN = 3  # addresses in a refusal


class DemoRefused(ValueError):
    """The database is not one to put a demonstration into; the message says why."""


@dataclass(frozen=True, slots=True)
class Told:
    """In numbers what was put in: Ada's days of study, all answers, entries of Ada and Bob, learners of the cohort."""

    days: int
    answers: int
    entries: int
    learners: int = 0


def seed(
    until: date,
    number: int,
    password_hash: str,
    says: Mapping[str, str],
    is_alone: bool = True,
    has_cohort: bool = True,
) -> Told:
    """Make the three people, the cohort, and their time up to the day before `until`; `number` is the seed.

    Commits nothing. All get the same password. `says`: the beliefs behind wrong options, by their id. Raises
    DemoRefused where an address is taken, no card is there, or (`is_alone`) somebody has an account already.
    """
    cards = answers.bank()
    _refuse(cards, is_alone)
    told, carol_id = _keep_three(until, number, password_hash, says, cards)
    crowd = keep_crowd(until, number, password_hash, cards) if has_cohort else []
    if crowd:
        scene = keep_cohort(crowd, carol_id, password_hash, until)
        talks.keep_talks(scene)
        tasks.keep_tasks(scene)
        talks.keep_looks(scene)
    after_bulk()
    lived = [day for one in crowd for day in one.learner.lived]
    return replace(told, answers=told.answers + sum(day.tally.answers for day in lived), learners=len(crowd))


def _keep_three(
    until: date, number: int, password_hash: str, says: Mapping[str, str], cards: list[BankCard]
) -> tuple[Told, int]:
    """What was put in, and Carol's number."""
    time = year.year_until(until)
    since = {"ada": time.first, "bob": until - timedelta(days=BOB_BEGAN), "carol": time.first}
    ids = {name: people.add_account(name, people.NAMES[name], password_hash, since[name]) for name in people.NAMES}
    wanted = own_cards.planned(time)
    all_cards = own_cards.with_own(cards, wanted)
    ada = _simulated("ada", ids["ada"], year.adas_habit(time, len(cards)), all_cards, (since["ada"], time.last), number)
    bob = _simulated("bob", ids["bob"], year.bobs_habit(), cards, (since["bob"], time.last), number + 1)
    written = entries.keep_journal(ada, time, says) + entries.keep_longer(bob, "bob")
    ada = own_cards.make_own(ada, wanted)
    for learner in (ada, bob):
        answers.keep_answers(learner.id, learner.cards, learner.habit, learner.lived, _mark(learner))
        reports.keep_reports(learner)
        threads.keep_threads(learner, ids["carol"])
    _keep_the_rest(ada, time)
    answered = sum(day.tally.answers for learner in (ada, bob) for day in learner.lived)
    return Told(len(ada.studied), answered, written), ids["carol"]


def _keep_the_rest(ada: Learner, time: Year) -> None:
    """What only Ada has. The plan comes late: it looks at cards and sessions."""
    look_for_called(ada.id)
    notes.keep_notes(ada)
    sessions.keep_sessions(ada, time)
    plans.keep_plan(ada, time)
    skills.publish_skills(ada, "Ada L.", ada.studied[-1].ended_at)


def _refuse(cards: list[BankCard], is_alone: bool) -> None:
    if not cards:
        raise DemoRefused("There are no cards yet. Load them first: flask decks load")
    emails = {user.email for user in account_queries.users()}
    if taken := [email for name in invented_names() if (email := address(name)) in emails]:
        more = f" and {len(taken) - SHOWN} more" if len(taken) > SHOWN else ""
        are = "is here already" if len(taken) == 1 else "are here already"
        named = ", ".join(taken[:SHOWN]) + more
        raise DemoRefused(f"{named} {are}: the demonstration is added once. Nothing was changed.")
    if emails and is_alone:
        words = "People have accounts here. Use a folder of its own: INSTANCE=instance-demo flask demo"
        raise DemoRefused(f"{words}\nOr say --beside-others, which adds invented people and touches nobody else.")


def _simulated(
    name: str, learner_id: int, habit: Habit, cards: list[BankCard], span: tuple[date, date], number: int
) -> Learner:
    account_actions.save_profile(learner_id, new_per_day=habit.new_per_day, rollover_hour=habit.rollover_hour)
    lived = list(days([card.simulated for card in cards], habit, *span, number))
    return Learner(learner_id, name, habit, cards, lived, number)


def _mark(learner: Learner) -> str:
    """What makes the tokens of this learner's log unlike all others."""
    return f"{learner.seed} {address(learner.name)} {learner.lived[0].day}"
