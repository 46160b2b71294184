"""What /about says of the proofs and of what is kept is the whole of it: a new engine or table is named there first."""

from browser import Browser

from portal.db import db
from quizzes.truth import ENGINES

PROVED_AS = {
    "SQL": {"sql"},
    "What you write": {"write-sql", "write-regex"},
    "Python": {"python"},
    "Tests": {"pytest"},
    "Git": {"git"},
    "Patterns": {"regex"},
    "Big O": {"bigo"},
    "HTTP": {"http"},
    "HTTP status": {"registry"},
    "MongoDB": {"mongo"},
    "The rest": {"source"},
}
KEPT_AS = {
    "Your name, e-mail address, time zone": "users",
    "Each answer": "review_log card_states review_days day_counts desks calls beliefs topic_standings standings",
    "your journal": "journal_entries journal_marks",
    "its earlier versions": "journal_versions journal_words",
    "drafts": "journal_drafts",
    "notes, links and tags": "topic_notes topic_links journal_links journal_tags",
    "your own cards": "own_cards cards",
    "the cards you reported": "card_reports",
    "every comment and message": "journal_comments feedback_messages feedback_readers feedback_threads",
    "Your plan": "plans plan_hours plan_evidence plan_feeds",
    "breaks": "plan_breaks",
    "study timer": "study_sessions",
    "The projects you hand in": "submissions submission_events submission_entries",
    "the page of skills you publish": "skill_pages public_claims",
    "Who your mentors are and were": "mentorships",
    "the entries you share with them": "journal_shares journal_share_events",
    "the cohorts you belong to": "memberships cohort_moves",
    "asked to join": "join_requests",
    "were invited to": "invitations",
    "tasks": "tasks task_learners task_cards",
    "messages, notes for themselves": "nudges mentor_notes",
    "what they put off": "snoozes",
    "opens a page about you": "mentor_views",
    "the cohorts and decks you lead": "cohort_mentors cohort_decks",
    "the cards you wrote for them": "cohort_cards",
    "what you decided": "cohort_card_events report_decisions",
    "a roster file": "roster_uploads",
    "For each browser": "sessions",
    "After a failed sign-in": "sign_in_failures",
}
OF_NOBODY = {"cohorts", "cohort_days", "join_codes", "decks", "card_pairs", "item_statistics", "belief_statistics"}


def test_the_page_names_every_engine(client: Browser) -> None:
    page = client.get("/about")
    assert [term.text for term in page.find("dt")] == list(PROVED_AS)
    assert set().union(*PROVED_AS.values()) == set(ENGINES)


def test_the_page_says_what_is_kept(client: Browser) -> None:
    said = client.get("/about").said.partition("What is kept of you")[2]
    assert [words for words in KEPT_AS if words not in said] == []


def test_every_table_with_something_of_a_person_is_said_on_the_page() -> None:
    named = {table for tables in KEPT_AS.values() for table in tables.split()}
    assert named | OF_NOBODY == set(db.metadata.tables)
    keys = {table.name: {key.target_fullname for key in table.foreign_keys} for table in db.metadata.sorted_tables}
    assert [name for name in sorted(OF_NOBODY) if "users.id" in keys[name]] == []


def test_who_is_signed_in_is_led_to_who_looked(alice: Browser) -> None:
    assert [one.get("href") for one in alice.get("/about").find("a") if one.text == "Who looked"] == ["/me/seen"]
