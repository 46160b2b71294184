"""The invented people: an account each, and what was simulated of them."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cached_property
from zoneinfo import ZoneInfo

from portal.accounts import actions
from portal.accounts.models import Role
from portal.demo import year
from portal.demo.answers import BankCard, misconceptions_shown
from quizzes.simulating import Act, Habit, SimulatedDay

NAMES = {"ada": "Ada", "bob": "Bob", "carol": "Carol"}
MENTORS = {"carol", "emeka"}
MADE_AT = time(5)  # UTC, to the microsecond: with the address it tells an invented account from one that people made


@dataclass(frozen=True)
class Learner:
    """An invented learner: `id` of the account, `lived` the simulated days, `seed` for whatever else is drawn."""

    id: int
    name: str
    habit: Habit
    cards: list[BankCard]
    lived: list[SimulatedDay]
    seed: int

    @cached_property
    def by_id(self) -> dict[int, BankCard]:
        """The cards by number."""
        return {card.id: card for card in self.cards}

    @cached_property
    def studied(self) -> list["StudiedDay"]:
        """The days on which cards of the roadmap were answered."""
        days = (StudiedDay(self, day) for day in self.lived if day.tally.answers)
        return [day for day in days if day.topics]


@dataclass(frozen=True)
class StudiedDay:
    """A day of study, read for those who write about it."""

    learner: Learner
    lived: SimulatedDay

    @property
    def day(self) -> date:
        """The learner's day."""
        return self.lived.day

    @property
    def minutes(self) -> int:
        """Spent with the cards, 1 or more."""
        return max(1, round(self.lived.tally.ms / 60_000))

    @property
    def ended_at(self) -> datetime:
        """The moment of the last act."""
        return self.lived.acts[-1].event.at

    @property
    def hour(self) -> int:
        """The hour on the learner's clock when the day's first card was answered."""
        return self.lived.acts[0].event.at.astimezone(ZoneInfo(self.learner.habit.zone)).hour

    @cached_property
    def answers(self) -> list[tuple[Act, BankCard]]:
        """The day's answers with their cards."""
        return [(act, self.learner.by_id[act.card_id]) for act in self.lived.acts if act.is_answer]

    @cached_property
    def topics(self) -> dict[str, str]:
        """Id and title of the roadmap's topics of the day, the most frequent first."""
        counts = Counter((card.topic, card.topic_title) for _, card in self.answers if card.position)
        return dict(topic for topic, _ in counts.most_common())

    @cached_property
    def missed(self) -> dict[str, str]:
        """Misconceptions that wrong picks showed, each with its card's topic."""
        return {
            name: card.topic
            for act, card in self.answers
            if act.event.is_right is False
            for name in misconceptions_shown(act, card.sheet, self.learner.habit.belief)
        }


def add_account(name: str, shown_name: str, password_hash: str, on: date, zone: str = year.ZONE) -> int:
    """Make the account of somebody invented, as if on that day at MADE_AT; its id."""
    role = Role.MENTOR if name in MENTORS else Role.LEARNER
    moment = datetime.combine(on, MADE_AT, UTC)
    return actions.add_user(address(name), shown_name, password_hash, zone, moment, role).id


def address(name: str) -> str:
    """The address somebody invented signs in with; nothing below example.org belongs to anybody (RFC 2606)."""
    return f"{name}@example.org" if "@" not in name else f"{name}.example.org"
