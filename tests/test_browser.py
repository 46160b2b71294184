"""Journeys through Chromium: by keyboard, without JavaScript, with double clicks, on two devices, without a network."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from driving import Enter, Keys, Mouse, Visitor
from factories import PASSWORD, slugs_by_ask, slugs_of
from playwright.sync_api import Locator, expect
from sqlalchemy import delete

from portal.accounts.models import Session
from portal.db import db
from quizzes.cards import Ask
from quizzes.ledger import Kind

pytestmark = pytest.mark.browser
KEYS, MOUSE = Keys(), Mouse()
PEOPLE = 3
ROUNDS = (2, pytest.param(34, marks=pytest.mark.slow))  # 6 repetitions of each press, and 102
Press = Callable[[list[Visitor], str, int], None]


def announced(visitor: Visitor, text: str) -> None:
    """A screen reader was told."""
    expect(visitor.page.locator("#announce")).to_contain_text(text)


def next_state(visitor: Visitor, *kinds: str) -> str:
    """Wait until the review is in one of these states."""
    expect(visitor.page.locator("#review")).to_have_attribute("data-kind", re.compile(f"^({'|'.join(kinds)})$"))
    return visitor.kind


def finish_the_day(visitor: Visitor, by: Keys | Mouse, most: int = 12) -> int:
    """Answer rightly until nothing is left; how many answers that took."""
    for count in range(most):
        if next_state(visitor, "question", "done") == "done":
            return count
        visitor.answer(by)
        if next_state(visitor, "question", "feedback", "done") == "feedback":
            visitor.pause()
            by.grade(visitor, "Good")
            expect(visitor.page.locator("#review:not([data-kind=feedback])")).to_be_visible()
    raise AssertionError(f"the day is not over after {most} answers")


def test_a_newcomer_signs_up_and_reviews_the_day_by_keyboard_alone(visit: Enter) -> None:
    ada = visit()
    page, keys = ada.open("/"), ada.page.keyboard
    ada.tab_to(page.locator("#try .option input").first)
    keys.press("Space")
    ada.tab_to(page.locator("#try").get_by_role("button", name="Answer"))
    keys.press("Enter")
    expect(page.locator("#try").get_by_role("link", name="Sign up to keep it")).to_be_focused()
    expect(page.locator("#announce")).not_to_be_empty()
    keys.press("Enter")
    sign_up_by_keyboard(ada, "ada.keys@example.org")
    ada.is_now("ada.keys@example.org", new_per_day=3)
    page.reload()
    review_three_cards_by_keyboard(ada)
    ada.ledger_is_clean()


def sign_up_by_keyboard(ada: Visitor, email: str) -> None:
    """Fill the form with Tab and typing."""
    page, keys = ada.page, ada.page.keyboard
    expect(page).to_have_url(re.compile("/sign-up$"))
    ada.tab_to(page.get_by_label("Name"))
    for text in ("Ada", email, PASSWORD):
        keys.type(text)
        keys.press("Tab")
    expect(page.get_by_label("Time zone")).to_be_focused()
    keys.press("Tab")
    expect(page.get_by_role("button", name="Sign up")).to_be_focused()
    keys.press("Enter")
    expect(page).to_have_url(re.compile("/quizzes/today$"))


def review_three_cards_by_keyboard(ada: Visitor) -> None:
    """One wrong, one taken back, the rest right; then undo from the very end."""
    keys = ada.page.keyboard
    ada.arrives("question")
    first = ada.answer(KEYS, is_right=False)
    ada.arrives("feedback")
    announced(ada, "Not quite.")
    ada.pause()
    keys.press("Enter")  # takes what is proposed: again
    ada.arrives("question")
    expect(ada.page.locator("#announce")).not_to_contain_text("Not quite.")
    second = ada.answer(KEYS)
    assert second != first
    ada.arrives("feedback")
    announced(ada, "Right.")
    ada.pause()
    KEYS.take_back(ada)
    ada.arrives("question")
    announced(ada, "Taken back.")
    assert ada.slug() == second
    assert finish_the_day(ada, KEYS) == 3  # the second again, the third, and the first, which was wrong
    ada.arrives("done")
    announced(ada, "Done for today.")
    ada.pause()
    KEYS.take_back(ada)
    ada.arrives("question")
    assert finish_the_day(ada, KEYS) == 1
    ada.arrives("done")
    assert len(ada.log(Kind.ANSWER)) == 6
    assert len(ada.log(Kind.UNDO)) == 2


def test_without_javascript_a_newcomer_reviews_the_day_with_forms(visit: Enter) -> None:
    ben = visit(options={"java_script_enabled": False})
    page = ben.open("/")
    page.locator("#try .option").first.click()
    page.locator("#try").get_by_role("button", name="Answer").click()
    expect(page.locator("#try .verdict")).to_be_visible()
    page.get_by_role("link", name="Sign up to keep it").click()
    page.get_by_label("Name").fill("Ben")
    page.get_by_label("E-mail").fill("ben.forms@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Time zone").select_option("Asia/Kathmandu")
    page.get_by_role("button", name="Sign up").click()
    ben.is_now("ben.forms@example.org", new_per_day=10)
    page.get_by_role("link", name="Me", exact=True).click()
    page.get_by_label("New cards a day").fill("1")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_role("link", name="Today").click()
    ben.answer(MOUSE, is_right=False)
    ben.pause()
    MOUSE.grade(ben, "Again")
    next_state(ben, "question")
    ben.answer(MOUSE)
    ben.pause()
    MOUSE.take_back(ben)
    next_state(ben, "question")
    assert finish_the_day(ben, MOUSE) == 1
    ben.pause()
    MOUSE.take_back(ben)
    assert finish_the_day(ben, MOUSE) == 1
    assert (len(ben.log(Kind.ANSWER)), len(ben.log(Kind.UNDO))) == (4, 2)
    ben.ledger_is_clean()


def test_the_first_card_is_reviewed_within_twelve_acts_after_signing_up(visit: Enter) -> None:
    cleo = visit()
    began = datetime.now(UTC)
    page = cleo.open("/sign-up")
    for label, text in (("Name", "Cleo"), ("E-mail", "cleo@example.org"), ("Password", PASSWORD)):
        page.get_by_label(label).fill(text)
    page.get_by_role("button", name="Sign up").click()
    cleo.arrives("question")
    cleo.is_now("cleo@example.org", new_per_day=10)
    cleo.answer(MOUSE)  # at most five picks of a card with many right options, and a click on Answer
    cleo.pause()
    MOUSE.grade(cleo, "Good")
    cleo.arrives("question")
    picks = cleo.log(Kind.ANSWER)[0].given or ""
    acts = picks.count('"') // 2 + 2
    assert acts <= 12
    assert (datetime.now(UTC) - began).total_seconds() < 180


# ---- One press, one answer


def click_twice(people: list[Visitor], button: str, round_: int) -> None:
    """A double click, slower from round to round; the second one hits whatever stands there by then."""
    _click_in_a_row(people, button, 2, round_)


def click_three_times(people: list[Visitor], button: str, round_: int) -> None:
    """A triple click."""
    _click_in_a_row(people, button, 3, round_)


def _click_in_a_row(people: list[Visitor], button: str, times: int, round_: int) -> None:
    places = [_middle(visitor.page.locator(button)) for visitor in people]
    if round_ == 1:  # clicks of a switch or a screen reader: no browser counts them as one double click
        for visitor, place in zip(people, places, strict=True):
            visitor.page.evaluate(UNCOUNTED_CLICKS, [*place, times])
        return
    for number in range(times):
        for visitor, place in zip(people, places, strict=True):
            visitor.page.mouse.move(*place)
            visitor.page.mouse.down(click_count=number + 1)
            visitor.page.mouse.up(click_count=number + 1)
        people[0].page.wait_for_timeout(60 * round_)


UNCOUNTED_CLICKS = """([x, y, times]) => {
  for (let n = 0; n < times; n++) setTimeout(() => document.elementFromPoint(x, y)?.click(), 70 * n);
}"""


def _middle(button: Locator) -> tuple[float, float]:
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def hold_enter(people: list[Visitor], button: str, round_: int) -> None:
    """Enter held down for most of a second, as the keyboard repeats it."""
    for visitor in people:
        visitor.page.locator(button).focus()
    for _ in range(20):
        for visitor in people:
            visitor.page.keyboard.down("Enter")
        people[0].page.wait_for_timeout(10)
    for visitor in people:
        visitor.page.keyboard.up("Enter")


presses = pytest.mark.parametrize("press", [click_twice, click_three_times, hold_enter])


def enter_people(visit: Enter, name: str) -> list[Visitor]:
    """Five learners side by side, so that one waits while the others press."""
    return [visit(f"{name}{number}", new_per_day=200) for number in range(PEOPLE)]


def press_all(people: list[Visitor], press: Press, target: str, round_: int, state: str) -> None:
    """Everybody, after a human moment, presses the same button; all must arrive in this state and stay there."""
    people[0].pause()
    press(people, target, round_)
    for visitor in people:
        expect(visitor.page.locator(state)).to_be_visible()
    people[0].pause()  # time enough for a second request to do harm
    for visitor in people:
        expect(visitor.page.locator(state)).to_be_visible()


def counts(visitor: Visitor) -> tuple[int, int, int]:
    """(answers, regrades, undos) in the log."""
    return len(visitor.log(Kind.ANSWER)), len(visitor.log(Kind.REGRADE)), len(visitor.log(Kind.UNDO))


@presses
@pytest.mark.parametrize("rounds", ROUNDS)
def test_a_nervous_finger_on_answer_on_a_grade_or_on_undo_acts_once(visit: Enter, press: Press, rounds: int) -> None:
    people = enter_people(visit, f"nervous.{press.__name__}.")
    for round_, slug in enumerate(slugs_of(people[0].site.app, Ask.CHOICE)[:rounds]):
        for visitor in people:
            visitor.open(f"/quizzes/today?card={slug}")
            MOUSE.pick(visitor, round_ % 2)
        press_all(people, press, "#review [data-go]", round_, "#review[data-kind=feedback]")
        assert {counts(visitor) for visitor in people} == {(round_ + 1, round_, round_)}
        press_all(people, press, ".grades .button:not(.primary) >> nth=0", round_, "#review[data-kind=question]")
        assert {counts(visitor) for visitor in people} == {(round_ + 1, round_ + 1, round_)}
        press_all(people, press, "#review [aria-keyshortcuts=u]", round_, ".flash:has-text('Taken back.')")
        assert {counts(visitor) for visitor in people} == {(round_ + 1, round_ + 1, round_ + 1)}
    people[0].ledger_is_clean()


@presses
@pytest.mark.parametrize("rounds", ROUNDS)
def test_a_nervous_finger_on_show_answer_grades_nothing_and_on_a_grade_grades_once(
    visit: Enter, press: Press, rounds: int
) -> None:
    people = enter_people(visit, f"shown.{press.__name__}.")
    slugs = slugs_of(people[0].site.app, Ask.SELF)
    for round_ in range(rounds):
        for visitor in people:
            visitor.open(f"/quizzes/today?card={slugs[round_ % len(slugs)]}")
        press_all(people, press, "#review [data-go]", round_, "#review[data-kind=revealed]")
        assert {counts(visitor) for visitor in people} == {(round_, 0, 0)}
        press_all(people, press, ".grades .button >> nth=0", round_, "#review[data-kind=question]")
        assert {counts(visitor) for visitor in people} == {(round_ + 1, 0, 0)}
    people[0].ledger_is_clean()


# ---- Two tabs, no network, no session


def test_a_second_tab_that_answers_the_same_card_is_shown_where_it_stands(visit: Enter) -> None:
    dora = visit("dora")
    first = dora.open("/quizzes/today")
    second = dora.context.new_page()
    second.goto("/quizzes/today")
    slug = dora.answer(MOUSE, is_right=False)
    expect(first.locator("#review")).to_have_attribute("data-kind", "feedback")
    dora.page = second
    dora.expects("status of 409")
    assert dora.slug() == slug
    second.locator("#review").get_by_role("button", name="I don’t know").click()
    expect(second.locator("#review .flash")).to_contain_text("answered on another page")
    announced(dora, "answered on another page")
    dora.arrives("question")
    assert len(dora.log()) == 1
    dora.answer(MOUSE)  # and the page goes on from here
    assert len(dora.log(Kind.ANSWER)) == 2
    dora.ledger_is_clean()


def test_without_a_network_a_typed_answer_stays_and_is_sent_later(visit: Enter) -> None:
    emil = visit("emil", new_per_day=200)
    emil.expects("ERR_INTERNET_DISCONNECTED", "Failed to fetch")
    page = emil.open(f"/quizzes/today?card={slugs_of(emil.site.app, Ask.NUMBER)[0]}")
    field, send = page.locator("#review .typed input"), page.get_by_role("button", name="Answer", exact=False)
    field.fill("12345")
    emil.pause()
    emil.context.set_offline(True)
    send.first.click()
    expect(page.locator("#problem")).to_contain_text("Not sent: no connection.")
    expect(field).to_have_value("12345")
    assert emil.log() == []
    emil.context.set_offline(False)
    expect(send.first).to_be_enabled()
    send.first.click()
    emil.arrives("feedback")
    expect(page.locator(".verdict")).to_contain_text("12345")
    assert [row.given for row in emil.log()] == ['["12345"]']


@pytest.mark.parametrize("by", [KEYS, MOUSE], ids=["keys", "mouse"])
def test_the_next_card_comes_at_once_even_without_a_network(visit: Enter, by: Keys | Mouse) -> None:
    jana = visit(f"jana.{type(by).__name__.lower()}")
    jana.expects("ERR_INTERNET_DISCONNECTED", "Failed to fetch")
    page = jana.open("/quizzes/today")
    first = jana.answer(by)
    jana.arrives("feedback")
    jana.pause()
    page.context.set_offline(True)
    page.locator("#review .grades .primary").press("Enter") if by is KEYS else page.locator(".grades .primary").click()
    jana.arrives("question")
    assert jana.slug() != first
    expect(jana.focus_point("question")).to_be_focused()
    announced(jana, "Python")
    jana.pause()
    by.pick(jana, 1)
    by.go(jana, "Answer")
    expect(page.locator("#problem")).to_contain_text("Your answer is still here")
    page.context.set_offline(False)
    jana.pause()
    by.go(jana, "Answer")
    jana.arrives("feedback")
    assert len(jana.log(Kind.ANSWER)) == 2
    assert len(jana.log()) == 2
    jana.ledger_is_clean()


def test_the_time_spent_on_the_feedback_does_not_count_for_the_next_card(visit: Enter) -> None:
    kira = visit("kira")
    page = kira.open("/quizzes/today")
    kira.answer(MOUSE)
    kira.arrives("feedback")
    page.wait_for_timeout(3_000)
    MOUSE.grade(kira, page.locator(".grades .primary .top-line").inner_text().split()[-1])
    kira.arrives("question")
    kira.pause()
    kira.answer(MOUSE)
    kira.arrives("feedback")
    assert [row.ms < 2_500 for row in kira.log(Kind.ANSWER)] == [True, True]


def test_another_grade_and_a_long_pause_ask_the_server(visit: Enter) -> None:
    lara = visit("lara")
    page = lara.open("/quizzes/today")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/grade" in request.url else None)
    lara.answer(MOUSE)
    lara.arrives("feedback")
    lara.pause()
    MOUSE.grade(lara, "Hard")
    lara.arrives("question")
    assert len(asked) == 1
    lara.pause()
    lara.answer(MOUSE)
    lara.arrives("feedback")
    lara.pause()
    page.evaluate("() => { const now = performance.now.bind(performance); performance.now = () => now() + 400_000; }")
    page.locator(".grades .primary").click()
    lara.arrives("question")
    assert len(asked) == 2
    assert [row.kind for row in lara.log()] == ["answer", "regrade", "answer"]


def test_a_session_that_ended_elsewhere_leads_to_the_sign_in_page_not_into_the_card(visit: Enter) -> None:
    finn = visit("finn")
    finn.expects("status of 401")
    page = finn.open("/quizzes/today")
    with finn.site.app.app_context():
        db.session.execute(delete(Session).where(Session.user_id == finn.me().id))
        db.session.commit()
    finn.pause()
    page.get_by_role("button", name="I don’t know").click()
    expect(page).to_have_url(re.compile("/sign-in"))
    expect(page.locator("h1")).to_have_text("Welcome back")
    assert page.locator("#review").count() == 0
    assert finn.log() == []


def test_the_list_of_keys_opens_by_key_and_can_switch_them_off(visit: Enter) -> None:
    gina = visit("gina")
    page, keys = gina.open(f"/quizzes/today?card={slugs_of(gina.site.app, Ask.CHOICE)[0]}"), gina.page.keyboard
    gina.arrives("question")
    keys.press("?")
    expect(page.locator("#keys")).to_be_visible()
    keys.press("1")
    page.get_by_label("Use these keys on this device").uncheck()
    keys.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.reload()
    keys.press("?")
    keys.press("1")
    expect(page.locator("#keys")).to_be_hidden()
    assert page.locator("#review input:checked").count() == 0


# ---- A phone, and people whom motion makes ill


def test_on_a_phone_everything_to_press_in_the_review_is_44_pixels_high(visit: Enter) -> None:
    hana = visit("hana", options={"viewport": {"width": 360, "height": 740}, "has_touch": True}, new_per_day=200)
    small = []
    for ask, slugs in slugs_by_ask(hana.site.app).items():
        page = hana.open(f"/quizzes/today?card={slugs[0]}")
        small += too_small(hana)
        page.locator("summary", has_text="More").click()
        small += too_small(hana)
        hana.pause()
        button = "Show answer" if ask is Ask.SELF else "I don’t know"
        page.locator("#review").get_by_role("button", name=button).click()
        hana.arrives("revealed" if ask is Ask.SELF else "feedback")
        small += too_small(hana)
    assert small == []


def too_small(visitor: Visitor) -> list[str]:
    """What is there to press and less than 44 pixels high, or wide."""
    to_press = "#review :is(.button, label.option, summary, select, .typed input)"
    targets = visitor.page.locator(to_press).filter(visible=True)
    found = [(target.inner_text(), target.bounding_box()) for target in targets.all()]
    assert len(found) >= 2
    return [f"{text!r}: {box}" for text, box in found if box is None or box["height"] < 44 or box["width"] < 44]


MOVING = "() => [...document.querySelectorAll('*')].filter(e => getComputedStyle(e).animationName !== 'none').length"


@pytest.mark.parametrize(("wish", "is_moving"), [("no-preference", True), ("reduce", False)])
def test_nothing_moves_for_people_who_asked_for_less_motion(visit: Enter, wish: str, is_moving: bool) -> None:
    ines = visit(f"ines.{wish}", options={"reduced_motion": wish})
    ines.open("/quizzes/today")
    ines.answer(MOUSE)
    assert (ines.page.evaluate(MOVING) > 0) is is_moving


WORDS = "What do you want to remember?"


def test_what_is_typed_into_the_journal_survives_the_tab_and_the_session(visit: Enter) -> None:
    ada = visit("ada.writes")
    page = ada.open("/journal")
    page.get_by_role("link", name="Write about today").click()
    page.get_by_label(WORDS).press_sequentially("A **join** of two tables")
    expect(page.locator("#preview strong")).to_have_text("join")
    expect(page.locator("#kept")).to_contain_text("Draft kept at")
    expect(page.get_by_label(WORDS)).to_be_focused()
    other = page.context.new_page()
    page.close()
    other.goto("/journal/new")
    expect(other.get_by_label(WORDS)).to_have_value(re.compile("A \\*\\*join\\*\\* of two tables"))
    ada.expects("status of 401")
    with ada.site.app.app_context():
        db.session.execute(delete(Session).where(Session.user_id == ada.me().id))
        db.session.commit()
    other.get_by_label(WORDS).fill("Typed too late")
    expect(other.locator("#kept")).to_contain_text("Not kept")
    expect(other.get_by_label(WORDS)).to_have_value("Typed too late")


def test_without_javascript_the_journal_is_written_with_forms(visit: Enter) -> None:
    ben = visit("ben.writes", options={"java_script_enabled": False})
    page = ben.open("/journal/new?template=exercise")
    page.get_by_label(WORDS).fill("Two **pointers**")
    page.get_by_label("Tags").fill("Arrays")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview strong")).to_have_text("pointers")
    page.get_by_role("button", name="Keep as a draft").click()
    expect(page.get_by_text("This is your draft of")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".prose strong")).to_have_text("pointers")
    page.get_by_role("link", name="Edit").click()
    page.get_by_label(WORDS).fill("Three pointers")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="1 earlier version").click()
    page.get_by_role("link", name="As of").click()
    expect(page.locator(".prose strong")).to_have_text("pointers")
    page.get_by_role("link", name="Edit the entry").click()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Take it back").click()
    page.get_by_role("link", name="arrays").click()
    expect(page.locator(".rows")).to_contain_text("Three pointers")
