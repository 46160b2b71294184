"""What learners type into their journal."""

from datetime import date, timedelta

from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp

from portal.journal.models import LONGEST_BODY, LONGEST_COMMENT, LONGEST_NOTE, MOST_MINUTES
from portal.journal.texts import TagError, read_tags

FIRST_DAY = date(1970, 1, 1)
_NO_DAY = "Write the day as 2026-11-22."
_TOO_LONG = f"Use at most {LONGEST_BODY:,} characters, and a second entry for the rest."
_MINUTES = f"Write a number from 0 to {MOST_MINUTES}, or nothing."


def _newlines(text: str | None) -> str | None:
    """Browsers send two characters for the end of a line; it counts as one."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if text else text


def _folded(text: str | None) -> str | None:
    return " ".join(text.split()) if text else text


class EntryForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """An entry of the journal."""

    day = DateField("Day", [InputRequired(_NO_DAY)])
    body = TextAreaField(
        "What do you want to remember?",
        [
            DataRequired("Write at least a word."),
            Length(max=LONGEST_BODY, message=_TOO_LONG),
        ],
        filters=[_newlines],
        render_kw={"rows": 16},
    )
    tags = StringField("Tags", render_kw={"autocapitalize": "none", "autocomplete": "off"})
    minutes = IntegerField(
        "Minutes studied",
        [Optional(), NumberRange(0, MOST_MINUTES, _MINUTES)],
        render_kw={"inputmode": "numeric", "min": 0, "max": MOST_MINUTES},
    )

    def validate_tags(self, field: StringField) -> None:
        """The rules of texts.py, told in its words."""
        try:
            read_tags(field.data or "")
        except TagError as problem:
            raise ValidationError(str(problem)) from None

    def validate_for(self, today: date) -> bool:
        """Whether this can be kept, for a learner whose day is `today`; complaints stand at their fields."""
        is_valid: bool = self.validate_on_submit()
        for field, sentence in ((self.day, _NO_DAY), (self.minutes, _MINUTES)):
            if field.process_errors and field.errors:
                field.errors = [sentence]
        if isinstance(self.day.data, date) and not FIRST_DAY <= self.day.data <= today + timedelta(days=1):
            self.day.errors = ["This day has not come yet." if self.day.data > today else "This day is too long ago."]
            return False
        return is_valid


class CommentForm(FlaskForm):  # type: ignore[misc]
    """A comment on a shared entry."""

    body = TextAreaField(
        validators=[
            DataRequired("Write at least a word."),
            Length(max=LONGEST_COMMENT, message=f"Use at most {LONGEST_COMMENT:,} characters."),
        ],
        filters=[_newlines],
    )


class NoteForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """Notes about a topic. Nothing at all is fine: that clears them."""

    body = TextAreaField(
        "Notes",
        [Length(max=LONGEST_NOTE, message=f"Use at most {LONGEST_NOTE:,} characters.")],
        filters=[_newlines],
        render_kw={"rows": 8},
    )


class OwnLinkForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """An address to keep with a topic."""

    title = StringField(
        "Title",
        [DataRequired("Give it a title."), Length(max=120, message="Use at most 120 characters.")],
        filters=[_folded],
        render_kw={"maxlength": 120},
    )
    address = StringField(
        "Address",
        [
            DataRequired("Paste its address."),
            Length(max=500, message="Use at most 500 characters."),
            Regexp(
                r"https://[^\s/?#@\\]+(?:[/?#][^\s]*)?\Z", message="Write an address such as https://example.org/page."
            ),
        ],
        filters=[_folded],
        render_kw={"type": "url", "maxlength": 500, "autocomplete": "off"},
    )
