"""What a learner hands in, and how a mentor judges it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from portal.projects.models import LONGEST_ADDRESS, LONGEST_ADVICE, LONGEST_BODY, LONGEST_LINE
from quizzes.handin import Judged, all_shown, criterion_id

_ADDRESS = r"https?://[^\s/?#@\\]+(?:[/?#][^\s]*)?\Z"
_NO_ADDRESS = "Write an address such as https://example.org/you/project."
_UNJUDGED = "Say of each point whether the project shows it."
_NOT_SHOWN = "Not every point is shown. Send it back, or say below why you accept it all the same."
_NO_LINE = "Write at least one line of what to change."


def newlines(text: str | None) -> str | None:
    """Browsers send two characters for the end of a line; it counts as one. White space around it counts for none."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip() if text else text


def _address(label: str, *checks: Any) -> StringField:
    too_long = Length(max=LONGEST_ADDRESS, message=f"Use at most {LONGEST_ADDRESS} characters.")
    kw = {"type": "url", "maxlength": LONGEST_ADDRESS, "autocomplete": "off", "inputmode": "url"}
    checked = [*checks, too_long, Regexp(_ADDRESS, message=_NO_ADDRESS)]
    return StringField(label, checked, filters=[lambda text: text.strip() if text else text], render_kw=kw)


class HandInForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """A project as its learner hands it in."""

    cohort = RadioField("Who shall look at it", coerce=int)
    repository = _address("Where its code is", DataRequired("Say where its code is."))
    live = _address("Where it runs", Optional())
    body = TextAreaField(
        "What you did, and what was hard",
        [
            DataRequired("Write at least a sentence."),
            Length(max=LONGEST_BODY, message=f"Use at most {LONGEST_BODY:,} characters."),
        ],
        filters=[newlines],
        render_kw={"rows": 9},
    )
    entries = SelectMultipleField(
        "Entries of your journal that belong to it",
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


@dataclass(frozen=True, slots=True)
class Criterion:
    """A point of the rubric as it stands in the form: `shows` is "yes", "no" or "" for not judged yet."""

    id: str
    text: str
    shows: str
    line: str


class JudgementForm:
    """A mentor's judgement as it was typed; `errors` in words, none before it was checked."""

    def __init__(self, criteria: Sequence[str], typed: Mapping[str, str] | None = None) -> None:
        """Nothing yet, or what was typed about these criteria."""
        given = typed or {}
        self.criteria = []
        for text in criteria:
            id_ = criterion_id(text)
            line = " ".join(given.get(f"line-{id_}", "").split())
            self.criteria.append(Criterion(id_, text, given.get(f"shows-{id_}", ""), line))
        self.said, self.reason = newlines(given.get("said", "")) or "", newlines(given.get("reason", "")) or ""
        self.errors: list[str] = []

    @property
    def judged(self) -> tuple[Judged, ...]:
        """The judgements of an accepted form."""
        return tuple(Judged(one.text, one.shows == "yes", one.line) for one in self.criteria)

    def is_valid(self, *, is_accepting: bool) -> bool:
        """Whether this can be kept; `errors` says why not."""
        lines = [one.line for one in self.criteria]
        if any(one.shows not in {"yes", "no"} for one in self.criteria):
            self.errors.append(_UNJUDGED)
        elif is_accepting and not all_shown(self.judged) and not self.reason:
            self.errors.append(_NOT_SHOWN)
        if not is_accepting and not any([*lines, self.said]):
            self.errors.append(_NO_LINE)
        if any(len(line) > LONGEST_LINE for line in lines):
            self.errors.append(f"Use at most {LONGEST_LINE} characters for a line.")
        if max(len(self.said), len(self.reason)) > LONGEST_ADVICE:
            self.errors.append(f"Use at most {LONGEST_ADVICE:,} characters for a text.")
        return not self.errors
