"""Finding entries again: the search means the same on both databases; calendar, filters by day, export."""

import io
import json
import random
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import pytest
from browser import Browser
from conftest import make_app
from driving import Enter
from factories import add_person, change_entry, delete_entry, keep_link, me_of, write_entry
from flask import Flask
from flask_migrate import upgrade
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import expect
from sqlalchemy import Select, delete, select, text

from portal import db as database
from portal.accounts.models import User
from portal.db import db
from portal.journal import finding, queries, search, texts
from portal.journal.models import Entry, EntryWords
from portal.journal.search import read_query, snippet, words_of
from portal.login import now
from portal.quizzes.queries import today

DAY = date(2026, 11, 20)


def mine(browser: Browser) -> int:
    """Whose browser this is."""
    assert browser.person is not None
    return browser.person.id


def put(browser: Browser, body: str, day: date = DAY, *tags: str) -> int:
    """An entry in this person's journal; its id."""
    with browser.app.app_context():
        return write_entry(mine(browser), day, body, tags)


def hits(browser: Browser) -> list[int]:
    """The entries on the open page."""
    links = [link.get("href") or "" for link in browser.page.find("a", class_="title")]
    return [int(link.rpartition("/")[2]) for link in links]


def ask(browser: Browser, query: str) -> list[int]:
    """Search without JavaScript; the entries that are shown."""
    response = browser.http.get("/journal/search", query_string={"q": query})
    browser.get(response.request.full_path)
    return hits(browser)


# ---- What a search means, said once more and as simply as possible


@dataclass(frozen=True)
class Written:
    """An entry as the reference sees it."""

    id: int
    body: str
    day: date
    tags: tuple[str, ...]

    @cached_property
    def words(self) -> list[str]:
        """Its words, by the rule as CONTRIBUTING has it."""
        return plain_words(self.body)


Fits = Callable[[Written], bool]
BITS = (
    "join joins Joins JOINÉD jöin null NULL's is i COUNT(*) left_join left-join a1 1a 2 x² ﬁne fine STRASSE straße 東京"
)
BITS_OF_TEXTS = [*BITS.split(), "🎉", "**bold**", "`code`", "\n\n", "-", "İs", "e\u0301te"]
BITS_OF_QUERIES = ["join", "Jo", "joined", "null", "NULL s", "is", "i", "count", "left join", "left", "a1", "1", "x2"]
BITS_OF_QUERIES += ["FINE", "strasse", "東京", "東", "été", "join null", "is i", "bold", "nowhere", "fine fine"]
TAGS = ("sql", "big-o", "ünïcode")


def plain_words(body: str) -> list[str]:
    """Words of a text: no case, no accents, letters and digits."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", body).casefold())
    letters = "".join(one for one in folded if not unicodedata.category(one).startswith("M"))
    return re.findall(r"[^\W_]+", letters)


def fits_words(sought: str, is_open: bool) -> Fits:
    """The sought words, one behind the other; of the last one only the beginning where `is_open`."""
    wanted = plain_words(sought)

    def fits(entry: Written) -> bool:
        for start in range(len(entry.words) - len(wanted) + 1):
            *firsts, last = entry.words[start : start + len(wanted)]
            if firsts == wanted[:-1] and (last.startswith(wanted[-1]) if is_open else last == wanted[-1]):
                return True
        return False

    return fits


def random_part(chance: random.Random) -> tuple[str, Fits]:
    """A part of a query as it is typed, and what it means."""
    kind = chance.choice(("word", "word", "word", "open", "phrase", "open phrase", "tag", "before", "after", "on"))
    bit, tag = chance.choice(BITS_OF_QUERIES), chance.choice(TAGS)
    day = DAY + timedelta(days=chance.randrange(-4, 5))
    if kind == "tag":
        return f"tag:{tag}", lambda entry: tag in entry.tags
    if kind in {"before", "after", "on"}:
        compared: dict[str, Fits] = {
            "before": lambda entry: entry.day < day,
            "after": lambda entry: entry.day > day,
            "on": lambda entry: entry.day == day,
        }
        return f"{kind}:{day}", compared[kind]
    is_open = kind.startswith("open")
    star = "*" if is_open else ""
    return (f'"{bit}{star}"' if " " in bit or "phrase" in kind else bit + star), fits_words(bit, is_open)


def random_query(chance: random.Random) -> tuple[str, Fits]:
    """A query as it is typed, and what it means."""
    typed, clauses = [], []
    for _ in range(chance.choice((1, 1, 2, 2, 3))):
        either: list[Fits] = []
        written = []
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            part, fits = random_part(chance)
            is_excluded = chance.random() < 0.2
            written.append(f"-{part}" if is_excluded else part)
            either.append(lambda entry, fits=fits, is_excluded=is_excluded: fits(entry) is not is_excluded)  # type: ignore[misc]
        typed.append(" OR ".join(written))
        clauses.append(either)
    return " ".join(typed), lambda entry: all(any(fits(entry) for fits in either) for either in clauses)


def random_entry(chance: random.Random, learner_id: int) -> Written:
    """An entry of a few words, kept."""
    body = " ".join(chance.choices(BITS_OF_TEXTS, k=chance.randrange(1, 12)))
    day, tags = DAY + timedelta(days=chance.randrange(-3, 4)), tuple(chance.sample(TAGS, chance.randrange(3)))
    return Written(write_entry(learner_id, day, body, tags), body, day, tags)


def found_ids(learner_id: int, typed: str) -> list[int]:
    """All pages of a search."""
    query, place, ids = read_query(typed), None, list[int]()
    assert not query.complaints, typed
    while True:
        entries, place = finding.entries_found(learner_id, query, place)
        ids += [entry.id for entry in entries]
        if place is None:
            return ids


def test_a_search_finds_what_the_reference_finds_on_both_databases(app: Flask, alice: Browser, bob: Browser) -> None:
    chance = random.Random(17)
    with app.app_context():
        entries = [random_entry(chance, mine(alice)) for _ in range(50)]
        for _ in range(30):
            random_entry(chance, mine(bob))
        for entry in chance.sample(entries, 5):
            delete_entry(mine(alice), entry.id)
            entries.remove(entry)
        for place in range(10):
            changed = " ".join(chance.choices(BITS_OF_TEXTS, k=5))
            change_entry(mine(alice), entries[place].id, changed)
            entries[place] = Written(entries[place].id, changed, entries[place].day, ("changed",))
        newest = sorted(entries, key=lambda entry: (entry.day, entry.id), reverse=True)
        hit = 0
        for _ in range(400):
            typed, fits = random_query(chance)
            wanted = [entry.id for entry in newest if fits(entry)]
            assert found_ids(mine(alice), typed) == wanted, typed
            hit += 0 < len(wanted) < len(newest)
        assert hit > 200, "queries that find some and not all"


@given(st.text())
def test_a_word_is_the_same_for_the_index_the_snippet_and_the_reference(body: str) -> None:
    words = [word[: search.LONGEST_WORD] for word in plain_words(body)]
    assert words_of(body) == words
    placed = search._placed_words(body)
    assert [word for word, _, _ in placed] == words
    assert all(0 <= start < end <= len(body) for _, start, end in placed)


@given(st.text(), st.text(alphabet='ab *"-:é 東', max_size=20))
def test_whatever_is_typed_is_understood_somehow_and_shown_somewhere(body: str, typed: str) -> None:
    query = read_query(typed)
    assert query.clauses or query.complaints or not typed.strip()
    pieces = snippet(body, query.sought)
    shown = "".join(words for words, _ in pieces)
    assert shown.removeprefix("… ").removesuffix(" …") in texts.plain(body)
    assert len(shown) <= search.SNIPPET + 4 + search.LONGEST_QUERY
    assert all(words_of(words) for words, is_sought in pieces if is_sought)


@pytest.mark.parametrize(
    "typed", ["'", "'':*", '"', "\\", "a&b|c!d", "%", "NEAR(a b)", "a:b:c", "-", "é" * 300, "a " * 150]
)
def test_no_sign_means_anything_to_the_database(alice: Browser, typed: str) -> None:
    put(alice, "Joins.")
    assert ask(alice, typed) == []


def test_words_that_are_very_long_and_texts_that_are_very_long_are_found(alice: Browser) -> None:
    entry_id = put(alice, "word " * 3_000 + "x" * 3_000 + " end of it " + "ﷺ" * 900)
    assert ask(alice, '"word word ' + "x" * 80 + ' end of it"') == [entry_id]
    assert ask(alice, '"word end"') == []


# ---- What a person sees


def test_alice_finds_an_entry_by_its_words_with_the_words_around_them(alice: Browser) -> None:
    first = put(alice, "# Joins\n\nA **LÉFT join** keeps every row.\n\n" + "Filling. " * 60)
    second = put(alice, "Filling. " * 60 + "Here the left join is <b>again</b> & more.", DAY + timedelta(days=1))
    put(alice, "A join that is inner.")
    assert ask(alice, "LEFT join") == [second, first]
    assert [mark.text for mark in alice.page.find("mark")] == ["left", "join", "LÉFT", "join"]
    assert "<b>again</b>" in alice.page.said
    assert not alice.page.find("b")
    assert "2 entries fit" in alice.page.said
    assert alice.page.element("q").get("value") == "LEFT join"


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("joins", "abc"),
        ("joins null", "ab"),
        ('"joins null"', "a"),
        ('"null joins"', "b"),
        ("joins -null", "c"),
        ('-"joins null"', "bcd"),
        ("unions OR null", "abd"),
        ("unions OR joins null", "ab"),
        ("jo* -null", "c"),
        ('"null jo*"', "b"),
        ("tag:sql", "ac"),
        ("tag:SQL -joins", ""),
        ("before:2026-11-20", "d"),
        ("after:2026-11-20", "c"),
        ("on:2026-11-20", "ab"),
        ("after:2026-10 before:2026-11-21", "ab"),
        ("on:2026-11", "abc"),
        ("“joins null”", "a"),
        ("JÖINS", "abc"),
        ("nothing OR tag:sql", "ac"),
    ],
)
def test_every_operator(alice: Browser, typed: str, wanted: str) -> None:
    ids = {
        put(alice, "Joins, null", DAY, "sql"): "a",
        put(alice, "null joins", DAY): "b",
        put(alice, "joins", DAY + timedelta(days=1), "sql"): "c",
        put(alice, "unions", DAY - timedelta(days=30)): "d",
    }
    assert sorted(ids[one] for one in ask(alice, typed)) == list(wanted)
    assert not alice.page.find("p", class_="note")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ('joins "and null', "The quote before “and null” is not closed"),
        ("author:ada joins", "“author:” is no operator"),
        ("joins on:tomorrow", "“on:tomorrow” names no day and was left out"),
        ("joins before:2026-02-30", "“before:2026-02-30” names no day"),
        ("joins tag:c++", "“tag:c++” names no tag"),
        ("joins OR", "OR stands between two words"),
        ("OR joins", "OR stands between two words"),
        ("?!", "There is no word in this search."),
        ("joins " + "x" * 200, "at most 200 characters"),
    ],
)
def test_what_is_not_understood_is_said_and_the_rest_is_searched(alice: Browser, typed: str, said: str) -> None:
    entry_id = put(alice, "joins and null, author ada " + "x" * 194)
    found = ask(alice, typed)
    assert said in alice.page.said
    assert found == ([] if typed == "?!" else [entry_id])


def test_a_search_of_nothing_says_what_a_search_can_do(alice: Browser) -> None:
    put(alice, "Joins.")
    assert ask(alice, "") == []
    assert "tag:sql" in alice.page.said
    assert "No entry fits" not in alice.page.said


def test_a_word_that_is_only_begun_leads_to_what_begins_like_it(alice: Browser) -> None:
    entry_id = put(alice, "Amortised cost.")
    assert ask(alice, "cost amort") == []
    (link,) = [link for link in alice.page.find("a") if link.text == "Look for cost amort*"]
    alice.get(link.get("href") or "")
    assert hits(alice) == [entry_id]


def test_an_edit_a_deletion_and_taking_it_back_are_searched_at_once(app: Flask, alice: Browser) -> None:
    entry_id = put(alice, "First words.", DAY, "sql")
    with app.app_context():
        change_entry(mine(alice), entry_id, "Second words.")
    assert (ask(alice, "first"), ask(alice, "second"), ask(alice, "tag:sql")) == ([], [entry_id], [])
    alice.get(f"/journal/{entry_id}")
    alice.send_form("/delete", htmx=False)
    deleted = alice.page
    with app.app_context():
        assert db.session.scalars(select(EntryWords)).all() == []
    assert (ask(alice, "second"), ask(alice, "-nowhere"), ask(alice, "tag:changed")) == ([], [], [])
    alice.page = deleted
    alice.send_form("/restore", htmx=False)
    assert ask(alice, "second") == [entry_id]


def test_results_come_alone_for_htmx_and_the_form_works_without_it(alice: Browser) -> None:
    entry_id = put(alice, "Joins.")
    page = alice.get("/journal")
    form = page.element("search")
    assert (form.get("action"), form.get("method"), form.get("hx-get")) == ("/journal/search", "get", "/journal/search")
    assert page.element("found").name == "section"
    page = alice.get("/journal/search?q=joins", htmx=True)
    assert page.elements[0].get("id") == "found"
    assert hits(alice) == [entry_id]
    assert alice.get("/journal/search?q=joins").element("search").get("action") == "/journal/search"


@pytest.mark.browser
def test_results_come_while_alice_types_and_the_address_can_be_kept(visit: Enter) -> None:
    alice = visit("alice.searches")
    with alice.site.app.app_context():
        for body in ("The left join.", "The right join.", "A union."):
            write_entry(alice.me().id, DAY, body)
    page = alice.open("/journal")
    field, found = page.get_by_label("Search your journal"), page.locator("#found")
    field.press_sequentially("joi", delay=40)
    expect(found).to_contain_text("No entry fits.")
    field.press_sequentially("n left", delay=40)
    expect(found.locator("mark")).to_have_text(["left", "join"])
    expect(page.locator("#announce")).to_have_text("1 entry fits")
    expect(field).to_be_focused()
    expect(page).to_have_url(re.compile(r"/journal/search\?q=join\+left$"))
    page.reload()
    expect(field).to_have_value("join left")
    found.locator("a.title").click()
    expect(page.locator(".prose")).to_have_text("The left join.")
    page.go_back()
    expect(found.locator("a.title")).to_have_count(1)
    field.fill("tag:")
    expect(found).to_contain_text("names no tag")


@pytest.mark.browser
def test_alice_searches_and_looks_at_a_month_without_javascript(visit: Enter) -> None:
    alice = visit("alice.plain", options={"java_script_enabled": False})
    with alice.site.app.app_context():
        write_entry(alice.me().id, DAY, "The left join.")
    page = alice.open("/journal")
    page.get_by_label("Search your journal").fill("jo*")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#found mark")).to_have_text("join")
    page.goto("/journal/calendar/2026/11")
    page.get_by_role("link", name="20 November: 1 entry").click()
    expect(page.locator("h1")).to_have_text("Entries of Friday, 20 November 2026")
    with page.expect_download() as download:
        page.get_by_role("link", name="Take all of it with you").click()
    assert download.value.suggested_filename.startswith("journal-")


def test_a_long_list_of_results_comes_in_pages_that_show_everything_once(alice: Browser) -> None:
    ids = [put(alice, "Joins.", DAY - timedelta(days=number // 3)) for number in range(queries.PAGE + 5)]
    seen = ask(alice, "joins")
    put(alice, "Joins, newer.", DAY + timedelta(days=1))
    (link,) = [link for link in alice.page.find("a") if link.text == "Older entries"]
    alice.get(link.get("href") or "")
    seen += hits(alice)
    assert sorted(seen) == sorted(ids)
    assert len(seen) == len(set(seen))
    alice.get("/journal/search?q=joins&before=nonsense", status=404)


def test_nobody_finds_words_of_others(alice: Browser, bob: Browser) -> None:
    put(alice, "Secret joins.", DAY, "sql")
    for typed in ("joins", "jo*", '"secret joins"', "tag:sql", "on:2026", "-nowhere", "-nowhere OR tag:sql"):
        assert len(ask(alice, typed)) == 1
        assert ask(bob, typed) == []


def test_the_words_of_a_learner_go_with_the_learner(app: Flask, alice: Browser, bob: Browser) -> None:
    put(alice, "Joins."), put(bob, "Joins.")
    with app.app_context():
        is_sqlite = db.engine.dialect.name == "sqlite"
        of_alice = f'"{mine(alice)}_joins"'
        of_index = text("SELECT count(*) FROM journal_search WHERE journal_search MATCH :word")
        assert not is_sqlite or db.session.execute(of_index, {"word": of_alice}).scalar_one() == 1
        db.session.execute(delete(User).where(User.id == mine(alice)))
        db.session.commit()
        assert db.session.scalars(select(EntryWords.words)).all() == [f" {mine(bob)}_joins "]
        assert not is_sqlite or db.session.execute(of_index, {"word": of_alice}).scalar_one() == 0


def test_a_search_asks_its_indexes(app: Flask, alice: Browser) -> None:
    with app.app_context():
        is_postgres = db.engine.dialect.name == "postgresql"
        if is_postgres:
            db.session.execute(text("SET LOCAL enable_seqscan = off"))
        sought = finding._with_words(mine(alice), read_query('joi* "a b"').sought)
        words = plan_of(sought)
        whole = plan_of(select(Entry.id).where(Entry.learner_id == mine(alice), Entry.id.in_(sought)))
    assert ("Index Scan on journal_search_gin" if is_postgres else "VIRTUAL TABLE INDEX") in words, words
    assert not re.search(r"Seq Scan|SCAN journal_(entries|words)", words + whole), whole


def plan_of(statement: Select[int]) -> str:
    """How the database will find the rows. Needs an app context."""
    sql = str(statement.compile(db.engine, compile_kwargs={"literal_binds": True})).replace(":*", "\\:*")
    explain = "EXPLAIN " if db.engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
    return " ".join(str(row) for row in db.session.execute(text(explain + sql)))


def test_entries_from_before_the_search_are_found_too(empty_app: Flask) -> None:
    body = "Left jöins ① " + "y" * 70
    with empty_app.app_context():
        upgrade(revision="0002")
        person = add_person(empty_app, "alice@example.org", "Alice")
        insert = (
            "INSERT INTO journal_entries (learner_id, token, version, day, body, written_at, changed_at, deleted_at)"
            " VALUES (:learner, :token, 1, 20000, :body, '2026-01-01 00:00:00', '2026-01-01 00:00:00', :deleted)"
        )
        for token, deleted in (("a", None), ("b", "2026-01-02 00:00:00")):
            db.session.execute(text(insert), {"learner": person.id, "token": token, "body": body, "deleted": deleted})
        db.session.commit()
        upgrade()
        (words,) = db.session.scalars(select(EntryWords.words))
        assert words == search.indexed(person.id, words_of(body))
        assert len(found_ids(person.id, '"left joins 1"')) == 1


def test_a_search_works_with_pythons_own_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "pysqlite3", None)
    app = make_app(f"sqlite:///{tmp_path / 'own.db'}", tmp_path)
    with app.app_context():
        upgrade()
        person = add_person(app, "alice@example.org", "Alice")
        entry_id = write_entry(person.id, DAY, "Left joins.")
        change_entry(person.id, entry_id, "Right joins.")
        assert (found_ids(person.id, "left"), found_ids(person.id, '"right jo*"')) == ([], [entry_id])
        db.session.remove()
        db.engine.dispose()


# ---- Days


def test_the_list_shows_one_day_or_one_month(alice: Browser) -> None:
    first, second = put(alice, "Joins.", DAY, "sql"), put(alice, "Joins.", DAY + timedelta(days=1))
    put(alice, "Joins.", DAY + timedelta(days=30), "sql")
    page = alice.get("/journal?day=2026-11-20")
    assert hits(alice) == [first]
    assert page.find("h1")[0].text == "Entries of Friday, 20 November 2026"
    assert page.element("q").get("value") == "on:2026-11-20"
    alice.get("/journal?day=2026-11")
    assert hits(alice) == [second, first]
    assert alice.page.find("h1")[0].text == "Entries of November 2026"
    assert alice.get("/journal?day=2026-11&tag=sql").find("h1")[0].text == "Entries tagged “sql” of November 2026"
    assert hits(alice) == [first]
    assert "Nothing was written about these days." in alice.get("/journal?day=2025").said
    for day in ("tomorrow", "2026-13", "2026-02-30", "0000"):
        alice.get(f"/journal?day={day}", status=404)


def test_older_entries_of_a_month_stay_in_that_month(alice: Browser) -> None:
    for number in range(queries.PAGE + 1):
        put(alice, "Joins.", DAY - timedelta(days=number % 3))
    put(alice, "Joins.", DAY - timedelta(days=60))
    (link,) = [a for a in alice.get("/journal?day=2026-11").find("a") if a.text == "Older entries"]
    alice.get(link.get("href") or "")
    assert len(hits(alice)) == 1


def test_the_calendar_says_what_was_written_when(app: Flask, alice: Browser, bob: Browser) -> None:
    put(alice, "Joins."), put(alice, "More."), put(bob, "Joins.", DAY + timedelta(days=1))
    with app.app_context():
        db.session.execute(text("UPDATE journal_entries SET minutes = 45"))
        delete_entry(mine(alice), write_entry(mine(alice), DAY + timedelta(days=3), "Gone."))
    page = alice.get("/journal/calendar/2026/11")
    assert page.find("h1")[0].text == "November 2026"
    assert "2 entries on 1 day, 1 h 30 studied." in page.said
    (link,) = [a for a in page.find("a") if "day=" in (a.get("href") or "") and "Read" not in a.text]
    assert link.text.startswith("20 November: 2 entries, 1 h 30")
    alice.get(link.get("href") or "")
    assert len(hits(alice)) == 2
    assert [cell.text for cell in page.find("th")] == ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]
    earlier, later = (page.find("a", rel=rel)[0].get("href") for rel in ("prev", "next"))
    assert (earlier, later) == ("/journal/calendar/2026/10", "/journal/calendar/2026/12")


def test_the_calendar_begins_with_this_month_and_marks_today(app: Flask, alice: Browser) -> None:
    page = alice.get("/journal/calendar")
    with app.app_context():
        assert alice.person is not None
        day = today(me_of(alice.person), now()).day
    assert page.find("h1")[0].text == f"{day:%B %Y}"
    (cell,) = page.find("td", aria_current="date")
    assert cell.text.split()[0] == str(day.day)
    assert "Nothing was written about this month." in page.said


@pytest.mark.parametrize("path", ["2026/0", "2026/13", "1969/12", "99999/1", "2026"])
def test_a_month_that_is_none_is_not_there(alice: Browser, path: str) -> None:
    alice.get(f"/journal/calendar/{path}", status=404)


def test_the_first_month_has_none_before_it(alice: Browser) -> None:
    page = alice.get("/journal/calendar/1970/1")
    assert not page.find("a", rel="prev")
    assert alice.get("/journal/calendar/9998/12").find("a", rel="next")[0].get("href") == "/journal/calendar/9999/1"


# ---- Export


def archive_of(browser: Browser) -> dict[str, str]:
    """The files of this person's export."""
    response = browser.http.get("/journal/export.zip")
    assert response.mimetype == "application/zip"
    assert response.headers["Cache-Control"] == "no-store"
    assert re.fullmatch(r'attachment; filename="journal-\d{4}-\d\d-\d\d\.zip"', response.headers["Content-Disposition"])
    assert int(response.headers["Content-Length"]) == len(response.data)
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def front_of(text: str) -> Iterator[tuple[str, object]]:
    """The lines of the front matter; each value is JSON, and so YAML."""
    assert text.startswith("---\n")
    for line in text.removeprefix("---\n").partition("---\n")[0].splitlines():
        name, _, value = line.partition(": ")
        yield name, json.loads(value)


def test_the_export_holds_every_word(app: Flask, alice: Browser, bob: Browser) -> None:
    bodies = ['A "quote": --- and\n---\nnext 🎉', "é\u2028\x85 'x' # y", "Plain."]
    ids = [put(alice, body, DAY - timedelta(days=400 * place), "sql", "ünïcode") for place, body in enumerate(bodies)]
    gone = put(alice, "Gone.")
    put(bob, "Bob's.")
    with app.app_context():
        delete_entry(mine(alice), gone)
        db.session.execute(text("UPDATE journal_entries SET minutes = 45 WHERE id = :id"), {"id": ids[0]})
        db.session.commit()
    files = archive_of(alice)
    assert "one file an entry" in files.pop("README.txt")
    assert set(files) == {
        f"2026/2026-11-20-{ids[0]}.md",
        f"2025/2025-10-16-{ids[1]}.md",
        f"2024/2024-09-11-{ids[2]}.md",
    }
    first = files[f"2026/2026-11-20-{ids[0]}.md"]
    assert dict(front_of(first)) == {
        "day": "2026-11-20",
        "tags": ["sql", "ünïcode"],
        "minutes": 45,
        "written": "2026-01-01T00:00:00Z",
        "changed": "2026-01-01T00:00:00Z",
    }
    for body, entry_id in zip(bodies, ids, strict=True):
        (found,) = [text for name, text in files.items() if name.endswith(f"-{entry_id}.md")]
        assert found.partition("---\n\n")[2] == f"{body}\n"


def test_the_export_of_a_long_journal_is_read_page_by_page(app: Flask, alice: Browser) -> None:
    many = 2 * finding.EXPORTED + 3
    with app.app_context():
        row = {"learner": mine(alice), "day": 20_000}
        insert = (
            "INSERT INTO journal_entries (learner_id, token, version, day, body, written_at, changed_at)"
            " VALUES (:learner, :token, 1, :day, :body, '2026-01-01 00:00:00', '2026-01-01 00:00:00')"
        )
        db.session.execute(text(insert), [{**row, "token": str(one), "body": f"No. {one}"} for one in range(many)])
        db.session.commit()
    files = archive_of(alice)
    assert len(files) == many + 1
    assert len(set(files.values())) == many + 1


def test_notes_and_links_of_topics_travel_with_the_journal(app: Flask, alice: Browser, bob: Browser) -> None:
    with app.app_context():
        keep_link(mine(alice), "sql.joins")
        keep_link(mine(bob), "bigo.growth")
    files = archive_of(alice)
    assert set(files) == {"README.txt", "topics/sql.joins.md"}
    front, _, body = files["topics/sql.joins.md"].partition("---\n\n")
    assert body == "Outer joins *keep* rows.\n"
    assert dict(front_of(front))["topic"] == "sql.joins"
    assert dict(front_of(front))["links"] == [{"title": "Joins", "url": "https://example.org/joins"}]


def test_an_empty_journal_is_a_zip_with_its_explanation(alice: Browser) -> None:
    assert list(archive_of(alice)) == ["README.txt"]
