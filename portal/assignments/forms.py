"""What mentors type when they set, move or excuse a task, and what learners say when they did it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from portal.assignments import queries, subjects, texts
from portal.assignments.actions import Wish
from portal.assignments.models import (
    BY_EVIDENCE,
    LONGEST_LINE,
    LONGEST_NOTE,
    LONGEST_TEXT,
    LONGEST_TITLE,
    MOST_CARDS,
    Kind,
)
from portal.assignments.queries import Member
from portal.assignments.subjects import Subject
from portal.decks.models import OF_COHORT
from portal.decks.queries import offered_decks
from portal.quizzes import catalogue
from portal.roadmap import content
from quizzes.tasks import is_asked

FURTHEST = 180  # days ahead
MOST_MINUTES = 1_200
LONGEST_LINK = 400
ALL, SOME = "all", "some"
_MINUTES = f"Write whole minutes from 1 to {MOST_MINUTES:,}, or nothing."


def _newlines(text: str | None) -> str | None:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip() if text else text


def _folded(text: str | None) -> str | None:
    return " ".join(text.split()) if text else text


def _at_most(count: int) -> Length:
    return Length(max=count, message=f"Use at most {count:,} characters.")


def _line(label: str, most: int, *checks: Any) -> StringField:
    return StringField(label, [*checks, _at_most(most)], filters=[_folded], render_kw={"maxlength": most})


class DueForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """The day a task is due."""

    due_on = DateField("Due on", [InputRequired(texts.NO_DAY)])

    @property
    def day(self) -> date:
        """The day of an accepted form."""
        assert self.due_on.data is not None, "a form that was accepted has a day"
        return self.due_on.data

    def validate_for(self, today: date) -> bool:
        """Whether this can be kept, for a mentor whose day is `today`."""
        is_valid: bool = self.validate_on_submit()
        if self.due_on.process_errors and self.due_on.errors:
            self.due_on.errors = [texts.NO_DAY]
        day = self.due_on.data
        if isinstance(day, date) and not today <= day <= today + timedelta(days=FURTHEST):
            self.due_on.errors = [f"Choose today or a later day, within {FURTHEST} days."]
            return False
        return is_valid


class TaskForm(DueForm):
    """A task: what, for whom, until when. `subject` and `wish` are there once it was accepted."""

    kind = RadioField("What", default=Kind.CARDS.value)
    deck = SelectField("A whole deck", default="")
    slugs = TextAreaField("Or single cards, by name", render_kw={"rows": 2, "autocomplete": "off"})
    topics = SelectMultipleField("Topics")
    step = SelectField("Step", validate_choice=False)
    project = SelectField("Project", validate_choice=False)
    title = _line("Title", LONGEST_TITLE)
    link = _line("Address", LONGEST_LINK)
    text = TextAreaField("Or the text itself", [_at_most(LONGEST_TEXT)], filters=[_newlines], render_kw={"rows": 4})
    minutes = IntegerField("About how many minutes it takes", [Optional(), NumberRange(1, MOST_MINUTES, _MINUTES)])
    who = RadioField("For whom", default=ALL)
    learners = SelectMultipleField("Learners", coerce=int)
    note = TextAreaField("A word to them", [_at_most(LONGEST_NOTE)], filters=[_newlines], render_kw={"rows": 3})
    subject: Subject

    def __init__(self, cohort_id: int, members: Sequence[Member], *given: Any, **named: Any) -> None:
        """The choices are the roadmap's and the cohort's."""
        super().__init__(*given, **named)
        self.cohort_id = cohort_id
        steps = content.roadmap().steps
        self.kind.choices = [(kind.value, name) for kind, name in texts.KINDS.items()]
        self.who.choices = [(ALL, f"Everybody, {len(members):,} now"), (SOME, "Only some")]
        self.counts = queries.topics_with_cards()
        own = [(row.key, f"{row.deck.title}, your own") for row in offered_decks(cohort_id)]
        self.deck.choices = [("", "No deck"), *own, *((deck.id, deck.title) for deck in catalogue.decks())]
        self.topics.choices = [(topic, content.topic_title(topic)) for topic in self.counts]
        self.step.choices = [(step.id, f"{step.number}. {step.title}") for step in steps]
        self.project.choices = {
            f"{step.number}. {step.short}": [(one.id, one.name) for one in step.projects] for step in steps
        }
        self.learners.choices = [(one.id, one.name) for one in members]
        self.members = members

    @property
    def topics_by_step(self) -> list[tuple[str, list[tuple[str, str, int]]]]:
        """Topics with cards to choose from: (step, [(id, title, cards)])."""
        found = []
        for step in content.roadmap().steps:
            topics = [topic for topic in step.every_topic if topic.id in self.counts]
            if topics:
                rows = [(topic.id, topic.title, self.counts[topic.id]) for topic in topics]
                found.append((f"{step.number}. {step.short}", rows))
        return found

    def asked(self, moment: datetime) -> list[Member]:
        """For whom it is; of everybody only those who have begun or still have a week for it."""
        if self.who.data == ALL:
            return [one for one in self.members if is_asked(one.begins_on, one.day(moment), self.day)]
        chosen = set(self.learners.data or ())
        return [one for one in self.members if one.id in chosen]

    def validate_for(self, today: date) -> bool:
        """Whether this task can be set, for a mentor whose day is `today`."""
        is_valid = super().validate_for(today)
        if self.minutes.process_errors and self.minutes.errors:
            self.minutes.errors = [_MINUTES]
        if self.who.data == SOME and not self.learners.data:
            self.learners.errors = ["Choose at least one learner."]
        if self.kind.data in set(Kind):
            self._find_subject(Kind(self.kind.data))
        return is_valid and not self.errors_now

    @property
    def errors_now(self) -> list[str]:
        """Everything that is wrong, in the order of the fields."""
        return [str(error) for field in self for error in field.errors]

    def _find_subject(self, kind: Kind) -> None:
        self.subject = getattr(self, f"_{kind.value}_subject")()
        if kind in BY_EVIDENCE and not self.errors_now and not 1 <= len(self.subject.card_ids) <= MOST_CARDS:
            too_many = f"These are {len(self.subject.card_ids)} cards. A task has at most {MOST_CARDS}."
            self[{"cards": "deck"}.get(kind.value, kind.value)].errors = [
                too_many if self.subject.card_ids else texts.NO_CARDS
            ]

    def _cards_subject(self) -> Subject:
        slugs = subjects.split_slugs(self.slugs.data or "")
        if slugs and self.deck.data:
            self.deck.errors = ["Choose a deck or name single cards, not both."]
        elif self.deck.data and not self.deck.errors:
            if self.deck.data.startswith(OF_COHORT):
                return subjects.of_cohort_deck(self.cohort_id, self.deck.data)
            return subjects.of_deck(self.deck.data)
        elif not slugs:
            self.deck.errors = ["Choose a deck, or name single cards."]
        found = queries.cards_named(slugs[: MOST_CARDS + 1], self.cohort_id)
        if missing := [slug for slug in slugs[: MOST_CARDS + 1] if slug not in found]:
            self.slugs.errors = [f"There is no card named {', '.join(missing[:5])[:200]}."]
        return subjects.of_cards(found)

    def _topics_subject(self) -> Subject:
        chosen = self.topics.data or []
        if not chosen:
            self.topics.errors = ["Choose at least one topic."]
        return Subject("", "") if self.topics.errors else subjects.of_topics(chosen)

    def _step_subject(self) -> Subject:
        if (step := content.find_step(self.step.data or "")) is not None:
            return subjects.of_step(step)
        self.step.errors = ["Choose a step."]
        return Subject("", "")

    def _project_subject(self) -> Subject:
        if (project := content.find_project(self.project.data or "")) is not None:
            return subjects.of_project(project)
        self.project.errors = ["Choose a project."]
        return Subject("", "")

    def _reading_subject(self) -> Subject:
        link, title = self.link.data or "", self.title.data or ""
        if not title:
            self.title.errors = ["Give it a title."]
        if link and not _is_address(link):
            self.link.errors = ["Write the whole address, beginning with https:// or http://."]
        if not link and not self.text.data:
            self.link.errors = ["Give an address, or write the text below."]
        return Subject(link, title, minutes=self.minutes.data or 0)

    def wish(self) -> Wish:
        """The task of an accepted form."""
        kind = Kind(self.kind.data)
        is_reading = kind is Kind.READING
        return Wish(
            kind,
            self.title.data or self.subject.title,
            self.subject.about,
            (self.text.data or "") if is_reading else "",
            self.note.data or "",
            self.minutes.data if is_reading else None,
            self.day,
            self.who.data == ALL,
            self.subject.card_ids,
        )


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in text
    except ValueError:
        return False


class ExcuseForm(FlaskForm):  # type: ignore[misc]
    """Why nothing is asked of a learner."""

    reason = _line("Why", LONGEST_LINE, DataRequired("Say why: the learner reads it, and so do you in a month."))


class DoneForm(FlaskForm):  # type: ignore[misc]
    """A learner's word that something is done."""

    line = _line("What you take from it, in a line, if you like", LONGEST_LINE)
