"""Whether something a mentor did was followed by more days of review: a week after it against the week before."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import date, timedelta

WEEK = 7


@dataclass(frozen=True, slots=True)
class Outcome:
    """Days with answers among the seven before (`before`) and the `days` after (`after`) that are over; up to seven."""

    before: int
    after: int
    days: int

    @property
    def is_over(self) -> bool:
        """Whether the week after is over."""
        return self.days == WEEK

    @property
    def words(self) -> str:
        """What came of it. It says what followed, not what caused it."""
        if not self.days:
            return f"no day has passed since; {self.before} of the 7 days before had answers"
        if self.is_over:
            return f"answered on {self.after} of the next 7 days; before: {self.before} of 7"
        since = f"answered on {self.after} of the {self.days} days since"
        if self.days == 1:
            since = "answered on the day after" if self.after else "no answer on the day after"
        return f"{since}; before: {self.before} of 7; the week is not over"


def outcome(acted_on: date, today: date, reviewed: Set[date]) -> Outcome:
    """What followed an act on the learner's day `acted_on`; `reviewed`: their days with answers.

    Neither the day itself counts (who knows whether the answers came before or after) nor today, which is not over.
    """
    days = max(0, min(WEEK, (today - acted_on).days - 1))
    before = sum(acted_on - timedelta(days=back) in reviewed for back in range(1, WEEK + 1))
    after = sum(acted_on + timedelta(days=ahead) in reviewed for ahead in range(1, days + 1))
    return Outcome(before, after, days)
