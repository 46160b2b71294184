"""New cards: in roadmap order, after what they need, siblings on other days, and only where the learner wants them."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from browser import Browser
from factories import (
    Person,
    add_cohort,
    add_person,
    answer_card,
    answer_wrongly,
    held_by,
    join_cohort,
    me_of,
    own_decks,
)
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from portal.db import db
from portal.quizzes import choices, queries
from portal.quizzes.models import Call, Card, Desk
from portal.quizzes.verifying import verify
from quizzes.cards import Ask, Deck
from quizzes.cards import Card as SourceCard
from quizzes.choosing import FRAMEWORKS, NAMES, Choices, audience, choices_from, kept_back_by, paths, why_kept_back
from quizzes.sequencing import in_order

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
chosen = st.builds(
    lambda paused, path: path._replace(paused=paused), st.frozensets(st.integers(1, 10)), st.sampled_from(paths())
)


@given(chosen)
def test_choices_are_what_their_bits_say(one: Choices) -> None:
    assert choices_from(one.bits) == one


@given(chosen, st.integers(1, 10), st.sets(st.sampled_from([*NAMES, "indexes"])))
def test_a_card_comes_to_those_it_is_for(one: Choices, step: int, tags: set[str]) -> None:
    bits = kept_back_by(step, tags)
    languages = {tag for tag, own in FRAMEWORKS.items() if tag in tags or set(own) & tags}
    frameworks = {tag for own in FRAMEWORKS.values() for tag in own} & tags
    comes = (
        step not in one.paused
        and (not languages or not one.language or one.language in languages)
        and (not frameworks or not one.framework or one.framework in frameworks)
    )
    assert (bits & one.bits == 0) == comes == (why_kept_back(bits, one) == "")
    assert (audience(bits) == "") == (not languages or (languages == set(FRAMEWORKS) and len(frameworks) in {0, 3}))


@settings(deadline=None)
@given(st.data())
def test_no_card_stands_before_what_it_needs_and_a_right_order_stays(drawn: st.DataObject) -> None:
    card = own_decks()[0].cards[0]
    ids = list("abcdefgh")
    needs = {one: drawn.draw(st.lists(st.sampled_from(ids), max_size=2)) for one in ids}
    made = {one: _card(card, one, needs[one]) for one in ids}
    decks = [Deck("x", "X", 1, tuple(made[one] for one in ids[:4]), "x.md")]
    decks += [Deck("y", "Y", 2, tuple(made[one] for one in ids[4:]), "y.md")]
    order = [one.id for one in in_order(decks)]
    assert sorted(order) == ids
    before = {one: set(order[: order.index(one)]) for one in ids}
    is_round = any(one in _all_needs(one, needs) for one in ids)
    assert is_round or all(set(needs[one]) <= before[one] for one in ids)
    if all(ids.index(need) < ids.index(one) for one in ids for need in needs[one]):
        assert order == ids


def _card(like: SourceCard, id_: str, needs: list[str]) -> SourceCard:
    return replace(like, id=id_, needs=tuple(needs))


def _all_needs(one: str, needs: dict[str, list[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [*needs[one]]
    while waiting:
        if (need := waiting.pop()) not in found:
            found.add(need)
            waiting += needs[need]
    return found


class Life:
    """A learner's days, told from the log alone: which new card has to come next."""

    def __init__(self, person: Person) -> None:
        self.who = me_of(person)
        asked = select(Card.id, Card.slug, Card.kept_back_by).where(Card.is_active, Card.position > 0)
        rows = db.session.execute(asked.order_by(Card.position))
        self.cards = [(card_id, slug, bits) for card_id, slug, bits in rows]
        self.slugs = {card_id: slug for card_id, slug, _ in self.cards}
        sources = [card for deck in own_decks() for card in deck.cards]
        self.needs = {card.id: set(card.needs) for card in sources}
        self.beside = {card.id: {other.id for other in sources if card.id in other.needs} for card in sources}
        self.met: dict[str, int] = {}  # the number of the day
        self.known: set[str] = set()  # answered right once
        self.order: list[str] = []

    def next_new(self, day: int, bits: int) -> str | None:
        """A card that was called, else the first whose needs are met; what came today has its siblings wait."""
        wanted = [slug for _, slug, kept_back_by in self.cards if not kept_back_by & bits]
        new = [slug for slug in wanted if slug not in self.met]
        asked = select(Card.slug).join(Call).where(Call.learner_id == self.who.id).order_by(Call.id)
        ready = [slug for slug in db.session.scalars(asked) if slug not in self.met]
        ready += [slug for slug in new if self.needs[slug] & set(wanted) <= self.known]
        today = {slug for slug, met in self.met.items() if met == day}
        apart = [slug for slug in ready if not (self.needs[slug] | self.beside[slug]) & today]
        return next(iter(apart or ready), None)

    def live(self, days: int, bits: int = 0) -> None:
        """Answer everything of these days; every fifth new card is not known at first."""
        for day in range(days):
            moment = NOW + timedelta(days=day)
            while True:
                now_today = queries.today(self.who, moment)
                expected = self.next_new(day, bits) if len(self.order) < (day + 1) * self.who.new_per_day else None
                assert expected == self.slugs.get(now_today.first_fresh or 0)
                assert bool(now_today.counts.fresh) == (expected is not None)
                if (held := queries.next_card(self.who, now_today)) is None:
                    break
                self._answer(held, day, moment)

    def _answer(self, held: queries.Held, day: int, moment: datetime) -> None:
        is_new = held.memory.is_new
        if is_new:
            assert held.slug == self.next_new(day, self.choices)
            self.met[held.slug] = day
            self.order.append(held.slug)
        if is_new and len(self.order) % 5 == 0 and held.sheet.ask is not Ask.SELF:
            answer_wrongly(self.who, held, moment)
        else:
            answer_card(self.who, held, moment)
            self.known.add(held.slug)

    @property
    def choices(self) -> int:
        """The bits of what was chosen."""
        return db.session.scalar(select(Desk.choices).where(Desk.learner_id == self.who.id)) or 0


def test_cards_come_after_what_they_need_and_siblings_on_another_day(app: Flask) -> None:
    alice = add_person(app, "alice@example.org", "Alice", new_per_day=9)
    with app.app_context():
        life = Life(alice)
        life.live(days=4)
        assert len(life.order) == 36
        assert [slug for slug in life.order if any(life.met[need] == life.met[slug] for need in life.needs[slug])] == []
        assert any(life.needs[slug] for slug in life.order), "some of them build on others"
        assert list(verify()) == []


def test_a_step_on_one_day_brings_siblings_last_and_leaves_nothing_behind(app: Flask) -> None:
    alice = add_person(app, "alice@example.org", "Alice", new_per_day=200)
    with app.app_context():
        only = Choices(frozenset(range(1, 11)) - {8})
        choices.choose(alice.id, only)
        db.session.commit()
        life = Life(alice)
        life.live(1, only.bits)
        assert len(life.order) == sum(not bits & only.bits for _, _, bits in life.cards) > 40
        apart = {slug for slug in life.order if not life.needs[slug]}
        assert set(life.order[: len(apart)]) == apart
        assert queries.count_unlearnt(life.who, NOW.date(), 200) == 0
        choices.choose(alice.id, Choices())
        assert queries.count_unlearnt(life.who, NOW.date(), 200) == 200


def test_alice_chooses_where_her_new_cards_come_from(app: Flask, alice: Browser) -> None:
    assert alice.person is not None
    first = alice.get("/quizzes/today").card
    assert "61 cards wait to come." in alice.get("/quizzes/choices").said
    assert "61 cards wait to come. About 36 minutes to learn." in alice.page.said, "35 s each, while nothing is known"
    coming = int(re.findall(r"As it is now, (\d+) new cards will come", alice.page.said)[0])
    assert f"at 10 a day is {-(-coming // 10)} days with about 6 minutes each" in alice.page.said
    fields = {"active": [str(step) for step in range(2, 11)], "path": ""}
    alice.post("/quizzes/choices", fields, status=303)
    assert alice.follow().said.count("Kept.") == 1
    assert "61 cards wait while it is paused." in alice.page.said
    assert f"As it is now, {coming - 61} new cards will come" in alice.page.said
    held = held_by(app, alice.person, alice.get("/quizzes/today").card)
    assert (first != held.slug, held.position) == (True, 62)
    assert "You paused step 1, so it does not come" in alice.get(f"/quizzes/cards/{first}").said
    for page in ("/quizzes/decks/language", "/roadmap/steps/choose-language"):
        assert "What you know of it keeps coming back" in alice.get(page).said
    assert "Paused: it brings no new cards." in alice.get("/roadmap").said
    assert alice.page.find("li", **{"aria-current": "step"})[0].text.startswith("2")
    alice.post("/quizzes/choices", {"active": ["1", "77"], "path": "cobol"}, status=422)
    assert "Nothing was changed." in alice.page.said
    alice.post("/quizzes/choices", fields | {"active": [str(step) for step in range(1, 11)]}, status=303)
    assert alice.get("/quizzes/today").card == first


def test_alice_learns_java_and_her_mentor_reads_it(app: Flask, alice: Browser, carol: Browser) -> None:
    assert alice.person is not None
    assert carol.person is not None
    with app.app_context():
        cohort_id = add_cohort(carol.person)
        join_cohort(cohort_id, alice.person)
    before = alice.get("/quizzes/").said
    steps = [str(step) for step in range(1, 11) if step not in (4, 8)]
    alice.post("/quizzes/choices", {"active": steps, "path": "java spring"}, status=303)
    assert alice.get("/quizzes/today").card == "py-val-str-immutable", "what holds in Java too comes, shown in Python"
    told = alice.get("/quizzes/cards/web-route-method-by-default").said
    assert "It is for learners of Flask, and you chose Java with Spring Boot." in told
    assert "For learners of Python" in alice.get("/quizzes/decks/language").said
    assert alice.get("/quizzes/").said != before, "cards of Python are no part of her decks"
    assert "Why not now" not in alice.get("/quizzes/cards/web-route-rest-controller").said
    assert "It comes once you have answered “" in alice.get("/quizzes/cards/bigo-growth-doubling-experiment").said
    page = carol.get(f"/cohorts/{cohort_id}/learners/{alice.person.id}")
    assert "New cards: Java with Spring Boot; none from steps 4 and 8." in page.said


def test_new_cards_are_found_on_indexes_alone(app: Flask) -> None:
    with app.app_context():
        is_postgres = db.engine.dialect.name == "postgresql"
        if is_postgres:
            db.session.execute(text("SET LOCAL enable_seqscan = off"))
        statement: Any = queries._FRESH._statement
        sql = re.sub(r"%\((\w+)\)s(::\w+)?|\?", "1", str(statement.compile(db.engine)))
        rows = db.session.execute(text(("EXPLAIN " if is_postgres else "EXPLAIN QUERY PLAN ") + sql))
        plan = " ".join(map(str, rows))
    assert "Seq Scan" not in plan
    assert "SCAN card" not in plan
    if not is_postgres:
        assert "COVERING INDEX ix_cards_position" in plan
        assert plan.index("card_pairs") < plan.rindex("card_states"), "from the pair to the state, not the other way"
