"""What mentors and learners type to each other, and the thresholds of a cohort."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask_wtf import FlaskForm
from wtforms import DateField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from portal.mentoring.models import LONGEST_MESSAGE, LONGEST_REASON
from quizzes.thresholds import EVERY, Thresholds

LONGEST_SNOOZE = 180  # days
_NO_DAY = "Write the day as 2026-11-22."
_TOO_LONG = f"Use at most {LONGEST_MESSAGE:,} characters."


def _newlines(text: str | None) -> str | None:
    """Browsers send two characters for the end of a line; it counts as one. White space around it counts for none."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip() if text else text


def _folded(text: str | None) -> str | None:
    return " ".join(text.split()) if text else text


def _text_field(label: str, **more: Any) -> TextAreaField:
    checks = [DataRequired("Write at least a word."), Length(max=LONGEST_MESSAGE, message=_TOO_LONG)]
    return TextAreaField(label, checks, filters=[_newlines], render_kw=more)


class TextForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """A form with one text."""

    text: TextAreaField

    @property
    def said(self) -> str:
        """The text of an accepted form."""
        return self.text.data or ""


class MessageForm(TextForm):
    """A message of a mentor to a learner."""

    text = _text_field("Your message", rows=9, autofocus=True)


class NoteForm(TextForm):
    """A note of the mentors for themselves."""

    text = _text_field("A note", rows=4, autofocus=True)


class AnswerForm(TextForm):
    """What a learner answers."""

    text = _text_field("Your answer", rows=3)


class SnoozeForm(FlaskForm):  # type: ignore[misc]
    """Until when a learner is left in peace, and why."""

    until_on = DateField("They are back in the list on", [InputRequired(_NO_DAY)])
    reason = StringField(
        "Why",
        [
            DataRequired("Say why, for the other mentors and for yourself in a week."),
            Length(max=LONGEST_REASON, message=f"Use at most {LONGEST_REASON} characters."),
        ],
        filters=[_folded],
        render_kw={"maxlength": LONGEST_REASON, "autofocus": True, "autocomplete": "off"},
    )

    def said(self) -> tuple[date, str]:
        """Day and reason of an accepted form."""
        assert self.until_on.data is not None, "a form that was accepted has a day"
        return self.until_on.data, self.reason.data or ""

    def validate_for(self, today: date) -> bool:
        """Whether this can be kept, for a mentor whose day is `today`."""
        is_valid: bool = self.validate_on_submit()
        if self.until_on.process_errors and self.until_on.errors:
            self.until_on.errors = [_NO_DAY]
        day = self.until_on.data
        if isinstance(day, date) and not today < day <= today + timedelta(days=LONGEST_SNOOZE):
            self.until_on.errors = [f"Choose a day after today, within {LONGEST_SNOOZE} days."]
            return False
        return is_valid


class RulesForm:
    """The thresholds of a cohort as they were typed: `values` and `errors` by name. Whole numbers in their bounds."""

    def __init__(self, thresholds: Thresholds, typed: Mapping[str, str] | None = None) -> None:
        """What is kept, or what was `typed` over it."""
        kept = {one.name: str(getattr(thresholds, one.name)) for one in EVERY}
        self.values = kept if typed is None else {name: typed.get(name, "").strip() for name in kept}
        self.errors: dict[str, str] = {}

    def thresholds(self) -> Thresholds | None:
        """The thresholds that were typed; None with `errors` where they cannot be used."""
        found: dict[str, Any] = {}
        for one in EVERY:
            text = self.values[one.name]
            if text.isascii() and text.isdigit() and len(text) < 6 and one.least <= int(text) <= one.most:
                found[one.name] = int(text)
            else:
                self.errors[one.name] = f"Write a whole number from {one.least} to {one.most}."
        return None if self.errors else Thresholds(**found)
