"""A day by keyboard alone: a card of each of the nine kinds, with JavaScript and without it."""

from datetime import UTC, datetime, timedelta

import pytest
from driving import Enter, Tabs, Visitor
from factories import answer_card, log_of, me_of, slugs_by_ask
from playwright.sync_api import expect
from test_accessibility import STILL, look

from portal.quizzes.queries import find_card
from quizzes.cards import Ask
from quizzes.ledger import Kind
from quizzes.sm2 import Grade

pytestmark = pytest.mark.browser
TABS = Tabs()
CHOSEN = (*4 * (Grade.GOOD, Grade.EASY), Grade.GOOD)  # one of the two is proposed; after a lower one a card comes again


def wait_today(visitor: Visitor) -> dict[str, Ask]:
    """Let one card of each kind wait today, because it was learnt yesterday: their kinds by slug."""
    kinds = {slugs[0]: ask for ask, slugs in slugs_by_ask(visitor.site.app).items()}
    with visitor.site.app.app_context():
        for slug in kinds:
            held = find_card(visitor.me().id, slug)
            assert held is not None
            answer_card(me_of(visitor.me()), held, datetime.now(UTC) - timedelta(days=1), Grade.GOOD)
    return kinds


def try_a_query(visitor: Visitor) -> None:
    """Run a query that cannot work: the focus stays in the box, and what is typed next takes its place."""
    page, keys, box = visitor.page, visitor.page.keyboard, visitor.page.get_by_label("Your query")
    keys.type("SELECT id, nam")
    keys.press("Enter")
    keys.type("FROM member")
    visitor.pause()
    keys.press("Control+Enter")
    expect(page.locator("#result")).to_contain_text("There is no column “nam”")
    expect(page.locator("#announce")).to_contain_text("There is no column “nam”")
    expect(box).to_be_focused()
    expect(box).to_have_value("SELECT id, nam\nFROM member")
    keys.press("Control+a")


def grade(visitor: Visitor, ask: Ask, chosen: Grade, with_script: bool) -> list[str]:
    """Choose a grade for the answer that is shown; what axe finds on the page before."""
    visitor.arrives("revealed" if ask is Ask.SELF else "feedback")
    if ask is not Ask.SELF:
        expect(visitor.page.locator(".verdict h2")).to_have_text("Right.")
    wrong = look(visitor, f"{ask}: answered") if with_script else []
    visitor.pause()
    TABS.grade(visitor, chosen.name.capitalize())
    return wrong


@pytest.mark.parametrize("with_script", [True, False], ids=["with a script", "without"])
def test_a_card_of_each_kind_is_answered_and_graded_by_keyboard_alone(visit: Enter, with_script: bool) -> None:
    nina = visit(f"nina.{with_script}", options={**STILL, "java_script_enabled": with_script}, new_per_day=0)
    kinds = wait_today(nina)
    nina.open("/quizzes/today")
    expect(nina.page.locator(".tally")).to_contain_text("9 due")
    wrong: list[str] = []
    graded: dict[str, Grade] = {}
    for chosen in CHOSEN:
        nina.arrives("question")
        slug = nina.slug()
        if with_script and kinds[slug] is Ask.WRITE_SQL:
            try_a_query(nina)
        nina.hand_in(TABS)
        wrong += grade(nina, kinds[slug], chosen, with_script)
        graded[slug] = chosen
    nina.arrives("done")
    assert wrong == []
    assert graded.keys() == kinds.keys()
    assert len(nina.log(Kind.ANSWER)) == 2 * len(Ask), "nine yesterday, nine today"
    for slug, chosen in graded.items():
        assert log_of(nina.site.app, nina.me(), slug)[-1].grade == chosen, kinds[slug]
    nina.ledger_is_clean()
