"""What somebody wrote is right or not, and if not, the class of the error and the first difference are named."""

import pytest

from portal.cli import DECKS
from quizzes.cards import Card, Fence
from quizzes.exercises import copies, make_exercise, match_known, run_known
from quizzes.marking import Marked, Miss, Result, Wanted, digest_of, explain, mark, mark_lines, read_results
from quizzes.reading import read_deck
from quizzes.sheets import Sheet, make_sheet
from quizzes.writing import NotRun

WANTED = Result(("name", "loans"), (("Ada", 2), ("Ben", 1), ("Ben", 1), ("Dee", None)))
GOLDEN = [  # rows, class of the error, the first difference
    ([("Dee", None), ("Ben", 1.0), ("Ada", 2), ("Ben", 1)], None, ""),
    ([("Ada", 2.0000000001), ("Ben", 1), ("Ben", 1), ("Dee", None)], None, ""),
    ([("Ada", 2), ("Ben", 1), ("Ben", 1)], Miss.LOST, "Missing: (Dee, NULL)"),
    ([], Miss.LOST, "Missing: (Ada, 2)"),
    ([("Ada", 2), ("Ben", 1), ("Dee", None)], Miss.LOST, "(Ben, 1) comes once, wanted is twice"),
    ([*WANTED.rows, ("Ada", 2), ("Ada", 2)], Miss.FAN_OUT, "(Ada, 2) comes 3 times, wanted is once"),
    ([*WANTED.rows, ("Ada", 2), ("Cy", 0)], Miss.EXTRA, "Too much: (Cy, 0)"),
    ([("Ada", 2), ("Ben", 1), ("Ben", 1), ("Dee", 0)], Miss.VALUES, "Wanted: (Dee, NULL), yours has (Dee, 0)"),
    ([("Ada", 2), ("Ben", 1), ("Ben", 1), ("Dee", "NULL")], Miss.VALUES, "Wanted: (Dee, NULL), yours has (Dee, NULL)"),
    ([("Cy", 2), ("Ben", 1), ("Ben", 1)], Miss.LOST, "Missing: (Ada, 2). Instead, for example: (Cy, 2)"),
    ([("Cy", 2), *WANTED.rows[1:], ("Eve", 3)], Miss.EXTRA, "Missing: (Ada, 2). Instead, for example: (Cy, 2)"),
    ([(2, "Ada"), (1, "Ben"), (1, "Ben"), (None, "Dee")], Miss.COLUMNS, "Wanted: name, loans"),
    ([("Ada",), ("Ben",)], Miss.COLUMNS, "Wanted: name, loans"),
]


def given(rows: list[tuple[object, ...]], names: tuple[str, ...] = ()) -> Result:
    """A learner's result; columns are named by their place."""
    width = len(rows[0]) if rows else 2
    return Result(names or tuple(f"c{place}" for place in range(width)), tuple(rows))


@pytest.mark.parametrize(("rows", "miss", "differs"), GOLDEN)
def test_the_class_of_an_error_and_the_first_difference_are_named(
    rows: list[tuple[object, ...]], miss: Miss | None, differs: str
) -> None:
    marked = mark([given(rows)], [Wanted("", WANTED)], is_ordered=False, is_named=False)
    assert (marked.miss, marked.differs) == (miss, differs)
    assert bool(marked.says) is bool(miss)


def test_order_and_names_count_only_where_the_card_asks_for_them() -> None:
    turned = given([("Ben", 1), ("Ada", 2), ("Ben", 1), ("Dee", None)])
    named = given(list(WANTED.rows), ("Name", "LOANS"))

    def judged(result: Result, **how: bool) -> Marked:
        return mark([result], [Wanted("", WANTED)], **({"is_ordered": False, "is_named": False} | how))

    assert judged(turned).miss is None
    assert judged(turned, is_ordered=True).differs == "Row 1 should be (Ada, 2), yours is (Ben, 1)"
    assert judged(named, is_named=True).miss is None
    assert judged(turned, is_named=True).differs == "Wanted: name, yours: c0"


def test_right_here_and_wrong_on_rows_nobody_saw_is_a_class_of_its_own() -> None:
    wanted = [Wanted("", WANTED), Wanted("when loan is empty", given([("Ada", 0)]))]
    marked = mark([WANTED, given([])], wanted, is_ordered=False, is_named=False)
    assert marked.miss is Miss.ELSEWHERE
    assert marked.says.startswith("It gives the right rows here, but not when loan is empty. Rows are lost.")
    assert marked.shown == WANTED
    assert Marked.from_json(marked.to_json()) == marked


def test_two_queries_are_told_apart_by_what_they_give() -> None:
    one, other = given([(1, "a"), (2, "b")]), given([(2, "b"), (1, "a")])
    assert digest_of([one], is_ordered=False) == digest_of([other], is_ordered=False)
    assert digest_of([one], is_ordered=True) != digest_of([other], is_ordered=True)
    assert digest_of([one], is_ordered=False) != digest_of([given([(1, "a"), (2, "c")])], is_ordered=False)
    (read,) = read_results([{"columns": ["x"], "rows": [[{"blob": "0a"}], [None]]}])
    assert read == Result(("x",), (("X'0A'",), (None,)))


def test_a_pattern_is_judged_line_by_line() -> None:
    lines = [("ab", True, False), ("b", False, False), ("abb", True, True)]
    assert mark_lines([True, False, True], lines).miss is None
    assert mark_lines([True, True, True], lines).differs == "“b” should not match"
    hidden = mark_lines([True, False, False], lines)
    assert (hidden.miss, hidden.differs) == (Miss.MISSED, "“abb” should match, which this card did not show")


@pytest.mark.parametrize(
    ("reason", "detail", "said"),
    [
        ("syntax", 'near "FORM": syntax error', "near “FORM”"),
        ("syntax", "no such column: lones", "There is no column “lones”"),
        ("syntax", "ambiguous column name: id", "Several tables have a column “id”"),
        ("syntax", "misuse of aggregate: COUNT()", "HAVING"),
        ("syntax", "a GROUP BY clause is required before HAVING", "SQLite says: a GROUP BY"),
        ("forbidden", "not authorized to use function: zeroblob", "The function “zeroblob” cannot"),
        ("forbidden", "not authorized", "Only the tables of this card"),
        ("steps", "interrupted", "Is the condition of a join missing?"),
    ],
)
def test_what_sqlite_said_is_put_in_friendlier_words(reason: str, detail: str, said: str) -> None:
    assert said in explain(reason, detail)


def written_cards() -> list[Card]:
    """The project's own cards whose answer is written."""
    decks = [read_deck(DECKS / f"{name}.md") for name in ("sql-writing", "api-security")]
    return [card for deck in decks for card in deck.cards if card.ask.startswith("write")]


@pytest.mark.parametrize("card", written_cards(), ids=lambda card: card.id)
def test_the_model_answer_passes_and_each_wrong_one_shows_its_belief(card: Card) -> None:
    sheet = make_sheet(card)
    assert Sheet.from_json(sheet.to_json()) == sheet
    exercise = make_exercise(card)

    def marked(fence: Fence) -> Marked:
        text = fence.code.rstrip("\n")
        if not exercise.is_sql:
            return exercise.mark({"matched": match_known(exercise.material, text, 0)})
        results = run_known(exercise.material, text, 0)
        return exercise.mark({"runs": [{"columns": result.columns, "rows": result.rows} for result in results]})

    for fence in card.fences:
        if fence.role in {"answer", "wrong"}:
            assert marked(fence).misconception == (fence.misconception or "")
    with pytest.raises(NotRun, match="stopped"):
        exercise.mark({"refused": "time", "detail": ""})


def test_copies_keep_references_whole_and_what_is_unique_alone() -> None:
    dataset = """
    CREATE TABLE town (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
    CREATE TABLE person (
        id INTEGER PRIMARY KEY, name TEXT, born_on TEXT, town_id INTEGER NOT NULL REFERENCES town (id)
    );
    INSERT INTO town VALUES (1, 'Bath'), (2, 'Leeds');
    INSERT INTO person VALUES (1, 'Ada', '1990-01-01', 1), (2, 'Ben', '1991-01-01', 1);
    """
    texts, wheres = copies((dataset,))
    query = "SELECT t.name, p.name, p.born_on FROM town AS t LEFT JOIN person AS p ON p.town_id = t.id ORDER BY 1, 2"
    rows = dict(zip(wheres, (result.rows for result in run_known(texts, query, 0)), strict=True))
    ada, ben = ("Ada", "1990-01-01"), ("Ben", "1991-01-01")
    assert rows[""] == (("Bath", *ada), ("Bath", *ben), ("Leeds", None, None))
    assert rows["when the texts in the tables are other ones"][0] == ("ZBath", "ZAda", "1990-01-01")
    assert len(rows["when rows have twins, with the same values and another id"]) == 5, "towns are unique, people not"
    assert rows["when town is empty"] == (), "nobody is left in a town that is not there"
    assert rows["when person is empty"] == (("Bath", None, None), ("Leeds", None, None))
