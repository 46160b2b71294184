"""What a learner planned."""

from datetime import date


def planned_days(learner_id: int, first: date, last: date) -> dict[date, int]:  # noqa: ARG001
    """Minutes planned for each day; a break or a free day is 0, and without a plan there is nothing."""
    return {}
