"""What mentors type about decks and cards, what they answer, and the file they send."""

from functools import cache

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (  # type: ignore[attr-defined]
    BooleanField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length

from portal.decks.models import (
    LONGEST_ABOUT,
    LONGEST_ANSWER,
    LONGEST_ANSWERS,
    LONGEST_QUESTION,
    LONGEST_SOURCES,
    LONGEST_TITLE,
    LONGEST_WHY,
    LONGEST_WORDS,
)
from portal.roadmap import content
from quizzes.cards import Ask
from quizzes.drafts import FIELDS, Draft

KINDS = {
    Ask.CHOICE.value: "One right answer to pick",
    Ask.MULTI.value: "Several right answers to pick",
    Ask.SHORT.value: "A word or two to type",
    Ask.NUMBER.value: "A number to type",
    Ask.CLOZE.value: "A gap in a sentence or in code",
    Ask.SELF.value: "An open question; learners compare and grade themselves",
}
LEVELS = {"1": "1, the first thing to know", "2": "2", "3": "3", "4": "4", "5": "5, for whoever is at home in it"}
BLOOM = {
    "remember": "Remember a fact",
    "understand": "Understand what happens",
    "apply": "Apply a rule to a case",
    "analyse": "Find out why",
    "evaluate": "Choose between ways",
}


@cache
def topics() -> dict[str, list[tuple[str, str]]]:
    """The topics of the roadmap as choices, by step."""
    return {
        f"{step.number}. {step.title}": [(topic.id, topic.title) for topic in step.every_topic if not topic.children]
        for step in content.roadmap().steps
    }


def newlines(text: str | None) -> str | None:
    """A text whose lines end in one way, without the space around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip() if text else text


def folded(text: str | None) -> str | None:
    """One line, with single spaces."""
    return " ".join(text.split()) if text else text


def _text(label: str, most: int, rows: int, *checks: object) -> TextAreaField:
    length = Length(max=most, message=f"Use at most {most:,} characters.")
    return TextAreaField(label, [*checks, length], filters=[newlines], render_kw={"rows": rows})


class DeckForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """What a deck is called and about."""

    title = StringField(
        "Title",
        [
            DataRequired("Give it a title, such as Our coding rules."),
            Length(max=LONGEST_TITLE, message=f"Use at most {LONGEST_TITLE} characters."),
        ],
        filters=[folded],
        render_kw={"autocomplete": "off"},
    )
    about = _text("What it is about", LONGEST_ABOUT, 2)


class CardForm(FlaskForm):  # type: ignore[misc]
    """A card as its author writes it; the fields are those of quizzes.drafts.Draft."""

    topic = StringField("Topic", [Length(max=64, message="Choose a topic of the roadmap.")], filters=[folded])
    ask = SelectField("Kind of question", choices=[SelectChoice(*one) for one in KINDS.items()], validate_choice=False)
    level = SelectField("Level", choices=[SelectChoice(*one) for one in LEVELS.items()], validate_choice=False)
    bloom = SelectField(
        "What it asks of them", choices=[SelectChoice(*one) for one in BLOOM.items()], validate_choice=False
    )
    question = _text("Question", LONGEST_QUESTION, 6)
    answers = _text("Answers", LONGEST_ANSWERS, 5)
    answer = _text("The answer to compare with", LONGEST_ANSWER, 3)
    why = _text("Why", LONGEST_WHY, 4)
    sources = _text("Sources", LONGEST_SOURCES, 2)
    is_another = BooleanField("It asks something else now")

    def draft(self) -> Draft:
        """What stands in the form."""
        return Draft(**{name: (self[name].data or "")[:LONGEST_ANSWERS] for name in FIELDS})


class CheckForm(FlaskForm):  # type: ignore[misc]
    """What a second mentor says of a card whose key and sources they have seen."""

    verdict = RadioField(
        "What does the source say?",
        [DataRequired("Say whether the source bears the card out.")],
        choices=[
            SelectChoice("right", "I read the source and it says so"),
            SelectChoice("back", "Something has to change first"),
        ],
    )
    words = _text("In a sentence", LONGEST_WORDS, 2)

    def validate_whole(self) -> bool:
        """Whether this can be kept; who sends a card back says why."""
        is_valid: bool = self.validate_on_submit()
        if is_valid and self.verdict.data == "back" and not self.words.data:
            self.words.errors = ["Say what has to change, so that its author can mend it."]
            return False
        return is_valid


class ImportForm(FlaskForm):  # type: ignore[misc]
    """Cards as CSV: a file, or its text."""

    file = FileField("CSV file", render_kw={"accept": ".csv,text/csv"})
    text = TextAreaField("Or its text", render_kw={"rows": 6, "spellcheck": "false"})
