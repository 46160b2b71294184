"""Who may do what: every address against nobody, Bob, Alice (whose things they are) and Carol, a mentor."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest
from browser import Browser
from factories import (
    LONG_AGO,
    PASSWORD,
    Everything,
    Person,
    add_code,
    add_cohort,
    add_person,
    add_plan,
    answer_next,
    ask_to_join,
    begin_mentorship,
    change_entry,
    delete_entry,
    everything,
    forget_people,
    hand_in,
    held_by,
    invite,
    join_cohort,
    keep_link,
    know,
    make_own_card,
    me_of,
    new_rows,
    note,
    nudge,
    publish_class_card,
    publish_skills,
    put_back,
    report,
    say,
    set_task,
    share_entry,
    slugs_of,
    stand,
    start_session,
    write_class_card,
    write_comment,
    write_entry,
)
from flask import Flask
from sqlalchemy import update

from portal.accounts import queries as account_queries
from portal.accounts.models import CohortMentor
from portal.assets import asset
from portal.cohorts import actions as cohort_actions
from portal.cohorts import entering
from portal.db import db
from portal.decks import serving
from portal.decks.files import EXAMPLES, written
from portal.decks.models import CohortDeck
from portal.journal.models import Comment
from portal.projects import actions as project_actions
from portal.projects import queries as project_queries
from portal.projects.actions import Actor
from portal.quizzes.presentations import present
from portal.roadmap import content
from portal.security import HEADERS
from quizzes.cards import Ask
from quizzes.handin import criterion_id
from quizzes.thresholds import EVERY

SIGN_IN = 1303  # a 303 to the sign-in form
PEOPLE = ("nobody", "bob", "carol", "alice")


@dataclass(frozen=True)
class Row:
    """What nobody, Bob, Carol and Alice get. `url` and `fields` may name Alice's things: {answer_id}, {token}, ..."""

    url: str
    nobody: int
    bob: int
    carol: int
    alice: int
    fields: dict[str, str] = field(default_factory=dict)


def everybody(url: str, status: int = 200, **fields: str) -> Row:
    """An address without secrets."""
    return Row(url, status, status, status, status, fields)


def signed_in(url: str, status: int = 200, **fields: str) -> Row:
    """An address about whoever asks."""
    return Row(url, SIGN_IN, status, status, status, fields)


def alices(url: str, status: int = 200, **fields: str) -> Row:
    """An address that names something of Alice's: for others it does not exist."""
    return Row(url, SIGN_IN, 404, 404, status, fields)


def mentors(url: str, status: int = 200, **fields: str) -> Row:
    """An address of something that Alice shares with Carol, on Carol's side."""
    return Row(url, SIGN_IN, 404, status, 404, fields)


PROFILE = {"name": "{who}", "zone": "Asia/Tokyo", "rollover_hour": "3", "new_per_day": "7"}
NEW = {"name": "Dora", "email": "dora-{who}@example.org", "password": "seven herons over the marsh", "zone": "UTC"}
NEW_PASSWORD = {"old": PASSWORD, "password": "seven herons over the marsh"}
ENTRY = {"day": "2026-11-20", "body": "Joins.", "tags": "sql", "minutes": ""}
NEW_ENTRY = {**ENTRY, "entry_id": "0", "version": "0", "token": "{who}"}
PLAN = {"monday": "2", "saturday": "3", "start_on": "{tomorrow}", "preset": "balanced"}
BREAK = {"first_on": "{tomorrow}", "last_on": "{tomorrow}"}
DONE = {"done_on": "2026-11-20", "note": "It adds and divides."}
OLD_ENTRY = {**ENTRY, "entry_id": "{entry_id}", "version": "2", "token": "x"}
OWN_CARD = {"front": "What is a join?", "back": "Two tables in one."}
RULES = {one.name: str(one.default) for one in EVERY} | {"quiet_days": "9"}
COHORT = "/cohorts/<int(max=2147483647):cohort_id>"
SUBMISSION = "/submissions/<int(max=2147483647):submission_id>"
MINE = "/feedback/<int(max=2147483647):cohort_id>"
THEIRS = f"{COHORT}/feedback/<int(max=2147483647):learner_id>"
HAND_IN = {"cohort": "{cohort_id}", "repository": "https://example.org/a", "body": "It adds.", "token": "x"}
NEEDS = [need for step in content.roadmap().steps for one in step.projects for need in one.needs]
JUDGEMENT = {f"shows-{criterion_id(need)}": "no" for need in NEEDS}
JUDGEMENT |= {"verdict": "send-back", "said": "Tests are missing.", "token": "z"}
SESSION = "<int(max=2147483647):session_id>"
COHORT = "/cohorts/<int(max=2147483647):cohort_id>"
PERSON = f"{COHORT}/learners/<int(max=2147483647):learner_id>"
VIEW = "/me/mentor-view/<int(max=2147483647):cohort_id>/<int(max=2147483647):mentor_id>"
WAITING = f"{COHORT}/requests/<int(max=2147483647):request_id>"
LEARNER = f"{COHORT}/roster/<int(max=2147483647):learner_id>"
TASK = f"{COHORT}/tasks/<int(max=2147483647):task_id>"
ASKED = f"{TASK}/learners/<int(max=2147483647):learner_id>"
DECKS = f"{COHORT}/decks"
DECK = f"{DECKS}/<int(max=2147483647):deck_id>"
CLASS_CARD = f"{DECKS}/cards/<int(max=2147483647):card_id>"
MY_TASK = "/tasks/<int(max=2147483647):task_id>"
REPORT = "/quizzes/reports/<int(max=2147483647):report_id>"
DECISION = {"verdict": "accept", "words": "We mend it.", "token": "x" * 12, "seen": "0"}
READ_THIS = {"kind": "reading", "title": "Joins", "link": "https://example.org", "who": "all", "due_on": "{tomorrow}"}
TABLE = {
    ("GET", "/"): everybody("/"),
    ("GET", "/about"): everybody("/about"),
    ("GET", "/healthz"): everybody("/healthz"),
    ("GET", "/readyz"): everybody("/readyz"),
    ("GET", "/static/<digest>/<path:path>"): everybody("{stylesheet}"),
    ("GET", "/roadmap"): everybody("/roadmap"),
    ("GET", "/roadmap/after"): everybody("/roadmap/after"),
    ("GET", "/roadmap/plans"): everybody("/roadmap/plans"),
    ("GET", "/roadmap/resources"): everybody("/roadmap/resources"),
    ("GET", "/roadmap/steps/<step_id>"): everybody("/roadmap/steps/{step_id}"),
    ("GET", "/roadmap/topics/<topic_id>"): everybody("/roadmap/topics/bigo.growth"),
    ("GET", "/roadmap/projects/<project_id>"): everybody("/roadmap/projects/{project_id}"),
    ("POST", "/theme"): everybody("/theme", 303, theme="dark"),
    ("GET", "/sign-up"): everybody("/sign-up"),
    ("POST", "/sign-up"): everybody("/sign-up", 303, **NEW),
    ("GET", "/sign-in"): everybody("/sign-in"),
    ("POST", "/sign-in"): everybody("/sign-in", 303, email="alice@example.org", password=PASSWORD),
    ("POST", "/sign-out"): everybody("/sign-out", 303),
    ("GET", "/me"): signed_in("/me"),
    ("POST", "/me"): signed_in("/me", 303, **PROFILE),
    ("POST", "/me/password"): signed_in("/me/password", 303, **NEW_PASSWORD),
    ("POST", "/me/sessions/<int(max=2147483647):session_id>/end"): alices("/me/sessions/{session_id}/end", 303),
    ("GET", "/me/mentors"): signed_in("/me/mentors"),
    ("POST", "/me/mentors"): signed_in("/me/mentors", 303, email="dora@example.org"),
    ("POST", "/me/mentors/<int(max=2147483647):mentor_id>/end"): alices("/me/mentors/{mentor_id}/end", 303),
    ("GET", "/quizzes/"): everybody("/quizzes/"),
    ("GET", "/quizzes/decks/<deck_id>"): everybody("/quizzes/decks/big-o"),
    ("GET", "/quizzes/try"): everybody("/quizzes/try"),
    ("POST", "/quizzes/try"): everybody("/quizzes/try", slug="{slug}", blank="1"),
    ("GET", "/quizzes/today"): signed_in("/quizzes/today"),
    ("GET", "/quizzes/choices"): signed_in("/quizzes/choices"),
    ("POST", "/quizzes/choices"): signed_in("/quizzes/choices", 303, active="1", path="python flask"),
    ("GET", "/quizzes/answers"): signed_in("/quizzes/answers"),
    ("GET", "/quizzes/cards/<slug>"): signed_in("/quizzes/cards/{slug}"),
    ("GET", "/quizzes/cards/<slug>/report"): signed_in("/quizzes/cards/{slug}/report"),
    ("POST", "/quizzes/cards/<slug>/report"): signed_in(
        "/quizzes/cards/{slug}/report", 303, reason="typo", text="A letter is missing."
    ),
    ("GET", "/quizzes/cards/<slug>/reveal"): alices("/quizzes/cards/{self}/reveal?token={self_token}"),
    ("POST", "/quizzes/cards/<slug>/answer"): alices("/quizzes/cards/{slug}/answer", 303, token="{token}", blank="1"),
    ("POST", "/quizzes/cards/<slug>/run"): alices(
        "/quizzes/cards/{written}/run", token="{written_token}", answer="SELECT 1"
    ),
    ("POST", "/quizzes/cards/<slug>/bury"): alices("/quizzes/cards/{slug}/bury", 303, token="{token}"),
    ("POST", "/quizzes/cards/<slug>/suspend"): alices("/quizzes/cards/{slug}/suspend", 303, token="{token}"),
    ("POST", "/quizzes/cards/<slug>/resume"): signed_in("/quizzes/cards/{slug}/resume", 303),
    ("GET", "/quizzes/answers/<int(max=9007199254740991):answer_id>"): alices("/quizzes/answers/{answer_id}"),
    ("POST", "/quizzes/answers/<int(max=9007199254740991):answer_id>/grade"): alices(
        "/quizzes/answers/{answer_id}/grade", 303, token="{grade_token}", grade="3"
    ),
    ("POST", "/quizzes/answers/<int(max=9007199254740991):answer_id>/undo"): alices(
        "/quizzes/answers/{answer_id}/undo", 303
    ),
    ("GET", "/journal"): signed_in("/journal"),
    ("GET", "/journal/search"): signed_in("/journal/search?q=joins"),
    ("GET", "/journal/calendar"): signed_in("/journal/calendar"),
    ("GET", "/journal/calendar/<int(max=9998):year>/<int(min=1, max=12):month>"): signed_in(
        "/journal/calendar/2026/11"
    ),
    ("GET", "/journal/export.zip"): signed_in("/journal/export.zip"),
    ("GET", "/me/data"): signed_in("/me/data"),
    ("GET", "/me/data/export.zip"): signed_in("/me/data/export.zip"),
    ("GET", "/me/leave"): signed_in("/me/leave"),
    ("POST", "/me/leave"): Row("/me/leave", SIGN_IN, 303, 409, 303, {"password": PASSWORD}),
    ("GET", "/journal/new"): signed_in("/journal/new"),
    ("POST", "/journal/new"): signed_in("/journal/new", 303, **NEW_ENTRY),
    ("POST", "/journal/preview"): signed_in("/journal/preview", 200, **NEW_ENTRY),
    ("POST", "/journal/draft"): alices("/journal/draft", 303, **OLD_ENTRY),
    ("POST", "/journal/draft/discard"): alices("/journal/draft/discard", 303, **OLD_ENTRY),
    ("GET", "/journal/<int(max=2147483647):entry_id>"): alices("/journal/{entry_id}"),
    ("GET", "/journal/<int(max=2147483647):entry_id>/edit"): alices("/journal/{entry_id}/edit"),
    ("POST", "/journal/<int(max=2147483647):entry_id>/edit"): alices("/journal/{entry_id}/edit", 303, **OLD_ENTRY),
    ("GET", "/journal/<int(max=2147483647):entry_id>/versions"): alices("/journal/{entry_id}/versions"),
    ("GET", "/journal/<int(max=2147483647):entry_id>/versions/<int(max=2147483647):number>"): alices(
        "/journal/{entry_id}/versions/1"
    ),
    ("POST", "/journal/<int(max=2147483647):entry_id>/delete"): alices("/journal/{entry_id}/delete", 303),
    ("GET", "/journal/<int(max=2147483647):entry_id>/deleted"): alices("/journal/{gone_id}/deleted"),
    ("POST", "/journal/<int(max=2147483647):entry_id>/restore"): alices("/journal/{gone_id}/restore", 303),
    ("POST", "/journal/<int(max=2147483647):entry_id>/mentors/<int(max=2147483647):mentor_id>/share"): alices(
        "/journal/{entry_id}/mentors/{mentor_id}/share", 303
    ),
    ("POST", "/journal/<int(max=2147483647):entry_id>/mentors/<int(max=2147483647):mentor_id>/stop"): alices(
        "/journal/{shared_id}/mentors/{mentor_id}/stop", 303
    ),
    ("POST", "/journal/<int(max=2147483647):entry_id>/mentors/<int(max=2147483647):mentor_id>/comment"): alices(
        "/journal/{shared_id}/mentors/{mentor_id}/comment", 303, body="Joins.", token="x"
    ),
    ("POST", "/journal/<int(max=2147483647):entry_id>/read"): alices("/journal/{shared_id}/read", 303, seen="1"),
    ("POST", "/journal/comments/<int(max=2147483647):comment_id>/delete"): alices(
        "/journal/comments/{comment_id}/delete", 303
    ),
    ("POST", "/journal/comments/<int(max=2147483647):comment_id>/restore"): alices(
        "/journal/comments/{gone_comment_id}/restore", 303
    ),
    ("GET", "/journal/shared"): mentors("/journal/shared"),
    ("GET", "/journal/shared/<int(max=2147483647):entry_id>"): mentors("/journal/shared/{shared_id}"),
    ("POST", "/journal/shared/<int(max=2147483647):entry_id>/comment"): mentors(
        "/journal/shared/{shared_id}/comment", 303, body="Joins.", token="x"
    ),
    ("POST", "/journal/shared/<int(max=2147483647):entry_id>/read"): mentors(
        "/journal/shared/{shared_id}/read", 303, seen="1"
    ),
    ("POST", "/journal/link"): signed_in("/journal/link", 200, **NEW_ENTRY, link="sql.joins"),
    ("GET", "/journal/about"): signed_in("/journal/about?topic=sql.joins", 303),
    ("GET", "/journal/cards"): signed_in("/journal/cards"),
    ("POST", "/journal/<int(max=2147483647):entry_id>/looked"): alices("/journal/{decision_id}/looked", 303),
    ("GET", "/journal/notes/<topic_id>"): signed_in("/journal/notes/sql.joins"),
    ("POST", "/journal/notes/<topic_id>"): signed_in("/journal/notes/bigo.growth", 303, body="x", version="0"),
    ("POST", "/journal/notes/<topic_id>/links"): signed_in(
        "/journal/notes/sql.joins/links", 303, title="Joins", address="https://example.org/joins"
    ),
    ("POST", "/journal/notes/<topic_id>/links/<int(max=2147483647):link_id>/remove"): alices(
        "/journal/notes/sql.joins/links/{link_id}/remove", 303
    ),
    ("GET", "/quizzes/own/new"): signed_in("/quizzes/own/new"),
    ("POST", "/quizzes/own/new"): signed_in("/quizzes/own/new", 303, **OWN_CARD, token="{who}"),
    ("GET", "/quizzes/own/<slug>/edit"): alices("/quizzes/own/{own}/edit"),
    ("POST", "/quizzes/own/<slug>/edit"): alices("/quizzes/own/{own}/edit", 303, **OWN_CARD, version="1"),
    ("POST", "/quizzes/own/<slug>/delete"): alices("/quizzes/own/{own}/delete", 303),
    ("POST", "/quizzes/own/<slug>/restore"): alices("/quizzes/own/{own}/restore", 303),
    ("GET", "/plan"): signed_in("/plan"),
    ("GET", "/plan/edit"): signed_in("/plan/edit"),
    ("POST", "/plan/edit"): signed_in("/plan/edit", 303, **PLAN),
    ("POST", "/plan/preview"): signed_in("/plan/preview", 200, **PLAN),
    ("POST", "/plan/agree"): alices("/plan/agree", 303),
    ("POST", "/plan/drop"): alices("/plan/drop", 303),
    ("GET", "/plan/items/<item_id>"): alices("/plan/items/calculator-app"),
    ("POST", "/plan/items/<item_id>"): alices("/plan/items/calculator-app", 303, **DONE),
    ("POST", "/plan/items/<item_id>/reopen"): alices("/plan/items/calculator-app/reopen", 303),
    ("GET", "/plan/months/<name>"): alices("/plan/months/2026-12"),
    ("GET", "/plan/breaks"): alices("/plan/breaks"),
    ("POST", "/plan/breaks"): alices("/plan/breaks", 303, **BREAK),
    ("POST", "/plan/breaks/<int(max=2147483647):break_id>/cancel"): alices("/plan/breaks/{break_id}/cancel", 303),
    ("POST", "/plan/breaks/<int(max=2147483647):break_id>/spread"): alices("/plan/breaks/{break_id}/spread", 303),
    ("POST", "/plan/calendar"): alices("/plan/calendar", 303),
    ("POST", "/plan/calendar/close"): alices("/plan/calendar/close", 303),
    ("GET", "/plan/calendar/<token>.ics"): everybody("/plan/calendar/{feed}.ics"),
    ("GET", "/progress"): signed_in("/progress"),
    ("GET", "/progress/skills"): signed_in("/progress/skills"),
    ("POST", "/progress/skills"): signed_in("/progress/skills", 303, shown_name="{who}"),
    ("GET", "/progress/skills/preview"): alices("/progress/skills/preview"),
    ("POST", "/progress/skills/publish"): signed_in("/progress/skills/publish", 303),
    ("POST", "/progress/skills/withdraw"): signed_in("/progress/skills/withdraw", 303),
    ("GET", "/skills/<string(length=22):token>"): everybody("/skills/{skills_token}"),
    ("GET", "/progress/habit"): signed_in("/progress/habit"),
    ("GET", "/study"): signed_in("/study"),
    ("GET", "/study/cost"): signed_in("/study/cost?step=4"),
    ("GET", "/study/timer"): signed_in("/study/timer", 303),
    ("POST", "/study/sessions"): signed_in("/study/sessions", 303, token="{who}", topic="sql.joins"),
    ("POST", f"/study/sessions/{SESSION}/stop"): alices("/study/sessions/{study_id}/stop", 303),
    ("POST", f"/study/sessions/{SESSION}/go-on"): alices("/study/sessions/{study_id}/go-on", 303),
    ("GET", f"/study/sessions/{SESSION}/correct"): alices("/study/sessions/{study_id}/correct"),
    ("POST", f"/study/sessions/{SESSION}/correct"): alices("/study/sessions/{study_id}/correct", 303, minutes="0"),
    ("GET", PERSON): mentors("/cohorts/{cohort_id}/learners/{learner_id}"),
    ("GET", "/me/seen"): signed_in("/me/seen"),
    ("GET", "/me/mentor-view"): Row("/me/mentor-view", SIGN_IN, 200, 200, 303),
    ("GET", VIEW): alices("/me/mentor-view/{cohort_id}/{mentor_id}"),
    ("GET", "/cohorts"): signed_in("/cohorts"),
    ("POST", "/cohorts"): Row("/cohorts", SIGN_IN, 404, 303, 404, {"name": "Spring"}),
    ("GET", f"{COHORT}/settings"): mentors("/cohorts/{cohort}/settings"),
    ("POST", f"{COHORT}/settings"): mentors("/cohorts/{cohort}/settings", 303, name="Spring"),
    ("POST", f"{COHORT}/archive"): mentors("/cohorts/{cohort}/archive", 303),
    ("POST", f"{COHORT}/restore"): mentors("/cohorts/{archived}/restore", 303),
    ("POST", f"{COHORT}/mentors"): mentors("/cohorts/{cohort}/mentors", 303, email="dora@example.org"),
    ("POST", f"{COHORT}/mentors/<int(max=2147483647):mentor_id>/remove"): mentors(
        "/cohorts/{shared_cohort}/mentors/{mentor_id}/remove", 303
    ),
    ("GET", f"{COHORT}/roster"): mentors("/cohorts/{cohort}/roster"),
    ("GET", f"{COHORT}/roster.csv"): mentors("/cohorts/{cohort}/roster.csv"),
    ("GET", LEARNER): mentors("/cohorts/{cohort}/roster/{learner_id}"),
    ("POST", LEARNER): mentors("/cohorts/{cohort}/roster/{learner_id}", 303, starts_on="2026-11-22"),
    ("POST", f"{LEARNER}/move"): mentors("/cohorts/{cohort}/roster/{learner_id}/move", 303, cohort="{shared_cohort}"),
    ("POST", f"{LEARNER}/remove"): mentors("/cohorts/{cohort}/roster/{learner_id}/remove", 303),
    ("POST", f"{COHORT}/codes"): mentors("/cohorts/{cohort}/codes", 303, days="7"),
    ("POST", f"{COHORT}/codes/<int(max=2147483647):code_id>/revoke"): mentors(
        "/cohorts/{cohort}/codes/{code_id}/revoke", 303
    ),
    ("POST", f"{WAITING}/accept"): mentors("/cohorts/{shared_cohort}/requests/{request_id}/accept", 303),
    ("POST", f"{WAITING}/decline"): mentors("/cohorts/{shared_cohort}/requests/{request_id}/decline", 303),
    ("GET", f"{COHORT}/invitations"): mentors("/cohorts/{cohort}/invitations"),
    ("GET", f"{COHORT}/invitations/file"): mentors("/cohorts/{cohort}/invitations/file"),
    ("POST", f"{COHORT}/invitations/file"): mentors("/cohorts/{cohort}/invitations/file", 422),
    ("POST", f"{COHORT}/invitations/file/accept"): mentors("/cohorts/{cohort}/invitations/file/accept", 303),
    ("POST", f"{COHORT}/invitations/file/discard"): mentors("/cohorts/{cohort}/invitations/file/discard", 303),
    ("POST", f"{COHORT}/invitations/revoke"): mentors("/cohorts/{cohort}/invitations/revoke", 303),
    ("POST", f"{COHORT}/invitations/<int(max=2147483647):invitation_id>/revoke"): mentors(
        "/cohorts/{cohort}/invitations/{invitation_id}/revoke", 303
    ),
    ("GET", "/cohorts/join"): signed_in("/cohorts/join"),
    ("POST", "/cohorts/join"): signed_in("/cohorts/join", 303, code="{code}"),
    ("GET", "/cohorts/join/<string(length=22):token>"): everybody("/cohorts/join/{way}"),
    ("POST", "/cohorts/join/<string(length=22):token>"): Row("/cohorts/join/{way}", SIGN_IN, 303, 409, 409),
    ("POST", f"{COHORT}/leave"): alices("/cohorts/{cohort}/leave", 303),
    ("POST", "/cohorts/invitations/<int(max=2147483647):invitation_id>/accept"): alices(
        "/cohorts/invitations/{alices_invitation}/accept", 303
    ),
    ("POST", "/cohorts/invitations/<int(max=2147483647):invitation_id>/decline"): alices(
        "/cohorts/invitations/{alices_invitation}/decline", 303
    ),
    ("POST", "/cohorts/requests/<int(max=2147483647):request_id>/withdraw"): alices(
        "/cohorts/requests/{request_id}/withdraw", 303
    ),
    ("GET", COHORT): mentors("/cohorts/{cohort_id}"),
    ("GET", f"{COHORT}/news"): mentors("/cohorts/{cohort_id}/news", 303),
    ("GET", f"{COHORT}/queue/news"): mentors("/cohorts/{cohort_id}/queue/news", 303),
    ("GET", f"{COHORT}/tasks/news"): mentors("/cohorts/{cohort_id}/tasks/news", 303),
    ("GET", f"{COHORT}/members.csv"): mentors("/cohorts/{cohort_id}/members.csv"),
    ("GET", f"{COHORT}/rules"): mentors("/cohorts/{cohort_id}/rules"),
    ("POST", f"{COHORT}/rules"): mentors("/cohorts/{cohort_id}/rules", 303, **RULES),
    ("POST", f"{COHORT}/rules/reset"): mentors("/cohorts/{cohort_id}/rules/reset", 303),
    ("GET", f"{PERSON}/write"): mentors("/cohorts/{cohort_id}/learners/{learner_id}/write"),
    ("POST", f"{PERSON}/write"): mentors(
        "/cohorts/{cohort_id}/learners/{learner_id}/write", 303, text="Hi.", token="x"
    ),
    ("GET", f"{PERSON}/note"): mentors("/cohorts/{cohort_id}/learners/{learner_id}/note"),
    ("POST", f"{PERSON}/note"): mentors("/cohorts/{cohort_id}/learners/{learner_id}/note", 303, text="Hi.", token="x"),
    ("POST", f"{PERSON}/notes/<int(max=2147483647):note_id>/remove"): mentors(
        "/cohorts/{cohort_id}/learners/{learner_id}/notes/{note_id}/remove", 303
    ),
    ("GET", f"{PERSON}/snooze"): mentors("/cohorts/{cohort_id}/learners/{learner_id}/snooze"),
    ("POST", f"{PERSON}/snooze"): mentors(
        "/cohorts/{cohort_id}/learners/{learner_id}/snooze", 303, until_on="{tomorrow}", reason="Ill."
    ),
    ("POST", f"{PERSON}/wake"): mentors("/cohorts/{cohort_id}/learners/{learner_id}/wake", 303),
    ("GET", DECKS): Row("/cohorts/{cohort_id}/decks", SIGN_IN, 404, 200, 200),
    ("POST", DECKS): mentors("/cohorts/{cohort_id}/decks", 303, title="Ours"),
    ("GET", f"{DECKS}/example.csv"): mentors("/cohorts/{cohort_id}/decks/example.csv"),
    ("GET", DECK): mentors("/cohorts/{cohort_id}/decks/{deck_id}"),
    ("POST", DECK): mentors("/cohorts/{cohort_id}/decks/{deck_id}", 303, title="Ours"),
    ("POST", f"{DECK}/ask"): mentors("/cohorts/{cohort_id}/decks/{deck_id}/ask", 303),
    ("POST", f"{DECK}/publish"): mentors("/cohorts/{cohort_id}/decks/{deck_id}/publish", 303),
    ("POST", f"{DECK}/archive"): mentors("/cohorts/{cohort_id}/decks/{deck_id}/archive", 303),
    ("POST", f"{DECK}/restore"): mentors("/cohorts/{cohort_id}/decks/{archived_deck}/restore", 303),
    ("GET", f"{DECK}/cards.csv"): mentors("/cohorts/{cohort_id}/decks/{deck_id}/cards.csv"),
    ("GET", f"{DECK}/import"): mentors("/cohorts/{cohort_id}/decks/{deck_id}/import"),
    ("POST", f"{DECK}/import"): mentors(
        "/cohorts/{cohort_id}/decks/{deck_id}/import", 303, text=written(EXAMPLES), token="x", accept="1"
    ),
    ("GET", f"{DECK}/cards/new"): mentors("/cohorts/{cohort_id}/decks/{deck_id}/cards/new"),
    ("POST", f"{DECK}/cards/new"): mentors(
        "/cohorts/{cohort_id}/decks/{deck_id}/cards/new", 303, question="Why?", token="x"
    ),
    ("GET", CLASS_CARD): mentors("/cohorts/{cohort_id}/decks/cards/{card_id}"),
    ("GET", f"{CLASS_CARD}/edit"): mentors("/cohorts/{cohort_id}/decks/cards/{card_id}/edit"),
    ("POST", f"{CLASS_CARD}/edit"): mentors(
        "/cohorts/{cohort_id}/decks/cards/{card_id}/edit", 303, question="Why?", version="1"
    ),
    ("GET", f"{CLASS_CARD}/check"): mentors("/cohorts/{cohort_id}/decks/cards/{card_id}/check"),
    ("POST", f"{CLASS_CARD}/check"): mentors("/cohorts/{cohort_id}/decks/cards/{card_id}/check", 303, blank="1"),
    ("POST", f"{CLASS_CARD}/judge"): mentors("/cohorts/{cohort_id}/decks/cards/{card_id}/judge", 303, verdict="right"),
    ("POST", f"{CLASS_CARD}/ask"): mentors("/cohorts/{cohort_id}/decks/cards/{card_id}/ask", 303),
    ("POST", f"{CLASS_CARD}/move"): mentors("/cohorts/{cohort_id}/decks/cards/{card_id}/move", 303, to="up"),
    ("POST", f"{CLASS_CARD}/withdraw"): mentors("/cohorts/{cohort_id}/decks/cards/{served_id}/withdraw", 303),
    ("POST", f"{CLASS_CARD}/restore"): mentors("/cohorts/{cohort_id}/decks/cards/{served_id}/restore", 303),
    ("GET", f"{COHORT}/tasks"): mentors("/cohorts/{cohort_id}/tasks"),
    ("POST", f"{COHORT}/tasks"): mentors("/cohorts/{cohort_id}/tasks", 303, **(READ_THIS | {"token": "x"})),
    ("GET", f"{COHORT}/tasks/new"): mentors("/cohorts/{cohort_id}/tasks/new?learner={learner_id}&topic=sql.joins"),
    ("POST", f"{COHORT}/tasks/new"): mentors("/cohorts/{cohort_id}/tasks/new", 200, **READ_THIS),
    ("GET", TASK): mentors("/cohorts/{cohort_id}/tasks/{task_id}"),
    ("POST", f"{TASK}/due"): mentors("/cohorts/{cohort_id}/tasks/{task_id}/due", 303, due_on="{tomorrow}"),
    ("POST", f"{TASK}/withdraw"): mentors("/cohorts/{cohort_id}/tasks/{task_id}/withdraw", 303),
    ("POST", f"{ASKED}/excuse"): mentors(
        "/cohorts/{cohort_id}/tasks/{task_id}/learners/{learner_id}/excuse", 303, reason="Is ill."
    ),
    ("POST", f"{ASKED}/ask"): mentors("/cohorts/{cohort_id}/tasks/{task_id}/learners/{learner_id}/ask", 303),
    ("GET", "/tasks"): signed_in("/tasks"),
    ("GET", MY_TASK): alices("/tasks/{task_id}"),
    ("POST", f"{MY_TASK}/begin"): alices("/tasks/{task_id}/begin", 303),
    ("POST", f"{MY_TASK}/done"): alices("/tasks/{task_id}/done", 303, line="A copy."),
    ("POST", f"{MY_TASK}/reopen"): alices("/tasks/{task_id}/reopen", 303),
    ("GET", "/cohorts/messages"): signed_in("/cohorts/messages"),
    ("POST", "/cohorts/messages/<int(max=2147483647):message_id>/answer"): alices(
        "/cohorts/messages/{message_id}/answer", 303, quick="1"
    ),
    ("POST", "/cohorts/messages/<int(max=2147483647):message_id>/seen"): alices(
        "/cohorts/messages/{message_id}/seen", 303
    ),
    ("GET", "/quizzes/reports"): mentors("/quizzes/reports"),
    ("GET", REPORT): mentors("/quizzes/reports/{report_id}"),
    ("POST", f"{REPORT}/decide"): mentors("/quizzes/reports/{report_id}/decide", 303, **DECISION),
    ("GET", "/quizzes/bank"): mentors("/quizzes/bank"),
    ("GET", "/quizzes/bank/decks/<deck_id>"): mentors("/quizzes/bank/decks/big-o"),
    ("GET", "/quizzes/bank/misconceptions"): mentors("/quizzes/bank/misconceptions"),
    ("GET", "/quizzes/bank/<slug>"): mentors("/quizzes/bank/{slug}"),
    ("GET", f"{COHORT}/heat"): mentors("/cohorts/{cohort_id}/heat"),
    ("GET", f"{COHORT}/heat.csv"): mentors("/cohorts/{cohort_id}/heat.csv"),
    ("GET", f"{COHORT}/heat/<topic_id>"): mentors("/cohorts/{cohort_id}/heat/sql.joins.outer"),
    ("GET", f"{COHORT}/learners/<int(max=2147483647):learner_id>/topics/<topic_id>"): mentors(
        "/cohorts/{cohort_id}/learners/{learner_id}/topics/sql.joins.outer"
    ),
    ("GET", f"{COHORT}/misconceptions"): mentors("/cohorts/{cohort_id}/misconceptions"),
    ("GET", f"{COHORT}/misconceptions/<name>"): mentors("/cohorts/{cohort_id}/misconceptions/count-star-skips-null"),
    ("GET", "/projects"): signed_in("/projects"),
    ("GET", "/projects/<project_id>"): signed_in("/projects/{project_id}"),
    ("POST", "/projects/<project_id>/hand-in"): alices("/projects/{project_id}/hand-in", 303, **HAND_IN),
    ("POST", f"/projects{SUBMISSION}/withdraw"): alices(
        "/projects/submissions/{submission_id}/withdraw", 303, token="x"
    ),
    ("GET", f"{COHORT}{SUBMISSION}"): mentors("/cohorts/{cohort_id}/submissions/{submission_id}"),
    ("POST", f"{COHORT}{SUBMISSION}/judge"): mentors(
        "/cohorts/{cohort_id}/submissions/{submission_id}/judge", 303, **JUDGEMENT
    ),
    ("POST", f"{COHORT}{SUBMISSION}/take-back"): mentors(
        "/cohorts/{cohort_id}/submissions/{accepted_id}/take-back", 303, reason="Copied.", token="y"
    ),
    ("GET", "/feedback"): Row("/feedback", SIGN_IN, 200, 200, 303),
    ("GET", MINE): alices("/feedback/{cohort_id}"),
    ("POST", f"{MINE}/write"): alices("/feedback/{cohort_id}/write", 303, body="Hi.", token="x"),
    ("POST", f"{MINE}/seen"): alices("/feedback/{cohort_id}/seen", 303, seen="1"),
    ("POST", "/feedback/messages/<int(max=2147483647):message_id>/delete"): alices(
        "/feedback/messages/{thread_said_id}/delete", 303
    ),
    ("GET", f"{COHORT}/queue"): mentors("/cohorts/{cohort_id}/queue"),
    ("GET", THEIRS): mentors("/cohorts/{cohort_id}/feedback/{learner_id}"),
    ("POST", f"{THEIRS}/write"): mentors(
        "/cohorts/{cohort_id}/feedback/{learner_id}/write", 303, body="Hi.", token="x"
    ),
    ("POST", f"{THEIRS}/seen"): mentors("/cohorts/{cohort_id}/feedback/{learner_id}/seen", 303, seen="1"),
    ("POST", f"{THEIRS}/settle"): mentors("/cohorts/{cohort_id}/feedback/{learner_id}/settle", 303),
}

WITHOUT_RESULTS = tuple(
    f"{COHORT}/{name}"
    for name in ("settings", "roster", "invitations", "rules", "news", "tasks/new", "queue/news", "decks")
)
# Opening one of these, Carol leaves a row in mentor_views.
SAY_WHO_LOOKED = {
    rule
    for method, rule in TABLE
    if method == "GET" and rule.startswith(COHORT) and not rule.startswith(WITHOUT_RESULTS)
}
SAY_WHO_LOOKED.add("/journal/shared/<int(max=2147483647):entry_id>")
# Another page would take the text away.
SENT_WHILE_TYPING = {"/journal/preview", "/journal/draft", "/journal/link"}
SENT_WHILE_TYPING |= {f"{COHORT}{place}/news" for place in ("", "/tasks", "/queue")}
PAGES = [key for key in TABLE if key[0] == "GET"]
FORMS = [key for key in TABLE if key[0] != "GET"]
REFUSED = [key for key, row in TABLE.items() if {SIGN_IN, 404} & {row.nobody, row.bob, row.carol, row.alice}]


@dataclass(frozen=True)
class Scene:
    """Four browsers and the things of Alice's that addresses name."""

    people: dict[str, Browser]
    things: dict[str, str]

    def ask(self, who: str, method: str, row: Row, htmx: bool = False) -> int:
        """What this person gets; SIGN_IN instead of 303 when it leads to the sign-in form."""
        url = row.url.format(**self.things)
        fields = {name: value.format(**self.things, who=who) for name, value in row.fields.items()}
        browser = self.people[who]
        browser.post(url, fields, htmx, None) if method == "POST" else browser.get(url, htmx, None)
        response = browser.response
        leads_to_sign_in = response.status_code == 303 and response.location.startswith("/sign-in")
        return SIGN_IN if leads_to_sign_in else response.status_code


@dataclass(frozen=True)
class Story:
    """The rows that came with what Alice did, and who has a session."""

    rows: Everything
    people: dict[str, Person]
    things: dict[str, str]


def live_in_cohorts(alice: Person, carol: Person, dora: Person) -> dict[str, str]:
    """Alice learns with Carol, asks to come into a cohort of Carol and Dora, and is invited into one of Dora's."""
    cohort, shared, archived, doras = (add_cohort(mentor) for mentor in (carol, carol, carol, dora))
    join_cohort(cohort, alice)
    db.session.add(CohortMentor(cohort_id=shared, mentor_id=dora.id, began_at=LONG_AGO))
    code_id, code, way = add_code(cohort)
    entering.keep_upload(carol.id, cohort, "email\nx@example.org\n", datetime.now(UTC))
    cohort_actions.archive(archived, datetime.now(UTC))
    request_id = ask_to_join(alice, add_code(shared, needs_approval=True)[2])
    named = {"cohort": cohort, "shared_cohort": shared, "archived": archived, "code_id": code_id}
    named |= {"request_id": request_id, "invitation_id": invite(carol, cohort, "eve@example.org").id}
    named["alices_invitation"] = invite(dora, doras, alice.email).id
    named |= {"cohort_id": cohort, "learner_id": alice.id}
    know(alice, "sql.joins.outer", 634, 912)
    stand(cohort, alice, "Alice", datetime.now(UTC), reasons={"quiet": "7 days without a review"})
    named |= {"note_id": note(cohort, carol, alice), "message_id": nudge(cohort, carol, alice)}
    accepted_id = hand_in(cohort, alice, "library-database")
    done = project_queries.find_submission(alice.id, accepted_id)
    assert done is not None
    project_actions.accept(done, Actor(carol.id, "Carol", "x"), (), "", "It is enough.", datetime.now(UTC))
    named |= {"accepted_id": accepted_id, "submission_id": hand_in(cohort, alice, "contact-manager")}
    named["task_id"] = set_task(cohort, carol, alice)
    named["deck_id"], named["card_id"] = write_class_card(cohort, dora)
    named["archived_deck"], named["served_id"] = publish_class_card(cohort, dora, carol)
    serving.archive_deck(db.session.get_one(CohortDeck, named["archived_deck"]), datetime.now(UTC))
    db.session.commit()
    named["report_id"] = report(alice, "http-401-or-403")
    named["thread_said_id"] = say(alice, cohort, alice, "Where do I begin?")
    return {"code": code, "way": way, **{name: str(id_) for name, id_ in named.items()}}


@cache
def story(app: Flask, _day: date) -> Story:
    """Alice did some of everything: answers, entries (one deleted, one shared), comments, a plan. Others: nothing.

    It is lived once a day and put back for each test: living takes a quarter of a second, and sixty forms ask for it.
    """
    stocked = everything(app)
    alice = add_person(app, "alice@example.org", "Alice")
    carol, dora = (add_person(app, f"{who.lower()}@example.org", who, role="mentor") for who in ("Carol", "Dora"))
    moment, key = datetime.now(UTC), app.config["SECRET_KEY"]
    with app.app_context():
        answered, answer_id = answer_next(me_of(alice), moment)
        session_id = account_queries.sessions_of(alice.id)[0].id
        stylesheet = asset("site.css")
        entry_id, gone_id, shared_id = (write_entry(alice.id, moment.date(), "Joins.", ["sql"]) for _ in range(3))
        begin_mentorship(alice.id, carol)
        share_entry(alice.id, shared_id, carol.id)
        said_id, unsaid_id = (write_comment(alice.id, shared_id, carol.id, "Joins?") for _ in range(2))
        db.session.execute(update(Comment).where(Comment.id == unsaid_id).values(deleted_at=moment))
        db.session.commit()
        change_entry(alice.id, entry_id, "Joins again.")
        delete_entry(alice.id, gone_id)
        decision_id = write_entry(alice.id, moment.date(), "Learn Go.", kind="decision")
        own, link_id = make_own_card(alice.id, moment), keep_link(alice.id, "sql.joins")
        break_id = add_plan(alice.id, moment, feed="alices-calendar")
        skills_token = publish_skills(alice.id, moment)
        study_id = start_session(alice.id, moment, "sql.joins")
        of_cohort = live_in_cohorts(alice, carol, dora)
    Browser(app).post("/sign-in", {"email": "alice@example.org", "password": PASSWORD}, status=303)
    shown, of_self = slugs_of(app, Ask.CHOICE)[-1], slugs_of(app, Ask.SELF)[0]
    held, held_self = held_by(app, alice, shown), held_by(app, alice, of_self)
    things = {
        "answer_id": str(answer_id),
        "session_id": str(session_id),
        "entry_id": str(entry_id),
        "gone_id": str(gone_id),
        "shared_id": str(shared_id),
        "comment_id": str(said_id),
        "gone_comment_id": str(unsaid_id),
        "mentor_id": str(carol.id),
        "decision_id": str(decision_id),
        "own": own,
        "link_id": str(link_id),
        "break_id": str(break_id),
        "feed": "alices-calendar",
        "tomorrow": (moment + timedelta(days=1)).date().isoformat(),
        "skills_token": skills_token,
        "study_id": str(study_id),
        "slug": shown,
        "self": of_self,
        "token": present(alice.id, held.card_id, 0, moment).sign(key),
        **of_written(app, alice, moment, key),
        "self_token": present(alice.id, held_self.card_id, 0, moment).sign(key),
        "grade_token": present(alice.id, answered.card_id, 1, moment).sign(key),
        "stylesheet": stylesheet,
        "step_id": content.roadmap().steps[0].id,
        "project_id": content.roadmap().steps[0].projects[0].id,
        **of_cohort,
    }
    people = {"bob": add_person(app, "bob@example.org", "Bob"), "carol": carol, "alice": alice}
    return Story(new_rows(stocked, everything(app)), people, things)


def of_written(app: Flask, alice: Person, moment: datetime, key: str) -> dict[str, str]:
    """A card whose answer Alice writes, and the token of its form."""
    slug = slugs_of(app, Ask.WRITE_SQL)[0]
    return {"written": slug, "written_token": present(alice.id, held_by(app, alice, slug).card_id, 0, moment).sign(key)}


@pytest.fixture
def scene(app: Flask) -> Scene:
    """The story as it was lived, and a browser for everybody in it."""
    lived = story(app, (datetime.now(UTC) - timedelta(hours=4)).date())
    forget_people(app)
    put_back(app, lived.rows)
    signed_in = {name: Browser(app).signed_in(person) for name, person in lived.people.items()}
    return Scene({"nobody": Browser(app), **signed_in}, lived.things)


def test_no_address_is_missing_in_the_table(app: Flask) -> None:
    rules = {(method, rule.rule) for rule in app.url_map.iter_rules() for method in rule.methods or ()}
    assert {(method, rule) for method, rule in rules if method not in {"HEAD", "OPTIONS"}} == set(TABLE)


def test_every_page_opens_for_those_it_is_for_and_writes_nothing(scene: Scene, app: Flask) -> None:
    for method, rule in PAGES:
        row, before = TABLE[method, rule], everything(app)
        for who in PEOPLE:
            status = scene.ask(who, method, row)
            assert status == getattr(row, who), f"{rule} for {who}: {status}"
        after = everything(app)
        looks = len(after.pop("mentor_views")) - len(before.pop("mentor_views"))
        assert looks == (rule in SAY_WHO_LOOKED), f"GET {rule}: {looks} looks"
        assert after == before, f"GET {rule} wrote something"


@pytest.mark.parametrize(("method", "rule"), FORMS, ids=map(" ".join, FORMS))
def test_everybody_changes_what_is_theirs_and_nothing_of_others(
    scene: Scene, app: Flask, method: str, rule: str
) -> None:
    row, before = TABLE[method, rule], everything(app)
    for who in PEOPLE:
        status = scene.ask(who, method, row)
        assert status == getattr(row, who), f"{who}: {status}"
        after = everything(app)
        if status in {SIGN_IN, 404}:
            assert after == before, f"{method} {rule} wrote something for {who}"
        before = after


def test_a_fragment_is_refused_without_a_page_inside_it(scene: Scene, app: Flask) -> None:
    before = everything(app)
    for method, rule in REFUSED:
        row = TABLE[method, rule]
        for who in PEOPLE:
            wanted = getattr(row, who)
            if wanted == SIGN_IN:
                assert scene.ask(who, method, row, htmx=True) == 401, f"{rule} for {who}"
                response = scene.people[who].response
                leads_to = response.headers.get("HX-Redirect", "")
                assert leads_to == "" if rule in SENT_WHILE_TYPING else leads_to.startswith("/sign-in"), rule
                assert response.text == "", rule
            elif wanted == 404:
                assert scene.ask(who, method, row, htmx=True) == 404, f"{rule} for {who}"
                assert "<html" not in scene.people[who].response.text, rule
    assert everything(app) == before


def test_every_page_is_kept_by_nobody_but_the_stylesheet_by_everybody(scene: Scene) -> None:
    for method, rule in PAGES:
        scene.ask("alice", method, TABLE[method, rule])
        headers = scene.people["alice"].response.headers
        assert [(name, ", ".join(headers.getlist(name))) for name, _ in HEADERS] == HEADERS, rule
        if rule.startswith("/static/"):
            assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
        elif rule.endswith(".ics"):
            assert headers["Cache-Control"] == "private, max-age=3600", "a calendar program may keep what it fetched"
        else:
            assert headers["Cache-Control"] == "no-store", rule
            assert {"HX-Request", "Cookie"} <= {word.strip() for word in headers["Vary"].split(",")}, rule


@pytest.mark.parametrize("role", ["mentor", "admin"])
def test_an_admin_may_do_what_a_mentor_may(app: Flask, role: str) -> None:
    Browser(app).signed_in(add_person(app, "dora@example.org", "Dora", role=role)).get("/quizzes/reports")


def test_after_signing_in_nobody_comes_back_to_the_page_they_wanted(client: Browser, app: Flask) -> None:
    add_person(app, "alice@example.org", "Alice")
    client.get("/quizzes/answers?day=today", status=303)
    client.follow()
    client.send_form("/sign-in", htmx=False, email="alice@example.org", password=PASSWORD)
    assert client.response.request.path == "/quizzes/answers"
