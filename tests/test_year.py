"""A learner's own year through Chromium, with JavaScript and without: plan, timer, journal, mentor, card, skills."""

from datetime import UTC, datetime, timedelta

import pytest
from driving import Enter, Mouse
from factories import answer_next, me_of
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
MOUSE = Mouse()
ways = pytest.mark.parametrize("is_scripted", [True, False], ids=["scripted", "plain"])


@ways
def test_ada_plans_her_year_and_times_an_hour(visit: Enter, is_scripted: bool) -> None:
    ada = visit(f"ada.plans.{is_scripted}", options={"java_script_enabled": is_scripted})
    page = ada.open("/")
    page.get_by_role("link", name="Plan your time").click()
    page.get_by_role("link", name="Begin with balanced").click()
    page.get_by_label("Wednesday").fill("0")
    page.get_by_role("button", name="Keep this plan").click()
    expect(page.locator("h1")).to_contain_text("Your plan ends on")
    page.locator("summary", has_text="Your plan in your calendar").click()
    page.get_by_role("button", name="Make an address").click()
    expect(page.locator(".flash.feed")).to_contain_text("/plan/calendar/")
    page.get_by_role("link", name="Book a break").click()
    page.get_by_label("First day").fill("2027-02-01")
    page.get_by_label("Last day").fill("2027-02-07")
    page.get_by_role("button", name="See what it does").click()
    page.get_by_role("button", name="Book the break").click()
    expect(page.get_by_role("heading", name="Booked")).to_be_visible()
    page.goto("/study")
    page.get_by_role("button", name="Start the timer").click()
    expect(page.locator("#timer[data-kind=running]")).to_be_visible()
    page.reload()
    expect(page.locator("#timer[data-kind=running]")).to_be_visible()
    page.get_by_role("button", name="Stop the timer").click()
    expect(page.locator("#timer[data-kind=running]")).to_have_count(0)
    page.get_by_role("link", name="Your habit").click()
    expect(page.locator("h1")).to_be_visible()


@ways
def test_ada_shares_an_entry_makes_a_card_of_it_and_shows_what_she_knows(visit: Enter, is_scripted: bool) -> None:
    options = {"java_script_enabled": is_scripted}
    ada = visit(f"ada.writes.{is_scripted}", options=options)
    carol = visit(f"carol.reads.{is_scripted}", options=options, role="mentor")
    page = ada.open("/journal/new")
    page.get_by_label("What do you want to remember?").fill("A LEFT JOIN keeps every row.")
    page.get_by_role("button", name="Save").click()
    page.locator("summary", has_text="Make a card of a sentence").click()
    page.get_by_label("Question, or a sentence").fill("A LEFT JOIN keeps ==every row==.")
    page.get_by_role("button", name="Make the card").click()
    expect(page.locator(".flash")).to_contain_text("The card is made.")
    page.goto("/me/mentors")
    page.get_by_label("e-mail address").fill(carol.me().email)
    page.get_by_role("button", name="Make them my mentor").click()
    page.goto("/journal")
    page.locator("#found a.title").click()
    page.get_by_role("button", name="Share with").click()
    theirs = carol.open("/journal/shared")
    theirs.locator("a.title").click()
    theirs.get_by_label("Write to").fill("Which rows of the other table?")
    theirs.get_by_role("button", name="Send").click()
    page.goto("/journal")
    expect(page.locator("main")).to_contain_text("1 new comment from")
    ada.open("/quizzes/today")
    expect(page.locator("#review")).to_contain_text("A LEFT JOIN keeps")
    page.locator("#review input[name=answer]").fill("every row")
    ada.pause()
    MOUSE.go(ada, "Answer")
    ada.arrives("feedback")
    expect(page.locator("#review .verdict")).to_contain_text("Right")


@ways
def test_ada_publishes_what_she_knows_and_takes_it_back(visit: Enter, is_scripted: bool) -> None:
    ada = visit(f"ada.shows.{is_scripted}", options={"java_script_enabled": is_scripted})
    with ada.site.app.app_context():
        for ago in range(20, -1, -1):
            for _ in range(3):
                answer_next(me_of(ada.me()), datetime.now(UTC) - timedelta(days=ago))
    page = ada.open("/progress")
    expect(page.locator("figure svg[role=img]").first).to_be_visible()
    page.get_by_role("link", name="Your skills page").click()
    page.get_by_label("Name on the page").fill("Ada L.")
    page.get_by_label("Python").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Make a link").click()
    link = page.locator("a.address").get_attribute("href") or ""
    reader = visit(f"reader.{is_scripted}")
    assert reader.open(link).locator("h1").inner_text() == "What Ada L. knows"
    page.get_by_role("button", name="Take the link back").click()
    reader.expects("status of 404")
    expect(reader.open(link).locator("h1")).to_contain_text("Nothing here")
