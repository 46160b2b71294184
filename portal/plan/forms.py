"""What learners type about their plan."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length

from portal.plan.actions import Wish
from portal.plan.models import LONGEST_DAY, LONGEST_NOTE, WEEK, BreakRow
from portal.roadmap import content

LONGEST_BREAK, MOST_BREAKS = 366, 40  # days, breaks to come
A_YEAR = timedelta(days=366)
_NO_DAY = "Write the day as 2026-11-22."
_NO_HOURS = f"Write hours from 0 to {LONGEST_DAY // 60}, such as 2, 2.5 or 2:30."
_HOURS = re.compile(r"(\d{1,2})(?:[.,](\d{1,2}))?|(\d{1,2}):([0-5]\d)")


def read_hours(text: str) -> int:
    """Minutes out of "2", "2.5", "2,5" or "2:30"; nothing is 0. Raises ValueError."""
    if not text.strip():
        return 0
    if (found := _HOURS.fullmatch(text.strip())) is None:
        raise ValueError(_NO_HOURS)
    whole, part, clock, minutes = found.groups()
    total = int(clock) * 60 + int(minutes) if whole is None else round(float(f"{whole}.{part or 0}") * 60)
    if total > LONGEST_DAY:
        raise ValueError(_NO_HOURS)
    return total


class HoursField(StringField):
    """Hours of a day; `data` holds minutes."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Minutes out of what was typed."""
        if valuelist:
            self.data = read_hours(valuelist[0])  # type: ignore[assignment]  # the stubs know text only

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{round((self.data or 0) / 60, 2):g}"  # type: ignore[operator]  # the stubs know text only


def _hours_field(weekday: str) -> HoursField:
    return HoursField(weekday.title(), render_kw={"inputmode": "decimal", "autocomplete": "off", "size": 5})


class PlanForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """Hours for each weekday, the start, what is known already."""

    monday, tuesday, wednesday, thursday, friday, saturday, sunday = map(_hours_field, WEEK)
    start_on = DateField("First day", [InputRequired(_NO_DAY)])
    known_steps = SelectMultipleField("Steps you know already", coerce=int)
    has_own_projects = BooleanField("A project of your own in each step")

    def __init__(self, *given: Any, **named: Any) -> None:
        """The steps are the roadmap's."""
        super().__init__(*given, **named)
        self.known_steps.choices = [(step.number, f"{step.number}. {step.title}") for step in content.roadmap().steps]

    @property
    def week(self) -> tuple[int, ...]:
        """Minutes for Monday to Sunday."""
        return tuple(self[weekday].data or 0 for weekday in WEEK)

    def validate_for(self, today: date, begun_on: date | None) -> bool:
        """Whether this can be a plan, for a learner whose day is `today`. A plan that has begun keeps its start."""
        if begun_on is not None:
            self.start_on.data, self.start_on.raw_data, self.start_on.process_errors = begun_on, ["as kept"], []
        is_valid: bool = self.validate()
        _say_again(self.start_on)
        if is_valid and not any(self.week):
            self.form_errors.append("Give at least one day some time. Half an hour is a beginning.")
        elif is_valid and begun_on is None and not today <= _day(self.start_on) <= today + A_YEAR:
            self.start_on.errors = ["Begin today or later, within a year. A plan looks ahead."]
        return is_valid and not self.form_errors and not self.start_on.errors

    def wish(self, preset: str) -> Wish:
        """What an accepted form asks for."""
        known = self.known_steps.data or []
        return Wish(preset, _day(self.start_on), self.week, known, bool(self.has_own_projects.data))


class BreakForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """Days without study."""

    first_on = DateField("First day", [InputRequired(_NO_DAY)])
    last_on = DateField("Last day", [InputRequired(_NO_DAY)])

    def days(self) -> tuple[date, date]:
        """The first and the last day of an accepted form."""
        return _day(self.first_on), _day(self.last_on)

    def validate_for(self, today: date, booked: Sequence[BreakRow]) -> bool:
        """Whether this can be a break, for a learner whose day is `today`."""
        is_valid: bool = self.validate()
        for field in (self.first_on, self.last_on):
            _say_again(field)
        if is_valid and (complaint := _complaint(*self.days(), today, booked)):
            self.form_errors.append(complaint)
        return is_valid and not self.form_errors


def _complaint(first: date, last: date, today: date, booked: Sequence[BreakRow]) -> str | None:
    if last < first:
        return "A break ends on its first day or later."
    if not today <= first <= today + 2 * A_YEAR:
        return "A break can begin today or later, within two years."
    if (last - first).days >= LONGEST_BREAK:
        return "A break can last a year at most. For longer, change the hours of your plan."
    if any(row.first_on <= last and first <= row.last_on for row in booked):
        return "Some of these days are a break already."
    if sum(row.last_on >= today for row in booked) >= MOST_BREAKS:
        return f"You have {MOST_BREAKS} breaks ahead of you. Take one of them back first."
    return None


def _day(field: DateField) -> date:
    assert field.data is not None, "a form that was accepted has a day"
    return field.data


def _say_again(field: DateField) -> None:
    if field.process_errors and field.errors:
        field.errors = [_NO_DAY]


class EvidenceForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """Since when something is done, and what shows it."""

    done_on = DateField("Done on", [InputRequired(_NO_DAY)])
    note = TextAreaField(
        "What shows it?",
        [
            DataRequired("Write what shows it: an address, what you built, what you can explain now."),
            Length(
                max=LONGEST_NOTE, message=f"Use at most {LONGEST_NOTE:,} characters; the journal has room for more."
            ),
        ],
        render_kw={"rows": 4},
    )

    def validate_for(self, today: date) -> bool:
        """Whether this can be kept, for a learner whose day is `today`."""
        is_valid: bool = self.validate_on_submit()
        _say_again(self.done_on)
        if isinstance(self.done_on.data, date) and not date(1970, 1, 1) <= self.done_on.data <= today:
            self.done_on.errors = ["This day has not come yet." if self.done_on.data > today else _NO_DAY]
            return False
        return is_valid

    def said(self) -> tuple[date, str]:
        """Day and note of an accepted form."""
        return _day(self.done_on), (self.note.data or "").strip()

    def validate_note(self, field: TextAreaField) -> None:
        """White space shows nothing."""
        if not (field.data or "").strip():
            raise ValidationError("Write what shows it.")
