"""Every page in Chromium: axe finds no barrier in light and dark, nothing scrolls sideways at 360 pixels."""

from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from driving import Enter, Mouse, Visitor
from factories import (
    PASSWORD,
    add_code,
    add_cohort,
    add_person,
    add_plan,
    answer_card,
    answer_next,
    answer_wrongly,
    ask_to_join,
    believe,
    hand_in,
    held_by,
    invite,
    join_cohort,
    know,
    me_of,
    nudge,
    own_decks,
    publish_class_card,
    say,
    set_task,
    share_entry,
    slugs_of,
    stand,
    start_session,
    write_class_card,
    write_entry,
)
from playwright.sync_api import expect
from serving import Server
from sqlalchemy import update

from portal.cohorts import entering
from portal.db import db
from portal.mentoring.models import Nudge
from portal.quizzes.queries import find_card
from portal.roadmap import content
from quizzes.cards import Ask

pytestmark = pytest.mark.browser
MOUSE = Mouse()
STILL = {"reduced_motion": "reduce", "viewport": {"width": 1280, "height": 900}}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
AXE_SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
OF_COLOUR = ["color-contrast", "link-in-text-block"]  # the only rules for which dark can differ from light
OF_ROOM = ["target-size", "scrollable-region-focusable", "meta-viewport"]  # and those for which a phone can
# Two thirds of the time of axe goes into contrast. It hangs on colours, backgrounds and letters of an element and of
# what it stands in, so of those that agree in all of it one is judged. Nothing here plays or is turned: no `preload`.
RUN_AXE = """([rules, withColours]) => {
  if (!('axe' in window)) return null;
  const looks = new Map(), places = new Map(), judged = new Set();
  const AS = ['color', 'backgroundColor', 'backgroundImage', 'opacity', 'fontSize', 'fontWeight', 'textShadow',
    'filter', 'mixBlendMode', 'position', 'clip', 'clipPath', 'display', 'webkitTextFillColor'];
  for (const element of withColours ? document.querySelectorAll('body, body *') : []) {
    const style = getComputedStyle(element);
    const look = [places.get(element.parentNode), ...AS.map(name => style[name])].join();
    if (!looks.has(look)) looks.set(look, looks.size);
    places.set(element, looks.get(look));
    const text = [...element.childNodes].map(node => node.nodeType === 3 ? node.data : '').join('').trim();
    element.removeAttribute('data-judged');
    if (!text && !element.matches('input, select, textarea')) continue;
    if (!element.checkVisibility({visibilityProperty: true, opacityProperty: true})) continue;
    const off = element.closest(':disabled, [aria-disabled=true]') || element.closest('label')?.control?.disabled;
    const one = [looks.get(look), element.localName, element.type, !!off, text.length > 1].join();
    if (!judged.has(one)) element.setAttribute('data-judged', judged.add(one).size);
  }
  axe.configure({rules: [{id: 'color-contrast', selector: '[data-judged]'}]});
  const options = {runOnly: rules, resultTypes: ['violations'], preload: false};
  if (!withColours) options.rules = {'color-contrast': {enabled: false}, 'link-in-text-block': {enabled: false}};
  return axe.run(document, options).then(got => got.violations);
}"""
NOT_THERE = "/no-such-page"
PUBLIC = [
    "/sign-in",
    "/sign-up",
    "/about",
    "/quizzes/",
    "/quizzes/try",
    "/roadmap/after",
    "/roadmap/plans",
    "/roadmap/resources",
]
EVERYBODY = [
    "/",
    "/roadmap",
    "/roadmap/steps/sql-mysql",
    "/roadmap/steps/git-github",
    "/roadmap/topics/sql.joins",
    "/roadmap/topics/sql.joins.outer",
    "/roadmap/topics/bigo.loops",
    "/roadmap/topics/git.branches",
    "/quizzes/decks/big-o",
    NOT_THERE,
]
LEARNERS = [
    "/me",
    "/me/mentors",
    "/me/data",
    "/me/leave",
    "/me/seen",
    "/me/mentor-view",
    "/quizzes/answers",
    "/quizzes/today",
    "/quizzes/choices",
    "/quizzes/own/new",
    "/journal",
    "/journal/new",
    "/journal/new?template=decision",
    "/journal/cards",
    "/journal/notes/sql.joins",
    "/plan",
    "/plan/edit",
    "/progress",
    "/progress/skills",
    "/study",
    "/study?period=all",
    "/study/cost",
    "/study/cost?step=4",
    "/study/cost?new_per_day=15",
    "/progress/habit",
    "/cohorts/messages",
    "/tasks",
]
LEARNERS += ["/projects", "/feedback"]
LEARNERS += ["/journal/search", "/journal/search?q=none+author:x", "/journal/calendar", "/journal/calendar/2026/11"]
LEARNERS += ["/cohorts", "/cohorts/join"]
MENTORS = ["/quizzes/reports", "/journal/shared", "/cohorts", "/quizzes/bank", "/quizzes/bank/misconceptions"]
MENTORS += ["/quizzes/bank/decks/sql-joins", "/quizzes/bank/sql-join-count-star-after-left"]
SEEN_BELOW = {
    "quizzes.card",
    "bank.report",
    "quizzes.edit_own",
    "journal.about",
    "quizzes.report",
    "quizzes.feedback",
    "quizzes.reveal",
    "roadmap.project",
}
OF_AN_ENTRY = {
    "journal.shared_entry",
    "journal.entry",
    "journal.edit",
    "journal.versions",
    "journal.version",
    "journal.deleted",
}
OF_A_LEARNER = {"mentoring.learner", "seen.mentor_view"}
OF_A_COHORT = {
    "cohorts.settings",
    "cohorts.roster",
    "cohorts.member",
    "cohorts.invitations",
    "cohorts.file",
    "cohorts.join",
}
OF_FEEDBACK = {
    "projects.project",
    "projects.submission",
    "feedback.thread",
    "feedback.learner_thread",
    "feedback.queue",
}
OF_SKILLS = {"skills.preview", "skills.public"}
OF_A_MORNING = {f"mentoring.{name}" for name in ("cohort", "rules", "write", "note", "snooze")}
OF_A_SESSION = {"study.correct"}
OF_RESULTS = {
    "mentoring.heat",
    "mentoring.heat_topic",
    "mentoring.learner_topic",
    "mentoring.misconceptions",
    "mentoring.misconception",
}
OF_TASKS = {"assignments.tasks", "assignments.new", "assignments.task", "assignments.my_task"}
OF_DECKS = {f"decks.{name}" for name in ("decks", "deck", "new_card", "edit_card", "card", "check", "import_cards")}
OF_A_PLAN = {"plan.item", "plan.month", "plan.breaks"}
NO_PAGES = {
    "decks.cards_csv",
    "decks.example_csv",
    "mentoring.heat_csv",
    "mentoring.news",
    "feedback.queue_news",
    "assignments.tasks_news",
    "mentoring.members_csv",
    "study.timer",
    "plan.calendar",
    "cohorts.roster_csv",
    "assets.static_file",
    "journal.export",
    "belongings.export",
    "health.healthz",
    "health.readyz",
}


@cache
def axe() -> str:
    """The program that looks for barriers, as it was published."""
    text = AXE.read_text()
    assert sha256(text.encode()).hexdigest() == AXE_SHA256, f"{AXE} is not the file that was published"
    return text


def barriers(visitor: Visitor, rules: list[str], with_colours: bool = True) -> list[str]:
    """What axe finds on the page as it stands, with its place."""
    asked = [rules, with_colours]
    found: list[dict[str, Any]] | None = visitor.page.evaluate(RUN_AXE, asked)
    if found is None:
        visitor.page.evaluate(axe())
        found = visitor.page.evaluate(RUN_AXE, asked)
        assert found is not None
    return [f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]]


def look(visitor: Visitor, name: str = "") -> list[str]:
    """Everything that is wrong with the page as it stands: light and dark on a desk, light on a phone.

    A phone shows the same elements in less room, but for the bar at its bottom: so there the front page is judged whole
    and others by the rules of room. A look begins and ends in light.
    """
    page = visitor.page
    is_front, name = urlsplit(page.url).path == "/", name or page.url
    page.set_viewport_size({"width": 1280, "height": 900})
    wrong = [f"{name} light 1280: {barrier}" for barrier in barriers(visitor, RULES)]
    page.emulate_media(color_scheme="dark")
    wrong += [f"{name} dark 1280: {barrier}" for barrier in barriers(visitor, OF_COLOUR)]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 360, "height": 740})
    width = page.evaluate(TO_ITS_END)
    on_phone = RULES if is_front else OF_ROOM
    wrong += [f"{name} light 360: {barrier}" for barrier in barriers(visitor, on_phone, is_front)]
    return wrong + [f"{name}: {width} pixels wide"] * (width > 360)


# At its end nothing lies half under the bar that sticks to the bottom; and how wide it is there.
TO_ITS_END = """() => new Promise(done => requestAnimationFrame(() => {
  scrollTo(0, document.documentElement.scrollHeight);
  done(document.documentElement.scrollWidth);
}))"""
# Opening a page, its style and axe anew takes as long as judging it; the rest of a page is the same on all of them.
TURN_TO = """async path => {
  const page = new DOMParser().parseFromString(await (await fetch(path)).text(), 'text/html');
  history.replaceState(null, '', path);
  document.title = page.title;
  document.body.replaceWith(document.adoptNode(page.body));
}"""


def look_at(visitor: Visitor, paths: list[str]) -> list[str]:
    """Everything that is wrong with these pages, the first opened, the others put in its place."""
    visitor.open(paths[0])
    wrong = look(visitor)
    for path in paths[1:]:
        visitor.page.evaluate(TURN_TO, path)
        wrong += look(visitor, path)
    return wrong


def test_no_page_is_missing_here(site: Server) -> None:
    adapter = site.app.url_map.bind("localhost")
    known = (
        SEEN_BELOW,
        OF_AN_ENTRY,
        OF_A_COHORT,
        OF_FEEDBACK,
        OF_A_MORNING,
        OF_RESULTS,
        OF_TASKS,
        OF_DECKS,
        OF_A_PLAN,
        OF_A_SESSION,
        OF_A_LEARNER,
        OF_SKILLS,
        NO_PAGES,
    )
    seen = set().union(*known)
    for path in {*PUBLIC, *EVERYBODY, *LEARNERS, *MENTORS} - {NOT_THERE}:
        seen.add(adapter.match(path.partition("?")[0], "GET")[0])
    pages = {rule.endpoint for rule in site.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert pages - seen == set()


@pytest.mark.parametrize("paths", [PUBLIC, EVERYBODY], ids=["public", "everybody"])
def test_pages_for_visitors_have_no_barrier(visit: Enter, paths: list[str]) -> None:
    visitor = visit(options=STILL)
    visitor.expects("status of 404")
    assert look_at(visitor, paths) == []


def test_pages_for_learners_have_no_barrier(visit: Enter) -> None:
    ada = visit("ada.pages", options=STILL)
    ada.expects("status of 404")
    ada.open("/quizzes/today")
    slug = ada.answer(MOUSE, is_right=False)
    card, project = f"/quizzes/cards/{slug}", content.roadmap().steps[0].projects[0]
    unseen = f"/quizzes/cards/{slugs_of(ada.site.app, Ask.CHOICE)[-1]}"
    paths = [card, unseen, f"{card}/report", f"/roadmap/projects/{project.id}"]
    assert look_at(ada, [*LEARNERS, *EVERYBODY, *paths]) == []


def test_pages_for_mentors_have_no_barrier(visit: Enter) -> None:
    carol = visit("carol.pages", options=STILL, role="mentor")
    wrong = look_at(carol, MENTORS)
    page = carol.open(f"/quizzes/cards/{slugs_of(carol.site.app, Ask.MULTI)[0]}/report")
    page.get_by_label("In your words").fill("The second option is right as well.")
    page.get_by_role("button", name="Send the report").click()
    wrong += look(carol, "today, thanked") + look_at(carol, MENTORS)
    page.goto("/quizzes/reports")
    page.get_by_role("link", name="Look at the first one").click()
    assert wrong + look(carol, "a report") == []


def test_the_heat_map_has_no_barrier_and_arrows_walk_it(visit: Enter) -> None:
    carol, ada = visit("carol.maps", options=STILL, role="mentor"), visit("ada.mapped", options=STILL)
    app, page, outer = carol.site.app, carol.page, "sql.joins.outer"
    slug = next(slug for slug in slugs_of(app, Ask.CHOICE) if held_by(app, ada.me(), slug).topic == outer)
    with app.app_context():
        home = f"/cohorts/{add_cohort(carol.me())}"
    wrong = look_at(carol, [f"{home}/heat", f"{home}/misconceptions"])
    with app.app_context():
        join_cohort(int(home.rpartition("/")[2]), ada.me())
        held = find_card(ada.me().id, slug)
        assert held is not None
        answer_wrongly(me_of(ada.me()), held, datetime.now(UTC))
        know(ada.me(), outer, 634, 912)
        believe(ada.me().id, held)
    carol.open(f"{home}/heat?step=4")
    page.locator("summary").click()
    page.get_by_label("Learners").focus()
    wrong += look(carol, "the map")
    page.get_by_role("button", name="Show").focus()
    for key in ("Tab", "Tab", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowUp", "ArrowDown", "End", "Home"):
        page.keyboard.press(key)
    expect(page.get_by_role("link", name="Ada.mapped")).to_be_focused()
    places = page.locator("tbody tr").locator("th, td").all_inner_texts()
    for _ in range(next(place for place, text in enumerate(places) if "was 91" in text)):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Ada.mapped would know 63%")
    wrong += look(carol, "a learner")
    belief = held.sheet.options[[option.is_right for option in held.sheet.options].index(False)].misconception
    paths = ["heat", f"heat/{outer}", "misconceptions", f"misconceptions/{belief}"]
    assert wrong + look_at(carol, [f"{home}/{path}" for path in paths]) == []


def test_forms_with_complaints_have_no_barrier(visit: Enter) -> None:
    ben = visit("ben.complains", options=STILL)
    ben.expects("status of 422")
    wrong = []
    for path, fields, button in (
        ("/me", {"Name": " ", "New cards a day": "7"}, "Save"),
        ("/quizzes/cards/http-401-or-403/report", {"In your words": " "}, "Send the report"),
    ):
        wrong += complain(ben, path, fields, button)
    page = ben.open("/me")
    page.locator("summary", has_text="Change your password").click()
    page.get_by_label("Password now").fill("not this one, surely")
    page.get_by_label("New password").fill("short")
    page.get_by_role("button", name="Change it").click()
    expect(page.locator(".error")).not_to_have_count(0)
    assert wrong + look(ben, "password with complaints") == []


def test_the_journal_has_no_barrier_in_any_state(visit: Enter) -> None:
    ada = visit("ada.journal", options=STILL)
    ada.expects("status of 409", "status of 422")
    body = "# Joins\n\n- [a link](https://example.org) and `code`\n\n```sql\nSELECT 1 " + "+ 1 " * 60 + "\n```"
    wrong = complain(ada, "/journal/new", {"Tags": "c++"}, "Save")
    fields = {"What do you want to remember?": body, "Tags": "sql, big-o, " + "x" * 40, "Minutes studied": "45"}
    page = ada.page
    for label, text in fields.items():
        page.get_by_label(label, exact=True).fill(text)
    expect(page.locator("#preview h2")).to_have_text("Joins")
    expect(page.locator("#kept")).to_contain_text("Draft kept")
    wrong += look(ada, "writing") + look_at(ada, ["/journal/new"])
    page.get_by_role("button", name="Save").click()
    expect(page.locator("h1")).to_contain_text(",")
    entry = urlsplit(page.url).path
    wrong += look(ada, "an entry")
    other = ada.page.context.new_page()
    other.goto(f"{entry}/edit")
    page.goto(f"{entry}/edit")
    for tab in (other, page):
        tab.get_by_label("What do you want to remember?").fill("Changed.")
        tab.get_by_role("button", name="Save").click()
    expect(page.locator("#meanwhile")).to_be_visible()
    wrong += look(ada, "two tabs")
    wrong += look_at(
        ada, ["/journal", "/journal?tag=sql", "/journal?tag=no", f"{entry}/versions", f"{entry}/versions/1"]
    )
    wrong += look_at(ada, ["/journal/search?q=chang*", "/journal/calendar", "/journal?day=2026"])
    ada.open(entry).get_by_role("button", name="Delete").click()
    expect(page.get_by_role("button", name="Take it back")).to_be_visible()
    assert wrong + look(ada, "deleted") == []


def test_sharing_has_no_barrier_on_either_side(visit: Enter) -> None:
    ada, carol = visit("ada.shares", options=STILL), visit("carol.reads", options=STILL, role="mentor")
    for visitor in (ada, carol):
        visitor.expects("status of 422")
    with ada.site.app.app_context():
        entry_id = write_entry(ada.me().id, datetime.now(UTC).date(), "# Joins\n\nStill *slow*.", ["sql"])
    wrong = complain(ada, "/me/mentors", {"Your mentor’s e-mail address": "nobody@example.org"}, "Make them my mentor")
    ada.page.get_by_label("e-mail address").fill(carol.me().email)
    ada.page.get_by_role("button", name="Make them my mentor").click()
    expect(ada.page.get_by_role("button", name="Let go of Carol.reads")).to_be_visible()
    wrong += look(ada, "a mentor") + look_at(ada, [f"/journal/{entry_id}"])
    ada.page.get_by_role("button", name="Share with").click()
    expect(ada.page.get_by_role("button", name="Stop sharing")).to_be_visible()
    wrong += look_at(carol, ["/journal", "/journal/shared"]) + look_at(carol, [f"/journal/shared/{entry_id}"])
    expect(carol.page.get_by_role("button", name="Mark as read")).to_have_count(0)
    wrong += complain(carol, f"/journal/shared/{entry_id}", {"Write to Ada.shares": " "}, "Send")
    for body in ("Why?", "# Look\n\n`EXPLAIN`"):
        carol.page.get_by_label("Write to").fill(body)
        carol.page.get_by_role("button", name="Send").click()
    carol.page.get_by_role("button", name="Delete your comment").first.click()
    expect(carol.page.get_by_role("button", name="Take it back")).to_be_visible()
    wrong += look(carol, "said") + look_at(ada, ["/journal", f"/journal/{entry_id}"])
    ada.page.get_by_role("button", name="Stop sharing").click()
    ada.page.locator("summary", has_text="Who could read this").click()
    assert wrong + look(ada, "stopped") + look_at(carol, ["/journal/shared", "/journal/shared?unread=1"]) == []


def test_a_learner_as_their_mentor_sees_them_has_no_barrier(visit: Enter) -> None:
    ada, carol = visit("ada.seen", options=STILL, new_per_day=9), visit("carol.sees", options=STILL, role="mentor")
    with ada.site.app.app_context():
        cohort_id = add_cohort(carol.me())
        join_cohort(cohort_id, ada.me())
        add_plan(ada.me().id, datetime.now(UTC) - timedelta(days=30))
        share_entry(ada.me().id, write_entry(ada.me().id, datetime.now(UTC).date(), "Still *slow*."), carol.me().id)
        for ago in (20, 3):
            for _ in range(4):
                answer_next(me_of(ada.me()), datetime.now(UTC) - timedelta(days=ago))
    ada.open("/quizzes/today")
    ada.answer(MOUSE, is_right=False)
    page = carol.open(f"/cohorts/{cohort_id}/learners/{ada.me().id}")
    page.locator("summary").evaluate_all("folds => folds.forEach(fold => fold.click())")
    wrong = look(carol, "a learner") + look_at(carol, [urlsplit(page.url).path + "?wrong=1&topic=bigo.growth"])
    page = ada.open("/me/mentor-view")
    expect(page.locator("#as-mentor")).to_contain_text("This is what Carol.sees sees")
    assert wrong + look(ada, "her mentor's view") + look_at(ada, ["/me/seen"]) == []


def test_cohorts_have_no_barrier_on_either_side(visit: Enter) -> None:
    carol, ada = visit("carol.leads", options=STILL, role="mentor"), visit("ada.joins", options=STILL)
    carol.expects("status of 422")
    ada.expects("status of 410", "status of 422", "status of 404")
    with carol.site.app.app_context():
        at = f"/cohorts/{(cohort_id := add_cohort(carol.me()))}"
        join_cohort(cohort_id, ada.me())
        add_cohort(carol.me(), "Spring intake")
        (_, _, way), (_, _, asked) = add_code(cohort_id), add_code(cohort_id, needs_approval=True, most=1)
        ask_to_join(add_person(carol.site.app, "asks@example.org", "Asks"), asked)
        invite(carol.me(), cohort_id, f"{'x' * 40}@example.org", "Eve")
        invite(carol.me(), add_cohort(carol.me(), "Summer intake"), ada.me().email)
        entering.keep_upload(carol.me().id, cohort_id, "email,name\ny@example.org,Finn\n", datetime.now(UTC))
        db.session.commit()
    paths = ["/cohorts", *(f"{at}/{name}" for name in ("settings", "roster", "invitations", "invitations/file"))]
    wrong = look_at(carol, [*paths, f"{at}/roster/{ada.me().id}", f"/cohorts/join/{way}"])
    wrong += complain(carol, f"{at}/settings", {"Name": " "}, "Save")
    ada.open("/cohorts").locator("summary", has_text="What your mentors can see").click()
    wrong += look(ada, "seen") + look_at(ada, [f"/cohorts/join/{way}", f"/cohorts/join/{asked}", "/me/mentors"])
    assert wrong + complain(ada, "/cohorts/join", {"Code": "ABCD-2345"}, "See the cohort") == []


def test_a_mentors_morning_has_no_barrier_and_stays_where_it_is(visit: Enter) -> None:
    ada, carol = visit("ada.learns", options=STILL), visit("carol.mentors", options=STILL, role="mentor")
    carol.expects("status of 422", "status of 404")
    quiet = {"quiet": "7 days without a review", "behind": "plan 9 h behind: 3 of 12 h in four weeks"}
    moment = datetime.now(UTC)
    with carol.site.app.app_context():
        cohort_id = add_cohort(carol.me())
        for visitor, name in ((ada, "Ada"), (carol, "Carol")):
            join_cohort(cohort_id, visitor.me())
            stand(cohort_id, visitor.me(), name, moment, reasons=quiet, wins={"steady": "two weeks in rhythm"})
        nudge(cohort_id, carol.me(), ada.me(), "Ten cards are enough.")
        db.session.execute(update(Nudge).values(sent_at=moment))
        db.session.commit()
    url = f"/cohorts/{cohort_id}"
    page, learner = carol.page, f"{url}/learners/{ada.me().id}"
    page.clock.install()
    wrong = look_at(carol, [url, f"{learner}/write", f"{learner}/note"]) + look_at(ada, ["/", "/cohorts/messages"])
    wrong += complain(carol, f"{url}/rules", {"Silence": "soon"}, "Keep these rules")
    wrong += complain(carol, f"{learner}/snooze", {"Why": " "}, "Snooze")
    carol.open(url).get_by_role("link", name="Write: Ada").click()
    text = page.get_by_label("Your message", exact=True)
    expect(text).to_be_focused()
    wrong += look(carol, "with a message")
    place = text.bounding_box()
    with carol.site.app.app_context():
        stand(cohort_id, ada.me(), "Ada", moment + timedelta(minutes=1))
    page.clock.run_for(31_000)
    expect(page.locator("#now")).to_contain_text("1 change since")
    expect(page.locator("h1")).to_contain_text("Two of 2")
    expect(text).to_be_focused()
    assert text.bounding_box() == place, "what is read and written stays where it is"
    page.get_by_role("link", name="Close").click()
    expect(page.get_by_role("link", name="Write: Ada")).to_be_focused()
    page.get_by_role("link", name="Show it").click()
    expect(page.locator("h1")).to_contain_text("One of 2 needs you")
    assert wrong == []


def test_handing_in_and_feedback_have_no_barrier_on_either_side(visit: Enter) -> None:
    ada, carol = visit("ada.builds", options=STILL), visit("carol.judges", options=STILL, role="mentor")
    for visitor in (ada, carol):
        visitor.expects("status of 422")
    with ada.site.app.app_context():
        cohort_id = add_cohort(carol.me())
        join_cohort(cohort_id, ada.me())
        say(carol.me(), cohort_id, ada.me(), "# Well\n\n`begun`")
        hand_in(cohort_id, ada.me(), "contact-manager")
    address = "/projects/calculator-app"
    given = {"Where its code is": "ftp://example.org", "What you did, and what was hard": "## Parts\n\n- adds"}
    wrong = complain(ada, address, given, "Hand it in") + look_at(ada, ["/projects"])
    ada.page.goto(address)
    for label, words in {**given, "Where its code is": "https://example.org/" + "x" * 90}.items():
        ada.page.get_by_label(label, exact=True).fill(words)
    ada.page.get_by_role("button", name="Hand it in").click()
    expect(ada.page.get_by_role("button", name="Withdraw it")).to_be_visible()
    wrong += look(ada, "handed in") + look_at(carol, [f"/cohorts/{cohort_id}/queue"])
    carol.page.get_by_role("link", name="Ada.builds: Calculator App").click()
    carol.page.get_by_role("button", name="Accept it").click()
    expect(carol.page.get_by_role("alert")).to_contain_text("Say of each point")
    wrong += look(carol, "not judged yet")
    for radio in carol.page.get_by_label("shows it").all():
        radio.check()
    carol.page.get_by_role("button", name="Accept it").click()
    expect(carol.page.locator(".flash")).to_contain_text("Accepted.")
    carol.page.get_by_text("Take the acceptance back").click()
    wrong += look(carol, "accepted") + look_at(ada, [address])
    wrong += complain(ada, f"/feedback/{cohort_id}", {"Write to your mentors": " "}, "Send")
    wrong += look_at(carol, [f"/cohorts/{cohort_id}/feedback/{ada.me().id}", "/feedback"])
    assert wrong == []


def test_own_cards_and_notes_have_no_barrier_in_any_state(visit: Enter) -> None:
    ada = visit("ada.keeps", options=STILL)
    ada.expects("status of 422")
    page = ada.open("/journal/new?template=exercise")
    body = "## The exercise\n\nReverse a list.\n\n- [ ] a\n- [x] b [[sql.joins]]\n\n## My solution\n\n"
    body += "```python\nxs[::-1]\n```"
    page.get_by_label("What do you want to remember?").fill(body)
    page.locator("summary", has_text="Link a topic").click()
    wrong = look(ada, "linking")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#entry")).to_be_visible()
    page.get_by_text("Reverse a list.").select_text()
    pick = page.get_by_role("button", name="Make a card of what is selected")
    expect(pick).to_be_visible()
    wrong += look(ada, "selected")
    page.get_by_text("Reverse a list.").select_text()
    pick.click()
    expect(page.get_by_label("Question, or a sentence with a gap")).to_have_value("Reverse a list.")
    page.get_by_label("Answer").fill("xs[::-1]")
    page.get_by_role("button", name="Make the card").click()
    expect(page.locator(".flash")).to_contain_text("The card is made.")
    expect(page.locator("#pick")).to_be_hidden()
    page.get_by_role("button", name="Bring this exercise back").click()
    expect(page.locator(".flash")).to_contain_text("The card is made.")
    wrong += look_at(ada, ["/journal/cards", "/roadmap/topics/sql.joins"])
    page.goto("/journal/cards")
    page.locator("a.title").last.click()
    expect(page.locator("#about")).to_be_visible()
    wrong += look(ada, "an own card")
    card = urlsplit(page.url).path.rpartition("/")[2]
    wrong += complain(ada, f"/quizzes/own/{card}/edit", {"Question, or a sentence with a gap": "==a== ==b=="}, "Save")
    ada.open(f"/quizzes/cards/{card}").get_by_role("button", name="Delete it").click()
    expect(page.get_by_role("button", name="Take it back")).to_be_visible()
    wrong += look(ada, "a deleted card")
    page.goto("/roadmap/topics/sql.joins")
    for summary in ("Note something", "Keep a link"):
        page.locator("summary", has_text=summary).click()
    page.get_by_label("Notes").fill("Some *notes*.")
    page.get_by_role("button", name="Keep the notes").click()
    page.locator("summary", has_text="Keep a link").click()
    page.get_by_label("Title").fill("Joins")
    page.get_by_label("Address").fill("https://example.org/" + "x" * 90)
    page.get_by_role("button", name="Keep the link").click()
    expect(page.get_by_role("button", name="Remove")).to_be_visible()
    wrong += look(ada, "notes")
    link = {"Title": "Joins", "Address": "http://example.org"}
    assert wrong + complain(ada, "/journal/notes/sql.joins", link, "Keep the link") == []


def test_the_plan_has_no_barrier_in_any_state(visit: Enter) -> None:
    ada = visit("ada.plan", options=STILL)
    ada.expects("status of 422")
    wrong = look_at(ada, ["/plan"]) + complain(ada, "/plan/edit", {"Tuesday": "two"}, "Keep this plan")
    page = ada.page
    page.get_by_label("Tuesday").fill("2:30")
    expect(page.locator("#preview")).to_contain_text("17.5 hours a week")
    wrong += look(ada, "with a preview")
    page.get_by_role("button", name="Keep this plan").click()
    expect(page.locator("h1")).to_contain_text("Your plan ends on")
    for fold in page.locator("details summary").all():
        fold.click()
    wrong += look(ada, "a plan")
    page.get_by_role("button", name="Make an address").click()
    expect(page.locator(".flash.feed")).to_contain_text(".ics")
    wrong += look(ada, "with an address")
    day = datetime.now(UTC).date()
    first, last = (day + timedelta(days=number) for number in (9, 16))
    wrong += complain(
        ada, "/plan/breaks", {"First day": last.isoformat(), "Last day": first.isoformat()}, "See what it does"
    )
    ada.open(f"/plan/breaks?first_on={first}&last_on={last}")
    for fold in page.locator("main details summary").all():
        fold.click()
    wrong += look(ada, "what a break does")
    page.get_by_role("button", name="Book the break").click()
    expect(page.locator("h2")).to_have_text("Booked")
    wrong += look(ada, "booked") + look_at(
        ada, ["/plan/items/git.commits", "/plan/items/bigo.growth", f"/plan/months/{first:%Y-%m}"]
    )
    wrong += complain(ada, "/plan/items/calculator-app", {"What shows it?": " "}, "It is done")
    assert wrong == []


def test_tasks_have_no_barrier_on_either_side(visit: Enter) -> None:
    ada, carol = visit("ada.tasks", options=STILL), visit("carol.sets", options=STILL, role="mentor")
    for visitor in (ada, carol):
        visitor.expects("status of 422")
    with ada.site.app.app_context():
        cohort_id = add_cohort(carol.me())
        join_cohort(cohort_id, ada.me())
    tasks = f"/cohorts/{cohort_id}/tasks"
    wrong = look_at(carol, [tasks]) + complain(
        carol, f"{tasks}/new", {"Or single cards, by name": "nowhere"}, "See what it costs"
    )
    page = carol.page
    page.get_by_label("Or single cards, by name").fill("")
    page.get_by_label("A whole deck").select_option("big-o")
    page.get_by_role("button", name="See what it costs").click()
    expect(page.locator("h1")).to_contain_text("Big O")
    for fold in page.locator("main details summary").all():
        fold.click()
    wrong += look(carol, "a cost")
    page.get_by_role("button", name="Set this task").click()
    expect(page.locator(".flash.good")).to_be_visible()
    for fold in page.locator("main details summary").all():
        fold.click()
    wrong += look(carol, "a task") + look_at(carol, [tasks]) + look_at(ada, ["/", "/tasks"])
    ada.page.locator("a.title").first.click()
    expect(ada.page.get_by_role("button", name="Answer cards now")).to_be_visible()
    wrong += look(ada, "my task")
    with ada.site.app.app_context():
        reading = set_task(cohort_id, carol.me(), ada.me())
    wrong += look_at(ada, [f"/tasks/{reading}"])
    ada.page.get_by_label("What you take from it").fill("A copy.")
    ada.page.get_by_role("button", name="I read it").click()
    expect(ada.page.get_by_role("button", name="It is not done after all")).to_be_visible()
    assert wrong + look(ada, "read") == []


def test_decks_of_a_cohort_have_no_barrier_on_either_side(visit: Enter) -> None:
    ada, carol = visit("ada.decks", options=STILL), visit("carol.writes", options=STILL, role="mentor")
    dora = visit("dora.checks", options=STILL, role="mentor")
    carol.expects("status of 422")
    with ada.site.app.app_context():
        cohort_id = add_cohort(carol.me())
        join_cohort(cohort_id, ada.me())
        _, served_id = publish_class_card(cohort_id, dora.me(), carol.me())
        deck_id, card_id = write_class_card(cohort_id, dora.me())
    decks = f"/cohorts/{cohort_id}/decks"
    card = f"{decks}/cards/{card_id}"
    wrong = look_at(carol, [decks, f"{decks}/{deck_id}", f"{card}/check", f"{decks}/cards/{served_id}"])
    carol.page.goto(f"{carol.page.url.partition('/cohorts')[0]}{card}/check")
    carol.page.get_by_role("button", name="I don’t know").click()
    expect(carol.page.locator("h1")).to_have_text("Does the source bear it out?")
    wrong += look(carol, "a check")
    carol.open(f"{decks}/{deck_id}/cards/new").get_by_label("Answers").press_sequentially("[x] LEFT JOIN")
    expect(carol.page.locator("#said-answers")).to_contain_text("two to four")
    expect(carol.page.locator("#preview")).to_contain_text("stand between this card and its check")
    expect(carol.page.get_by_label("Answers")).to_be_focused()
    wrong += look(carol, "a card that is written") + look_at(ada, [decks])
    assert wrong + complain(carol, f"{decks}/{deck_id}/import", {"Or its text": "why\n"}, "Look at it") == []


def test_pictures_and_the_skills_page_have_no_barrier(visit: Enter) -> None:
    ada = visit("ada.pictures", options=STILL, new_per_day=9)
    ada.expects("status of 422")
    with ada.site.app.app_context():
        for ago in range(24, -1, -1):
            for _ in range(4):
                answer_next(me_of(ada.me()), datetime.now(UTC) - timedelta(days=ago))
    page = ada.open("/progress?period=month")
    expect(page.locator("figure svg[role=img]")).to_have_count(5)
    page.locator("details").evaluate_all("folds => folds.forEach(fold => fold.open = true)")
    wrong = look(ada, "pictures with their tables") + look_at(ada, ["/progress?period=all", "/progress/skills"])
    wrong += complain(ada, "/progress/skills", {"Name on the page": " "}, "Save")
    page.get_by_label("Name on the page").fill("Ada L.")
    page.get_by_label("Python").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Make a link").click()
    link = page.locator("a.address").get_attribute("href") or ""
    assert wrong + look(ada, "with a link") + look_at(ada, ["/progress/skills/preview", link]) == []


def test_the_study_timer_has_no_barrier_in_any_state(visit: Enter) -> None:
    ada = visit("ada.studies", options=STILL)
    ada.expects("status of 422")
    with ada.site.app.app_context():
        forgotten = start_session(ada.me().id, datetime.now(UTC) - timedelta(hours=5), "sql.joins")
    wrong = look_at(ada, ["/study"])
    wrong += complain(ada, f"/study/sessions/{forgotten}/correct", {"Minutes studied": "1000"}, "Keep this")
    page = ada.page
    page.get_by_label("Minutes studied").fill("70")
    page.get_by_role("button", name="Keep this").click()
    expect(page.locator("h1")).to_have_text("You studied 1 h 10 in seven days")
    wrong += look(ada, "with a session")
    for button, kind in (("Start the timer", "running"), ("Stop the timer", "stopped")):
        page.get_by_role("button", name=button).click()
        expect(page.locator(f"#timer[data-kind={kind}]")).to_be_visible()
        wrong += look(ada, kind)
    assert wrong == []


def test_signing_up_and_in_with_complaints_has_no_barrier(visit: Enter) -> None:
    nobody = visit(options=STILL)
    nobody.expects("status of 422")
    new = {"Name": " ", "E-mail": "ada@example", "Password": "short"}
    wrong = complain(nobody, "/sign-up", new, "Sign up")
    known = {"E-mail": "nobody@example.org", "Password": PASSWORD}
    assert wrong + complain(nobody, "/sign-in", known, "Sign in") == []


def complain(visitor: Visitor, path: str, fields: dict[str, str], button: str) -> list[str]:
    """Send a form that is refused, and look at the answer."""
    page = visitor.open(path)
    for label, text in fields.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.locator(".error, .flash.bad")).not_to_have_count(0)
    return look(visitor, f"{path} with complaints")


@pytest.mark.parametrize("ask", list(Ask))
def test_every_kind_of_card_has_no_barrier_in_any_state(visit: Enter, ask: Ask) -> None:
    """Right answers, and the answer of a self card, are looked at in test_keyboard.py."""
    dora = visit(f"dora.{ask}", options=STILL, new_per_day=200, has_full_scale=ask in (Ask.SELF, Ask.MULTI))
    slug = slugs_of(dora.site.app, ask)[0]
    page = dora.open(f"/quizzes/today?card={slug}")
    wrong = look(dora, f"{ask}: question")
    page.locator("summary", has_text="More").click()
    wrong += look(dora, f"{ask}: more")
    if ask is Ask.SELF:
        assert wrong == []
        return
    dora.answer(MOUSE, is_right=False)
    dora.arrives("feedback")
    wrong += look(dora, f"{ask}: wrong")
    dora.pause()
    MOUSE.take_back(dora)
    expect(page.locator("#review .flash")).to_be_visible()
    assert wrong + look(dora, f"{ask}: taken back") == []


def test_the_end_of_the_day_and_the_tried_card_have_no_barrier(visit: Enter) -> None:
    emil = visit("emil.pages", options=STILL, new_per_day=1)
    page = emil.open("/quizzes/today")
    emil.answer(MOUSE)
    emil.pause()
    MOUSE.grade(emil, "Easy")
    emil.arrives("done")
    wrong = look(emil, "done")
    wrong += look_at(emil, ["/", "/quizzes/answers", "/roadmap"])
    page.goto("/quizzes/today")
    page.keyboard.press("?")
    wrong += look(emil, "the list of keys")
    nobody = visit(options=STILL)
    nobody.open("/").locator("#try .option").first.click()
    nobody.page.locator("#try").get_by_role("button", name="Answer").click()
    expect(nobody.page.locator("#try .verdict")).to_be_visible()
    assert wrong + look(nobody, "the tried card") == []
    idle = visit("idle", options=STILL, new_per_day=0)
    assert look_at(idle, ["/quizzes/today", "/quizzes/answers"]) == []


PHONE = {"viewport": {"width": 360, "height": 740}}
# The frame is the same on all pages, so only what stands in it is changed: far quicker than opening each.
WIDE = """async paths => {
  const wide = [];
  for (const path of paths) {
    const page = new DOMParser().parseFromString(await (await fetch(path)).text(), 'text/html');
    document.querySelector('main').replaceWith(document.adoptNode(page.querySelector('main')));
    for (const fold of document.querySelectorAll('details')) fold.open = true;
    const width = document.documentElement.scrollWidth;
    if (width > 360 || !document.querySelector('h1')) wide.push(`${path}: ${width}`);
  }
  return wide;
}"""


def _roadmap_paths() -> list[str]:
    steps = content.roadmap().steps
    projects = [f"/roadmap/projects/{project.id}" for step in steps for project in step.projects]
    topics = [f"/roadmap/topics/{topic}" for topic in content.topic_ids()]
    return [*(f"/roadmap/steps/{step.id}" for step in steps), *topics, *projects]


def test_no_page_of_the_roadmap_scrolls_sideways_on_a_phone(visit: Enter) -> None:
    page = visit(options=PHONE).open("/roadmap")
    paths = _roadmap_paths()
    assert len(paths) > 80
    assert page.evaluate(WIDE, paths) == []


def widest(most: int) -> list[str]:
    """One card of each kind, and those with the longest piece of text that has no blank in it."""
    cards = [card for deck in own_decks() for card in deck.cards if not card.is_retired]
    texts = {card.id: " ".join([card.prompt, card.why, *(one.text for one in card.options)]) for card in cards}
    by_width = sorted(texts, key=lambda slug: max(map(len, texts[slug].split())), reverse=True)
    return [*dict.fromkeys([*{card.ask: card.id for card in cards}.values(), *by_width[:most]])]


@pytest.mark.parametrize("most", [40, pytest.param(10_000, marks=pytest.mark.slow)])
def test_no_card_scrolls_sideways_on_a_phone_before_or_after_its_answer(visit: Enter, most: int) -> None:
    new, done = (visit(f"{name}.phone{most}", options=PHONE, new_per_day=200) for name in ("gina", "hana"))
    slugs = widest(most)
    with done.site.app.app_context():
        for slug in slugs:
            held = find_card(done.me().id, slug)
            assert held is not None
            answer_card(me_of(done.me()), held, datetime.now(UTC))
    asked = new.open("/quizzes/today").evaluate(WIDE, [f"/quizzes/today?card={slug}" for slug in slugs])
    answered = done.open("/quizzes/today").evaluate(WIDE, [f"/quizzes/cards/{slug}" for slug in slugs])
    assert asked + answered == []
