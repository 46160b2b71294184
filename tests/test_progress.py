"""The page of progress: every picture says what the log says, for every period, and is honest about few answers."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from browser import Browser
from factories import answer_next, me_of
from flask import Flask
from sqlalchemy import text

from portal.db import db
from portal.progress import queries, work
from portal.progress.periods import PERIODS
from portal.quizzes.catalogue import recall_by_topic
from portal.quizzes.queries import find_card_by_id, today
from quizzes.digest import About, Seen
from quizzes.recall import recall
from quizzes.sm2 import Grade

NOW = datetime.now(UTC)
QUESTIONS = 12


def learn(alice: Browser, days: int, each: int = 4) -> None:
    """Answer some cards on each of the last days, every fifth of them with "again"."""
    assert alice.person is not None
    with alice.app.app_context():
        db.session.execute(text("UPDATE users SET new_per_day = 3"))
        db.session.commit()
        who, count = me_of(alice.person), 0
        for ago in range(days - 1, -1, -1):
            moment = NOW - timedelta(days=ago)
            for _ in range(each):
                if not today(who, moment).waiting:
                    break
                count += 1
                answer_next(who, moment, Grade.AGAIN if count % 5 == 0 else Grade.GOOD)
                moment += timedelta(seconds=20)


def says(page: Browser, picture: str) -> str:
    """The sentence above a picture."""
    return page.page.element(f"{picture}-says").text


def numbers(browser: Browser, picture: str) -> list[list[str]]:
    """The rows of a picture's table."""
    figure = browser.page.element(picture)
    rows = [row for row in browser.page.find("tr") if figure in row.parents]
    cells = [
        [one.text for one in browser.page.elements if one.name in {"th", "td"} and row in one.parents] for row in rows
    ]
    return cells[1:]


def test_before_the_first_answer_the_page_says_what_it_will_show(alice: Browser) -> None:
    page = alice.get("/progress")
    assert page.find("h1")[0].text == "Your pictures begin with your first answers"
    assert page.find("figure") == []
    assert any(
        link.get("href") == "/quizzes/today" and link.get("class") == "button primary" for link in page.find("a")
    )


def test_one_answer_draws_what_can_be_drawn_and_no_share(alice: Browser) -> None:
    learn(alice, 1, 1)
    page = alice.get("/progress")
    assert len(page.find("figure")) == QUESTIONS
    assert says(alice, "kept") == "After 20 due cards this says more."
    assert (
        says(alice, "answers") == "In the last 13 weeks you answered 1 time, 1 on a day with cards, and learnt 1 card."
    )
    assert says(alice, "days") == "You answered cards on 1 of the last 28 days, and on 1 in 52 weeks."
    assert " of 100" not in " ".join(says(alice, name) for name in ("kept", "hours", "buttons", "worth"))


@pytest.mark.parametrize("period", PERIODS)
def test_every_picture_has_a_question_a_sentence_and_its_numbers(alice: Browser, period: str) -> None:
    learn(alice, 40)
    page = alice.get(f"/progress?period={period}")
    for figure in page.find("figure"):
        name = figure.get("id") or ""
        assert page.element(f"{name}-asks").text.endswith("?")
        assert page.element(f"{name}-says").text.endswith(".")
        assert not re.search(r"\b(None|nan|inf)\b", figure.text)
        drawn = [one for one in page.elements if one.name == "svg" and figure in one.parents]
        assert drawn, f"{name} is not drawn"
        assert numbers(alice, name), f"{name} has no table"
        for svg in drawn:
            assert svg.get("role") == "img" or svg.get("aria-hidden") == "true"
    assert len(alice.response.data) < 60_000


def test_a_period_nobody_knows_is_not_there(alice: Browser) -> None:
    alice.get("/progress?period=decade", status=404)


def test_true_retention_counts_the_first_answer_of_a_day_to_a_due_card(alice: Browser) -> None:
    learn(alice, 30)
    alice.get("/progress?period=month")
    with alice.app.app_context():
        statement = "SELECT count(*), sum(CASE WHEN grade >= 3 THEN 1 ELSE 0 END) FROM ({}) AS firsts"
        final = "coalesce((SELECT r.grade FROM review_log r WHERE r.kind = 'regrade' AND r.card_id = l.card_id"
        final += " AND r.takes_back = l.version ORDER BY r.version DESC LIMIT 1), l.grade)"
        firsts = f"SELECT {final} AS grade FROM review_log l WHERE l.kind = 'answer' AND l.version > 0 AND NOT EXISTS"
        firsts += " (SELECT 1 FROM review_log o WHERE o.kind = 'answer' AND o.card_id = l.card_id AND o.day = l.day"
        firsts += " AND o.version < l.version) AND (SELECT b.due_on FROM review_log b WHERE b.card_id = l.card_id"
        firsts += " AND b.version = l.version - 1) <= l.day"
        due, known = db.session.execute(text(statement.format(firsts))).one()
    assert numbers(alice, "kept")[0] == ["All", "", f"{round(100 * known / due)}%", f"{due:,}"]
    assert f"You knew {round(100 * known / due)} of 100 cards" in says(alice, "kept")


def test_columns_of_answers_add_up_to_the_answers(alice: Browser) -> None:
    learn(alice, 25)
    for period in PERIODS:
        alice.get(f"/progress?period={period}")
        rows = numbers(alice, "answers")
        with alice.app.app_context():
            sums = "SELECT sum(reviews), sum(fresh), sum(drills) FROM review_days"
            wanted = [int(value) for value in db.session.execute(text(sums)).one()]
        assert [sum(int(row[place].replace(",", "")) for row in rows) for place in (1, 2, 3)] == wanted


def test_the_counts_of_a_span_are_those_of_its_days_only(alice: Browser) -> None:
    learn(alice, 20)
    assert alice.person is not None
    with alice.app.app_context():
        day, learner_id = NOW.date(), alice.person.id
        whole = queries.totals(learner_id, day - timedelta(days=30), day)
        parts = [queries.totals(learner_id, day - timedelta(days=ago), day - timedelta(days=ago)) for ago in range(31)]
        for mark, one in whole.items():
            assert sum((part.get(mark, Seen()) for part in parts), Seen()) == one
        answered = queries.answers_by_day(learner_id, day - timedelta(days=30), day)
        buttons = sum(one.seen for (about, _), one in whole.items() if about is About.GRADE)
        assert buttons == sum(answers for answers, _ in answered.values()) > 20


def test_cards_that_should_have_come_before_stand_apart(alice: Browser) -> None:
    learn(alice, 6)
    assert alice.person is not None
    with alice.app.app_context():
        db.session.execute(text("UPDATE card_states SET show_on = show_on - 9, due_on = due_on - 9"))
        db.session.commit()
        late = db.session.execute(text("SELECT count(*) FROM card_states WHERE show_on < :day"), {"day": days_of(NOW)})
        count = late.scalar_one()
    alice.get("/progress?period=month")
    assert count > 0
    assert f"; {count} should have come before today." in says(alice, "due")
    assert numbers(alice, "due")[0] == ["before today", str(count)]


def days_of(moment: datetime) -> int:
    """A day as the database keeps it, for a learner in UTC whose day begins at 04:00."""
    return (moment - timedelta(hours=4)).date().toordinal() - 719163


def test_nothing_is_late_where_nothing_is_late() -> None:
    day = NOW.date()
    picture = work.due({0: 3, 4: 2}, day, 1, 31)
    assert picture.sentence.startswith("5 cards come by ")
    assert picture.sentence.endswith(", 3 of them today.")
    assert picture.table is not None
    assert [row[1] for row in picture.table.rows][:6] == ["0", "3", "0", "0", "0", "2"]


def test_cards_put_aside_ask_for_nothing(alice: Browser) -> None:
    learn(alice, 10)
    assert alice.person is not None
    with alice.app.app_context():
        before = queries.groups(alice.person.id)
        db.session.execute(text("UPDATE card_states SET show_on = NULL, is_suspended = true"))
        assert sum(one.cards for one in before) > 0
        assert queries.groups(alice.person.id) == []
        assert queries.due_ahead(alice.person.id, NOW.date(), 7, 13) == {}


def test_groups_hold_every_card_by_its_interval_and_ease(alice: Browser) -> None:
    learn(alice, 30)
    assert alice.person is not None
    with alice.app.app_context():
        rows = db.session.execute(text("SELECT interval_days, ease FROM card_states WHERE show_on IS NOT NULL")).all()
        found = {(one.interval, one.ease): (one.cards, one.load) for one in queries.groups(alice.person.id)}
        wanted: dict[tuple[int, int], tuple[int, float]] = {}
        for interval, ease in rows:
            key = (max(b for b in queries.INTERVALS if b <= interval), max(b for b in queries.EASES if b <= ease))
            cards, load = wanted.get(key, (0, 0.0))
            wanted[key] = (cards + 1, load + 1 / interval)
    assert found.keys() == wanted.keys()
    for key, (cards, load) in wanted.items():
        assert found[key][0] == cards
        assert found[key][1] == pytest.approx(load)


def test_recall_by_topic_is_the_mean_of_its_cards(alice: Browser, app: Flask) -> None:
    learn(alice, 15)
    assert alice.person is not None
    with app.app_context():
        who = me_of(alice.person)
        day = today(who, NOW).day
        for topic, one in recall_by_topic(who.id, day).items():
            sql = "SELECT c.id FROM cards c WHERE c.topic = :topic AND c.is_active"
            ids = db.session.scalars(text(sql), {"topic": topic}).all()
            held = [find_card_by_id(who.id, card_id) for card_id in ids]
            memories = [card.memory for card in held if card is not None]
            known = [recall(m.schedule.interval_days, (day - (m.last_on or day)).days) for m in memories]
            assert one.recall == pytest.approx(sum(known) / len(ids))
            assert (one.cards, one.started) == (len(ids), sum(not m.is_new for m in memories))
            assert one.reviews == sum(m.reviews for m in memories)
            assert one.since == min((m.first_on for m in memories if m.first_on), default=None)


def test_bob_sees_nothing_of_alices_answers(alice: Browser, bob: Browser) -> None:
    learn(alice, 10)
    assert bob.get("/progress").find("figure") == []


def test_an_answer_that_was_taken_back_leaves_the_pictures(alice: Browser) -> None:
    learn(alice, 3)
    alice.get("/progress?period=month")
    before = numbers(alice, "answers")[0]
    alice.get("/quizzes/answers")
    alice.send_form("/undo", htmx=False)
    alice.get("/progress?period=month")
    after = numbers(alice, "answers")[0]
    assert sum(map(int, after[1:])) == sum(map(int, before[1:])) - 1
