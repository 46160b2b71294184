"""What mentors type about their cohorts, and the code a learner types."""

from datetime import date, datetime, timedelta
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, DateField, IntegerField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp

from portal.cohorts.lists import FIRST_DAY, LAST_DAY
from portal.cohorts.models import MOST_LEARNERS

LONGEST_ABOUT = 2_000
MOST_DAYS = 365
_NO_DAY = "Write the day as 2026-11-22."
_DAYS = f"Write a number of days from 1 to {MOST_DAYS}, or nothing."
_PEOPLE = f"Write a number from 1 to {MOST_LEARNERS:,}, or nothing."


def _folded(text: str | None) -> str | None:
    return " ".join(text.split()) if text else text


def _newlines(text: str | None) -> str | None:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip() if text else text


def _say_again(field: Any, sentence: str) -> None:
    """One sentence of ours instead of the library's."""
    if field.process_errors and field.errors:
        field.errors = [sentence]


class CohortForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """What a cohort is called and for."""

    name = StringField(
        "Name",
        [
            DataRequired("Give it a name, such as Autumn intake."),
            Length(max=80, message="Use at most 80 characters."),
        ],
        filters=[_folded],
        render_kw={"autocomplete": "off"},
    )
    about = TextAreaField(
        "What it is for",
        [Length(max=LONGEST_ABOUT, message=f"Use at most {LONGEST_ABOUT:,} characters.")],
        filters=[_newlines],
        render_kw={"rows": 3},
    )


class CoMentorForm(FlaskForm):  # type: ignore[misc]
    """Naming another mentor of a cohort."""

    email = StringField(
        "E-mail address of another mentor",
        [
            DataRequired("Write their e-mail address."),
            Regexp(r"^\s*[^@\s]+@[^@\s]+\.[^@\s.]+\s*$", message="Write an e-mail address, such as ada@example.org."),
        ],
        render_kw={"type": "email", "autocomplete": "off", "autocapitalize": "none"},
    )


class CodeForm(FlaskForm):  # type: ignore[misc]
    """A new code: how long, for how many, and whether a mentor lets each one in."""

    days = IntegerField(
        "Works for how many days",
        [Optional(), NumberRange(1, MOST_DAYS, _DAYS)],
        default=14,
        render_kw={"inputmode": "numeric", "min": 1, "max": MOST_DAYS},
    )
    most = IntegerField(
        "For how many people",
        [Optional(), NumberRange(1, MOST_LEARNERS, _PEOPLE)],
        render_kw={"inputmode": "numeric", "min": 1, "max": MOST_LEARNERS},
    )
    needs_approval = BooleanField("A mentor lets each one in")

    def validate_whole(self) -> bool:
        """Whether a code can be made of it; complaints stand at their fields."""
        is_valid: bool = self.validate_on_submit()
        _say_again(self.days, _DAYS)
        _say_again(self.most, _PEOPLE)
        return is_valid

    def expires_at(self, moment: datetime) -> datetime | None:
        """Until when an accepted form's code works."""
        return None if self.days.data is None else moment + timedelta(days=self.days.data)


class StartForm(FlaskForm):  # type: ignore[misc]
    """A member's first day."""

    starts_on = DateField("First day in this cohort", [InputRequired(_NO_DAY)])

    def validate_starts_on(self, field: DateField) -> None:
        """A day of this century."""
        if field.data is not None and not FIRST_DAY <= field.data <= LAST_DAY:
            raise ValidationError(_NO_DAY)

    def validate_day(self) -> bool:
        """Whether there is a day in it."""
        is_valid: bool = self.validate_on_submit()
        _say_again(self.starts_on, _NO_DAY)
        return is_valid

    def day(self) -> date:
        """The day of an accepted form."""
        assert self.starts_on.data is not None, "a form that was accepted has a day"
        return self.starts_on.data


class MoveForm(FlaskForm):  # type: ignore[misc]
    """Which of the mentor's other cohorts a member goes to."""

    cohort = SelectField("Another cohort of yours", coerce=int)


class FileForm(FlaskForm):  # type: ignore[misc]
    """A roster file."""

    file = FileField("CSV file", [FileRequired("Choose a file first.")], render_kw={"accept": ".csv,text/csv"})


class TypedCodeForm(FlaskForm):  # type: ignore[misc]
    """A code that somebody read out."""

    code = StringField(
        "Code",
        [DataRequired("Write the code you were given."), Length(max=40, message="A code has eight characters.")],
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "size": 12},
    )
