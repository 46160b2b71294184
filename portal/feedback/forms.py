"""What learners and mentors write to each other."""

from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from portal.feedback.models import LONGEST_MESSAGE


def _newlines(text: str | None) -> str | None:
    """Browsers send two characters for the end of a line; it counts as one. White space around it counts for none."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip() if text else text


class MessageForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """A message in a thread."""

    body = TextAreaField(
        validators=[
            DataRequired("Write at least a word."),
            Length(max=LONGEST_MESSAGE, message=f"Use at most {LONGEST_MESSAGE:,} characters."),
        ],
        filters=[_newlines],
    )
