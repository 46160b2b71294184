"""Every page asks the database as often for 10 rows as for 20 and for 200."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from secrets import token_urlsafe

import pytest
from browser import Browser
from factories import (
    LONG_AGO,
    Person,
    add_code,
    add_cohort,
    add_person,
    add_plan,
    answer_card,
    answer_wrongly,
    ask_to_join,
    begin_mentorship,
    believe,
    change_entry,
    hand_in,
    held_by,
    invite,
    join_cohort,
    know,
    log_of,
    make_own_card,
    me_of,
    note,
    nudge,
    publish_class_card,
    publish_skills,
    report,
    right_answer,
    say,
    share_entry,
    slugs_of,
    snooze,
    stand,
    study,
    write_comment,
    write_entry,
)
from flask import Flask
from sqlalchemy import event, func, select

from portal.accounts import actions as account_actions
from portal.accounts.models import CohortMentor, Membership
from portal.cohorts import entering
from portal.cohorts import queries as cohort_queries
from portal.cohorts.models import JoinCode
from portal.db import db
from portal.decks import actions as deck_actions
from portal.decks.files import EXAMPLES
from portal.decks.models import CohortCard, CohortDeck
from portal.journal import keeping
from portal.journal.models import MOST_LINKS, Entry, Share
from portal.login import Me
from portal.mentoring.models import Belief, Standing
from portal.plan import actions as plan_actions
from portal.plan.forms import MOST_BREAKS
from portal.projects import actions as project_actions
from portal.projects.actions import Actor
from portal.projects.models import Submission
from portal.quizzes import catalogue, counting, queries, reporting
from portal.quizzes.models import Card, Report
from portal.statements import _Plan
from quizzes.cards import Ask
from quizzes.items import Spread, note_beliefs

NOW = datetime.now(UTC)
SIZES = ((10, 20), pytest.param((10, 20, 100), marks=pytest.mark.slow))
MOST_ROWS = 100
SOON = NOW.date() + timedelta(days=2)
MOST = 26  # statements for a page: more is a loop. The page of a learner asks seven features, the others far less
PAGES = (
    "/",
    "/roadmap",
    "/roadmap/steps/data-structures-algorithms",
    "/roadmap/topics/bigo.growth",
    "/quizzes/today",
    "/quizzes/choices",
    "/quizzes/answers",
    "/quizzes/",
    "/quizzes/decks/big-o",
    "/quizzes/cards/{slug}",
    "/quizzes/answers/{answer_id}",
    "/me",
    "/me/data",
    "/me/leave",
    "/quizzes/reports",
    "/quizzes/reports/{report_id}",
    "/quizzes/bank",
    "/quizzes/bank/misconceptions",
    "/quizzes/bank/decks/big-o",
    "/quizzes/bank/{slug}",
    "/journal",
    "/journal?tag=sql",
    "/journal?day={month}&tag=sql",
    "/journal/search?q=joins",
    "/journal/search?q=%22joins+ag*%22+OR+jo*+-nowhere+tag:sql",
    "/journal/calendar",
    "/journal/new",
    "/journal?topic=sql.joins.outer",
    "/journal/cards",
    "/journal/notes/sql.joins.outer",
    "/roadmap/topics/sql.joins.outer",
    "/quizzes/own/{own}/edit",
    "/quizzes/cards/{own}",
    "/journal/{entry_id}",
    "/journal/{entry_id}/edit",
    "/journal/{entry_id}/versions",
    "/journal/{entry_id}/versions/1",
    "/me/mentors",
    "/journal/shared",
    "/journal/shared?unread=1",
    "/journal/shared?everybody=1",
    "/journal/shared/{shared_id}",
    "/plan",
    "/plan/edit",
    "/plan/items/git.commits",
    "/plan/months/2027-01",
    "/plan/breaks",
    "/plan/breaks?first_on={first}&last_on={last}",
    "/plan/calendar/{feed}.ics",
    "/progress",
    "/progress/skills",
    "/progress/skills/preview",
    "/skills/{skills_token}",
    "/study",
    "/study?period=all",
    "/study/cost?step=3",
    "/progress/habit",
    "/study/cost?new_per_day=15",
    "/cohorts/{cohort_id}/heat?sort=sql.joins.outer",
    "/cohorts/{cohort_id}/heat?sort=mean&after={other_id}",
    "/cohorts/{cohort_id}/heat.csv",
    "/cohorts/{cohort_id}/heat/{topic}",
    "/cohorts/{cohort_id}/learners/{other_id}/topics/{topic}",
    "/cohorts/{cohort_id}/misconceptions",
    "/cohorts/{cohort_id}/misconceptions/{belief}",
    "/cohorts/{ours}/learners/{person_id}",
    "/cohorts/{ours}/learners/{person_id}?wrong=1&topic=bigo.growth",
    "/me/mentor-view",
    "/me/mentor-view/{ours}/{person_id}",
    "/me/seen",
    "/cohorts",
    "/cohorts/join",
    "/cohorts/join/{way}",
    "/cohorts/{cohort}/settings",
    "/cohorts/{cohort}/roster",
    "/cohorts/{cohort}/roster.csv",
    "/cohorts/{cohort}/roster/{member}",
    "/cohorts/{cohort}/invitations",
    "/cohorts/{cohort}/invitations/file",
    "/cohorts/{cohort_id}",
    "/cohorts/{cohort_id}?sort=-recall",
    "/cohorts/{cohort_id}/rules",
    "/cohorts/{cohort_id}/members.csv",
    "/cohorts/{cohort_id}/learners/{other_id}/write",
    "/cohorts/{cohort_id}/learners/{other_id}/note",
    "/cohorts/messages",
    "/projects",
    "/projects/calculator-app",
    "/feedback",
    "/feedback/{mine}",
    "/cohorts/{mentored}/queue",
    "/cohorts/{mentored}/submissions/{submission}",
    "/cohorts/{mentored}/feedback/{builder}",
    "/cohorts/{mentored}/decks",
    "/cohorts/{mentored}/decks/{deck_id}",
    "/cohorts/{mentored}/decks/{deck_id}/cards.csv",
    "/cohorts/{mentored}/decks/cards/{class_card}",
    "/cohorts/{mentored}/decks/cards/{class_card}/edit",
    "/cohorts/{mine}/decks",
)


@pytest.fixture
def sent(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The statements that were sent, by SQLAlchemy and by the prepared ones that go past it."""
    statements: list[str] = []
    execute = _Plan.execute

    def note_prepared(plan: _Plan, *given: object) -> object:
        statements.append(plan.sql)
        return execute(plan, *given)  # type: ignore[arg-type]

    def note(*given: object) -> None:
        statements.append(str(given[2]))

    monkeypatch.setattr(_Plan, "execute", note_prepared)
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


def first_slugs(app: Flask) -> list[str]:
    """The first cards in roadmap order."""
    with app.app_context():
        return list(db.session.scalars(select(Card.slug).order_by(Card.position).limit(MOST_ROWS)))


def learner_of(app: Flask, slugs: list[str]) -> Browser:
    """A mentor who learns: knows these cards, all due, answered the first as often today, has as many sessions."""
    size = len(slugs)
    person = add_person(app, f"alice{size}@example.org", "Alice", role="mentor", new_per_day=0)
    with app.app_context():
        who = me_of(person)
        for slug in slugs:
            answer(who, slug, NOW - timedelta(days=3))
            card_id = db.session.execute(select(Card.id).where(Card.slug == slug)).scalar_one()
            db.session.add(Report(card_id=card_id, learner_id=who.id, rev=1, reason="key", text="x", created_at=NOW))
            account_actions.start_session(who.id, "a test", NOW)
        for _ in slugs:
            answer(who, slugs[0], NOW - timedelta(seconds=5))
            study(who.id, NOW - timedelta(minutes=5), 2, "sql.joins")
            entry_id = write_entry(who.id, NOW.date(), "Joins.", ["sql", "null"])
        for number, _ in enumerate(slugs):
            links = [("topic", "sql.joins.outer"), ("topic", "sql.joins")]
            write_entry(who.id, LONG_AGO.date(), "[[sql.joins.outer]] [[sql.joins]]", links=links, kind="decision")
            make_own_card(who.id, NOW)
            keeping.add_link(who.id, "sql.joins.outer", "Joins", f"https://example.org/{number % MOST_LINKS}")
        for _ in slugs:
            change_entry(who.id, entry_id, "Joins again.")
        write_entry(who.id, NOW.date(), "The last.", ["sql"])
        add_plan(who.id, NOW, f"calendar-{size}")
        for number in range(size):
            if number < MOST_BREAKS - 2:
                day = NOW.date() + timedelta(days=100 + 9 * number)
                plan_actions.book_break(who.id, day, day)
            plan_actions.note_done(who.id, f"thing-{number}", NOW.date(), "Done.", NOW)
        db.session.commit()
    mentor(app, person, talk(app, person, entry_id, size), slugs[:2])
    return Browser(app).signed_in(person)


def mentor(app: Flask, person: Person, learners: list[Person], slugs: list[str]) -> None:
    """Give a person a cohort of these learners, who know two topics and got a card of each wrong."""
    with app.app_context():
        cohort_id = add_cohort(person)
        for learner in learners:
            join_cohort(cohort_id, learner)
            for slug in slugs:
                held = queries.find_card(learner.id, slug)
                assert held is not None
                answer_wrongly(me_of(learner), held, NOW)
                know(learner, held.topic, 634, 912)
                believe(learner.id, held)


def talk(app: Flask, person: Person, entry_id: int, size: int) -> list[Person]:
    """Give a person as many mentors as learners, and as much to read on either side; who they are."""
    emails = [f"other{size}.{number}@example.org" for number in range(size)]
    others = [add_person(app, email, "Other", role="mentor") for email in emails]
    with app.app_context():
        cohort_id = add_cohort(person)
        join_cohort(cohort_id, person)
        for other in others:
            begin_mentorship(person.id, other)
            begin_mentorship(other.id, person)
            share_entry(person.id, entry_id, other.id)
            write_comment(other.id, entry_id, other.id, "To you.")
            theirs = write_entry(other.id, NOW.date(), "Theirs.", ["sql"])
            share_entry(other.id, theirs, person.id)
            db.session.add(CohortMentor(cohort_id=cohort_id, mentor_id=other.id, began_at=LONG_AGO))
            for learner_id in (person.id, None):
                account_actions.note_view(other.id, cohort_id, learner_id, "heat map", NOW)
            account_actions.note_view(other.id, None, person.id, f"entry {entry_id}", NOW)
            write_comment(other.id, theirs, person.id, "To you as well.")
        db.session.commit()
        gather(person, others)
    lead(app, person, others)
    discuss(app, person, entry_id, others)
    return others


def gather(person: Person, others: list[Person]) -> None:
    """Give a person cohorts as mentor and as learner, one of them with as many learners, codes and invitations."""
    cohort_id = add_cohort(person)
    asked = add_code(cohort_id, needs_approval=True)[2]
    for number, other in enumerate(others):
        add_cohort(person, f"Cohort {number}")
        join_cohort(add_cohort(other), person)
        invite(other, add_cohort(other), person.email)
        ask_to_join(other, asked)
        invite(person, cohort_id, f"i{number}@example.org")
        add_code(cohort_id)
    for other in others[: len(others) // 2]:
        join_cohort(cohort_id, other)
    text = "email\n" + "".join(f"{number}@example.org\n" for number, _ in enumerate(others))
    entering.keep_upload(person.id, cohort_id, text, NOW)
    db.session.commit()


def lead(app: Flask, mentor: Person, others: list[Person]) -> None:
    """Give a mentor a cohort of these, of whom every other one is snoozed, and messages in both directions."""
    with app.app_context():
        cohort_id = add_cohort(mentor)
        for number, other in enumerate(others):
            join_cohort(cohort_id, other)
            stand(cohort_id, other, "Other", NOW, reasons={"quiet": "7 days without a review"}, wins={"steady": "x"})
            nudge(cohort_id, mentor, other)
            nudge(cohort_id, other, mentor)
            note(cohort_id, mentor, others[0])
            if number % 2:
                snooze(cohort_id, mentor, other, SOON)


def discuss(app: Flask, person: Person, entry_id: int, others: list[Person]) -> None:
    """Give a person a cohort they mentor and one they learn in, with projects handed in and threads in both."""
    with app.app_context():
        mentored, mine = add_cohort(person, "Mentored"), add_cohort(others[0], "Mine")
        join_cohort(mine, person)
        for other in others:
            join_cohort(mentored, other)
            hand_in(mentored, other)
            say(other, mentored, other, "Where do I begin?")
            say(person, mine, person, "And I?")
            say(others[0], mine, person, "Here.")
            hand_in(mine, person, entries=[entry_id])
            waits = (Submission.learner_id == person.id, Submission.state == "waiting")
            submission = db.session.execute(select(Submission).where(*waits)).scalar_one()
            project_actions.withdraw(submission, Actor(person.id, "Alice", token_urlsafe(9)), NOW)
        for _ in others:
            say(others[0], mentored, others[0], "Again.")
            publish_class_card(mentored, others[0], person)
            publish_class_card(mine, others[0], person)
        db.session.commit()


def answer(who: Me, slug: str, moment: datetime) -> None:
    """Answer a card rightly."""
    held = queries.find_card(who.id, slug)
    assert held is not None
    answer_card(who, held, moment)


def changed_entry(alice: Browser) -> int:
    """The entry of this person's that was saved most often."""
    assert alice.person is not None
    statement = select(Entry.id).where(Entry.learner_id == alice.person.id).order_by(Entry.version.desc()).limit(1)
    with alice.app.app_context():
        return db.session.execute(statement).scalar_one()


def entry_shared_with(alice: Browser) -> int:
    """An entry that somebody shares with this person."""
    assert alice.person is not None
    with alice.app.app_context():
        statement = select(Share.entry_id).where(Share.mentor_id == alice.person.id).order_by(Share.entry_id).limit(1)
        return db.session.execute(statement).scalar_one()


def cohort_of(alice: Browser) -> dict[str, str]:
    """The cohort this person mentors whose learners have standings, its first learner, a belief of theirs, its topic.

    They mentor others with the same learners: without a standing a morning asks for newcomers too.
    """
    assert alice.person is not None
    statement = (
        select(CohortMentor.cohort_id, Belief.learner_id, Belief.misconception, Card.topic)
        .join(Standing, Standing.cohort_id == CohortMentor.cohort_id)
        .join(Belief, Belief.learner_id == Standing.learner_id)
        .join(Card, Card.id == Belief.card_id)
        .where(CohortMentor.mentor_id == alice.person.id)
    )
    with alice.app.app_context():
        ordered = statement.order_by(Belief.learner_id, Belief.misconception, Card.position)
        found = db.session.execute(ordered.limit(1)).one()
    return dict(zip(("cohort_id", "other_id", "belief", "topic"), map(str, found), strict=True))


def cohorts_of(alice: Browser) -> dict[str, str]:
    """A cohort this person is both in and mentors, and one of theirs with members, codes and invitations."""
    assert alice.person is not None
    me = alice.person.id
    with alice.app.app_context():
        both = select(Membership.cohort_id).where(Membership.learner_id == me).order_by(Membership.id).limit(1)
        led = select(JoinCode.cohort_id, JoinCode.token).join(
            CohortMentor, CohortMentor.cohort_id == JoinCode.cohort_id
        )
        cohort_id, way = db.session.execute(
            led.where(CohortMentor.mentor_id == me).order_by(JoinCode.id).limit(1)
        ).one()
        member = cohort_queries.members(cohort_id, None)[0][0].id
        ours = db.session.execute(both).scalar_one()
    named = {"ours": ours, "person_id": me, "cohort": cohort_id, "member": member}
    return cohort_of(alice) | {"way": way} | {name: str(id_) for name, id_ in named.items()}


def rooms(alice: Browser, deck_size: int) -> dict[str, int]:
    """The cohort this person mentors with a member and what they handed in, and the cohort this person learns in."""
    assert alice.person is not None
    with alice.app.app_context():
        own = select(Submission).where(Submission.learner_id == alice.person.id).order_by(Submission.id)
        mine = db.session.scalars(own.limit(1)).one().cohort_id
        led = select(CohortMentor.cohort_id).where(CohortMentor.mentor_id == alice.person.id)
        others = select(Submission).where(Submission.cohort_id.in_(led), Submission.learner_id != alice.person.id)
        first = db.session.scalars(others.order_by(Submission.id).limit(1)).one()
        found = {"mentored": first.cohort_id, "mine": mine, "submission": first.id, "builder": first.learner_id}
        decks = select(CohortDeck).where(CohortDeck.cohort_id == first.cohort_id).order_by(CohortDeck.id)
        deck = db.session.scalars(decks.limit(1)).one()
        for number in range(deck_size):
            deck_actions.write_card(alice.person.id, deck.id, f"t{number}", EXAMPLES[0], True, NOW)
        served = select(CohortCard).where(CohortCard.deck_id == deck.id, CohortCard.card_id.is_not(None))
        card = db.session.scalars(served.order_by(CohortCard.id).limit(1)).one()
        found |= {"deck_id": deck.id, "class_card": card.id}
        db.session.commit()
        return found


def costs(alice: Browser, slugs: list[str], sent: list[str]) -> dict[str, int]:
    """How many statements each page and each form takes."""
    assert alice.person is not None
    latest = log_of(alice.app, alice.person, slugs[0])[-1].id
    entry_id, shared_id = changed_entry(alice), entry_shared_with(alice)
    with alice.app.app_context():
        own = catalogue.own_cards(alice.person.id, None)[0][0].slug
        skills_token = publish_skills(alice.person.id, NOW)
        report_id = db.session.scalars(select(func.max(Report.id))).one()
    names = {"slug": slugs[0], "answer_id": latest, "report_id": report_id}
    names |= {"entry_id": entry_id, "shared_id": shared_id, "own": own}
    names |= {"skills_token": skills_token, "month": f"{NOW:%Y-%m}", "feed": f"calendar-{len(slugs)}"}
    names |= cohorts_of(alice)
    names |= cohort_of(alice)
    names |= rooms(alice, len(slugs))
    names |= {"first": SOON.isoformat(), "last": (SOON + timedelta(days=9)).isoformat()}
    found = {}

    def count(name: str, act: Callable[[], object]) -> None:
        del sent[:]
        act()
        found[name] = len(sent)

    for page in PAGES:
        count(page, partial(alice.get, page.format(**names)))
    count("about", lambda: alice.get("/journal/about?topic=sql.joins.outer", htmx=True))
    due = slugs[-1]
    given = right_answer(held_by(alice.app, alice.person, due))
    count("open", lambda: alice.get(f"/quizzes/today?card={due}", htmx=True))
    count("answer", lambda: alice.answer(*given))
    count("grade", lambda: alice.choose(3))
    count("undo", lambda: alice.send_form("/undo"))
    count("bury", lambda: alice.send_form("/bury"))
    return found


@pytest.mark.parametrize("sizes", SIZES)
def test_every_page_asks_as_often_for_ten_rows_as_for_twenty(
    app: Flask, sent: list[str], sizes: tuple[int, ...]
) -> None:
    of_self = set(slugs_of(app, Ask.SELF))
    slugs = [slug for slug in first_slugs(app) if slug not in of_self]
    seen = [costs(learner_of(app, slugs[:size]), slugs[:size], sent) for size in sizes]
    rising = {name: [counts[name] for counts in seen] for name in seen[0] if len({counts[name] for counts in seen}) > 1}
    assert not rising
    assert max(seen[0].values()) <= MOST, seen[0]


BANK = (
    "/quizzes/bank",
    "/quizzes/bank/misconceptions",
    "/quizzes/bank/decks/sql-joins",
    "/quizzes/bank/decks/sql-joins?sort=-reports&flag=hard",
    "/quizzes/bank/{slug}",
    "/quizzes/reports",
    "/quizzes/reports?state=accept",
    "/quizzes/reports?state=decline",
    "/quizzes/reports/{report_id}",
)


def fill_bank(app: Flask, carol: Person, learners: list[Person], slugs: list[str]) -> int:
    """Everybody misses these cards, three reports are on each - one waits, one is decided, one twice - and the deck is
    counted. The report that was decided twice."""
    verdicts = ((), (reporting.ACCEPTED,), (reporting.ACCEPTED, reporting.DECLINED))
    for slug in slugs:
        for learner in learners:
            held = held_by(app, learner, slug)
            with app.app_context():
                answer_wrongly(me_of(learner), held, NOW)
        for decided in verdicts:
            with app.app_context():
                report_id = report(learners[0], slug)
                seen = 0
                for verdict in decided:
                    one = reporting.find(report_id)
                    assert one is not None
                    made = reporting.decide(me_of(carol), one, verdict, "Read.", token_urlsafe(9), seen, NOW)
                    db.session.flush()
                    seen = made.id if made else 0
                db.session.commit()
    with app.app_context():
        counted, spreads = counting.count_deck("sql-joins", NOW), dict[str, Spread]()
        note_beliefs(spreads, counted.attempts, counted.able)
        counting.keep(counted)
        counting.keep_beliefs(spreads)
        db.session.commit()
    return report_id


def test_the_bank_asks_as_often_for_one_measured_card_as_for_many(carol: Browser, app: Flask, sent: list[str]) -> None:
    choice = set(slugs_of(app, Ask.CHOICE))
    with app.app_context():
        of_deck = select(Card.slug).where(Card.deck_id == "sql-joins").order_by(Card.position)
        slugs = [slug for slug in db.session.scalars(of_deck) if slug in choice][:5]
    assert carol.person is not None
    seen, shown = [], []
    for cards, count in ((slugs[:1], 6), (slugs[1:], 9)):
        learners = [add_person(app, f"bank{count}.{number}@example.org", "Learner") for number in range(count)]
        report_id = fill_bank(app, carol.person, learners, cards)
        counts = {}
        for path in BANK:
            del sent[:]
            page = carol.get(path.format(slug=cards[-1], report_id=report_id))
            counts[path] = len(sent)
            shown.append(len(page.html))
        with app.app_context():
            del sent[:]
            counting.count_deck("sql-joins", NOW)
            counts["count a deck"] = len(sent)
        seen.append(counts)
    assert seen[0] == seen[1]
    assert max(seen[0].values()) <= MOST, seen[0]
    grown = [few < many for few, many in zip(shown[: len(BANK)], shown[len(BANK) :], strict=True)]
    assert sum(grown) >= len(BANK) - 2, "the pages do show more"


def test_only_a_wrong_answer_with_a_contrast_asks_more(alice: Browser, sent: list[str]) -> None:
    def costs_of(slug: str, *given: str) -> tuple[int, int]:
        """Statements of an answer, and those of them that are about a contrast."""
        assert alice.person is not None
        token = alice.get(f"/quizzes/today?card={slug}", htmx=True).form("/answer")["token"]
        given = given or tuple(right_answer(held_by(alice.app, alice.person, slug), token))
        del sent[:]
        alice.answer(*given)
        return len(sent), sum("INTO calls" in one or "coalesce(desks.called_from" in one for one in sent)

    costs_of("http-half-a-request")  # the first answer of a day has a desk to open
    right = costs_of("http-unknown-463")
    assert right[1] == 0
    assert costs_of("http-length-wanted", "413") == right, "wrong, and no contrast"
    assert costs_of("http-comma-too-many") == right, "right, with a contrast"
    assert costs_of("http-expired-token", "408") == right, "wrong by another belief than the one that has a contrast"
    assert costs_of("http-write-over-an-old-version", "409")[1] == 2, "the call, and the desk that is told of it once"
    assert costs_of("http-write-over-an-old-version", "409")[1] == 1, "the call is there already"


def test_the_counter_counts(alice: Browser, sent: list[str]) -> None:
    alice.http.get("/healthz")
    assert sent == []
    alice.get("/quizzes/today")
    assert any("card_states" in statement for statement in sent)
    assert any("sessions" in statement for statement in sent)
