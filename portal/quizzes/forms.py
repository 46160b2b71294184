"""What learners type about cards."""

from flask_wtf import FlaskForm
from wtforms import (  # type: ignore[attr-defined]
    BooleanField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length, Regexp

from portal.quizzes.models import LONGEST_BACK, LONGEST_DECISION, LONGEST_FRONT
from quizzes.cards import plain
from quizzes.grading import LONGEST_ANSWER
from quizzes.sheets import own_gaps

MOST_ACCEPTED = 10

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


class ChoicesForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """The numbers of the steps that bring new cards, and a language, perhaps with a framework: "python flask"."""

    active = SelectMultipleField("Steps that bring new cards", coerce=int, validate_choice=True, choices=[])
    path = RadioField("Language and framework", choices=[])

    def offer(self, steps: list[int], paths: list[tuple[str, str]]) -> None:
        """What there is to choose: steps, and (what is sent, what it is called) of the languages."""
        self.active.choices = [SelectChoice(step, str(step)) for step in steps]
        self.path.choices = [SelectChoice(*path) for path in paths]


class DecisionForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """What becomes of a report. The button that is pressed is the `verdict`."""

    words = TextAreaField(
        "In a sentence, for whoever reported it",
        [
            DataRequired("Say in a sentence what will be done, or why nothing will."),
            Length(max=LONGEST_DECISION, message=f"Use at most {LONGEST_DECISION:,} characters."),
        ],
        filters=[lambda text: text.strip() if text else text],
        render_kw={"rows": 3},
    )
    verdict = HiddenField(validators=[AnyOf(["accept", "decline"], "Accept the report or decline it.")])
    token = HiddenField(validators=[Regexp(r"[\w-]{12}\Z", message="Open this page again, then decide.")])
    seen = IntegerField(validators=[InputRequired("Open this page again, then decide.")])


def _newlines(text: str | None) -> str | None:
    """Browsers send two characters for the end of a line; it counts as one."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip() if text else text


class OwnCardForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """A card that a learner makes: a question and its answer, or a sentence with a part to hide."""

    front = TextAreaField(
        "Question, or a sentence with a gap",
        [
            DataRequired("Write a question, or a sentence with ==a part to hide==."),
            Length(max=LONGEST_FRONT, message=f"Use at most {LONGEST_FRONT:,} characters: one idea a card."),
        ],
        filters=[_newlines],
        render_kw={"rows": 4},
    )
    back = TextAreaField(
        "Answer",
        [Length(max=LONGEST_BACK, message=f"Use at most {LONGEST_BACK:,} characters.")],
        filters=[_newlines],
        render_kw={"rows": 4},
    )
    accept = TextAreaField("Also right in the gap", filters=[_newlines], render_kw={"rows": 2})
    is_plain = BooleanField("Hide nothing: == belongs to the question")
    is_another = BooleanField("It asks something else now")

    def accepted(self) -> list[str]:
        """Further right answers of the gap."""
        return [line.strip() for line in (self.accept.data or "").splitlines() if line.strip()]

    def validate_front(self, field: TextAreaField) -> None:
        """One gap at most, and one that can be typed."""
        gaps = [] if self.is_plain.data else [plain(gap[1]) for gap in own_gaps(field.data or "")]
        if len(gaps) > 1:
            raise ValidationError("Hide one part only. Two gaps are two cards.")
        if gaps and not 0 < len(gaps[0]) <= LONGEST_ANSWER:
            raise ValidationError(f"Hide something of at most {LONGEST_ANSWER} characters: it has to be typed.")

    def validate_back(self, field: TextAreaField) -> None:
        """A question without a gap needs an answer to compare with."""
        if not field.data and (self.is_plain.data or not own_gaps(self.front.data or "")):
            raise ValidationError("Write the answer, or hide a part of the sentence ==like this==.")

    def validate_accept(self, _field: TextAreaField) -> None:
        """A few, and each of them short."""
        lines = self.accepted()
        if len(lines) > MOST_ACCEPTED or any(len(line) > LONGEST_ANSWER for line in lines):
            raise ValidationError(f"Use at most {MOST_ACCEPTED} lines of at most {LONGEST_ANSWER} characters.")
