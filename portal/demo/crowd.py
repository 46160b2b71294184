"""The thirty learners of the demonstration's cohort: who they are, how they lived, what they wrote and planned."""

import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from portal.accounts import actions as account_actions
from portal.demo import answers, crowd_plans
from portal.demo.answers import BankCard
from portal.demo.entries import Text, keep
from portal.demo.people import Learner, StudiedDay, add_account, address
from quizzes.kinds import Character, Kind, habit
from quizzes.simulating import days

_TEXT = Path(__file__).parent / "texts" / "crowd.toml"
CLOCKS = MappingProxyType(
    {
        "morning": {5: 1, 6: 4, 7: 5, 8: 2},
        "noon": {11: 2, 12: 5, 13: 3},
        "evening": {18: 2, 19: 4, 20: 5, 21: 3},
        "night": {21: 1, 22: 4, 23: 4, 0: 1},
    }
)
COURSE = {"bigo.": 2, "sql.joins.": 99, "http.status.": 2, "security.": 2}  # at most so many cards of each such topic
_CHARACTER = ("days", "away", "back", "weekday", "belief", "zone")


class Later(NamedTuple):
    """An entry written so many days ago; `answer` is what a mentor says of it, if anything."""

    ago: int
    text: str
    answer: str = ""


class Shared(NamedTuple):
    """The number of an entry that mentors read, and what one of them says of it."""

    entry_id: int
    answer: str = ""


@dataclass(frozen=True)
class Person:
    """One of the thirty, as the file has them.

    `week`: minutes planned, Monday to Sunday; `behind`: by how many days the end of the plan has moved; `about` is the
    first entry of their journal; `shares`: which entries mentors read, "", "about" or "all"; `moved`: so many days ago
    they came over from the earlier cohort, 0 if they did not.
    """

    name: str
    shown_name: str
    character: Character
    week: tuple[int, ...]
    behind: int
    about: str
    later: tuple[Later, ...]
    shares: str
    moved: int


@dataclass(frozen=True)
class Lived:
    """One of the thirty with what was simulated of them, and the entries that they share."""

    person: Person
    learner: Learner
    shared: tuple[Shared, ...]


def people() -> list[Person]:
    """All thirty, in the order of the file."""
    return [_person(row) for row in tomllib.loads(_TEXT.read_text())["learner"]]


def _person(row: dict[str, Any]) -> Person:
    more = {name: row[name] for name in _CHARACTER if name in row}
    character = Character(Kind(row["kind"]), hours=CLOCKS[row["clock"]], **more)
    return Person(
        name=f"{row['key']}@autumn",
        shown_name=row["name"],
        character=character,
        week=tuple(row.get("week", ())),
        behind=row.get("behind", 0),
        about=row.get("about", ""),
        later=tuple(Later(**entry) for entry in row.get("later", ())),
        shares=row.get("shares", ""),
        moved=row.get("moved", 0),
    )


def keep_crowd(until: date, number: int, password_hash: str, cards: Sequence[BankCard]) -> list[Lived]:
    """Make their accounts and everything they did up to the day before `until`; `number` is the seed."""
    met = course(cards)
    return [_keep(person, until, number + index, password_hash, met) for index, person in enumerate(people(), start=10)]


def course(cards: Sequence[BankCard]) -> list[BankCard]:
    """What the cohort learns: the first cards of some topics, so that its story stays one when the bank grows."""
    met = Counter[str]()
    chosen = []
    for card in cards:
        wanted = next((most for beginning, most in COURSE.items() if card.topic.startswith(beginning)), 0)
        met[card.topic] += 1
        if met[card.topic] <= wanted:
            chosen.append(card)
    return chosen


def _keep(person: Person, until: date, seed: int, password_hash: str, cards: Sequence[BankCard]) -> Lived:
    character = person.character
    began = character.began(until)
    own = habit(character, until, len(cards))
    learner_id = add_account(person.name, person.shown_name, password_hash, began, character.zone)
    account_actions.save_profile(learner_id, new_per_day=own.new_per_day, rollover_hour=own.rollover_hour)
    met = [replace(card.simulated, grip=character.grip(card.topic, card.beliefs)) for card in cards]
    last = until - timedelta(days=1)
    is_there = character.kind is not Kind.NEVER
    lived = list(days(met, own, began, last, seed, character.told_from(until))) if is_there else []
    learner = Learner(learner_id, person.name, own, list(cards), lived, seed)
    answers.keep_answers(learner_id, cards, own, lived, f"{seed} {address(person.name)} {began}")
    shared = tuple(_write(person, learner, until))
    crowd_plans.keep_plan(learner, character, person.week, person.behind, until)
    return Lived(person, learner, shared)


def _write(person: Person, learner: Learner, until: date) -> Iterator[Shared]:
    """Keep what they wrote; the entries that they share."""
    if not learner.studied:
        return
    about = keep(learner, Text(learner.studied[0], person.about, ["about-me"], None))
    if person.shares:
        yield Shared(about)
    for ago, text, answer in person.later:
        entry = keep(learner, Text(_on(learner, until - timedelta(days=ago)), text, ["look-back"], None))
        if person.shares == "all":
            yield Shared(entry, answer)


def _on(learner: Learner, wanted: date) -> StudiedDay:
    """The last day of study up to a day, or the first of all."""
    return next((day for day in reversed(learner.studied) if day.day <= wanted), learner.studied[0])
