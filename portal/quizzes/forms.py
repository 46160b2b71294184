"""What learners type about cards."""

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice, TextAreaField  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import DataRequired, Length

REASONS = [
    ("key", "The answer marked right is wrong"),
    ("unclear", "The question is unclear"),
    ("explanation", "The explanation is wrong or unclear"),
    ("typo", "A typing mistake"),
    ("other", "Something else"),
]


class ReportForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """A mistake on a card."""

    reason = RadioField("What is it?", choices=[SelectChoice(*reason) for reason in REASONS], default="key")
    text = TextAreaField(
        "In your words",
        [
            DataRequired("Say in a sentence what is wrong."),
            Length(max=2_000, message="Use at most 2,000 characters."),
        ],
        render_kw={"rows": 5},
    )
