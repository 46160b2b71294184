"""A deck that can be read must still keep the author's checklist, and its ids must stay what they were."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from quizzes.cards import Ask, Card, Contrast, Deck, Fence, Option, Source
from quizzes.findings import Finding
from quizzes.linting import lint
from quizzes.locking import compare, digest, write
from quizzes.misconceptions import Misconception

KNOWN = {"mix-up": Misconception("mix-up", "One is the other.", "sql.outer", "decks/m.toml", 3)}


def right(text: str) -> Option:
    return Option(text, True, None, None, 20)


def wrong(text: str, misconception: str | None = "mix-up", reason: str | None = "no") -> Option:
    return Option(text, False, reason, misconception, 21)


def card(id_: str, level: int = 1) -> Card:
    return Card(
        id=id_,
        deck="joins",
        ask=Ask.CHOICE,
        check=("sql", "library", "value"),
        topic="sql.outer",
        bloom="apply",
        level=level,
        sources=(Source("SQLite", "https://sqlite.org/"),),
        needs=(),
        since=date(2026, 11, 22),
        rev=1,
        hint="",
        tags=(),
        reviewed=None,
        is_retired=False,
        prompt=f"How many rows come back? ({id_})",
        fences=(Fence("sql", "", "SELECT 1;\n", 12),),
        options=(right("10"), wrong("11"), wrong("12")),
        answer=None,
        why="One rule.",
        accept=(),
        input=None,
        sizes=(),
        line=10 * level,
        path="decks/joins.md",
    )


GOOD = tuple(card(f"join-{level}", level) for level in range(1, 6))


def deck(*cards: Card) -> Deck:
    return Deck("joins", "SQL joins", 4, cards, "decks/joins.md")


def reasons(*cards: Card, topics: set[str] | None = None) -> list[str]:
    return [finding.reason for finding in lint([deck(*cards)], KNOWN, topics)]


def against(other: str, *on: str) -> Card:
    return replace(GOOD[0], contrasts=(Contrast("a against b", other, on),))


def with_first(changed: Card) -> tuple[Card, ...]:
    return (changed, *GOOD[1:])


def test_a_good_deck_has_no_findings() -> None:
    assert reasons(*GOOD, topics={"sql.outer"}) == []


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (replace(GOOD[0], prompt="x" * 451), "the question has 451 characters: at most 450"),
        (
            replace(GOOD[0], fences=(Fence("sql", "", "a\n" * 9, 1), Fence("sql", "", "b\n" * 7, 9))),
            "the shown code has 16 lines: at most 15",
        ),
        (replace(GOOD[0], why="x" * 601), "the explanation has 601 characters: at most 600"),
        (replace(GOOD[0], sources=()), "no source: name a primary source, `source: Title <https://...>`"),
        (
            replace(GOOD[0], check=("source",)),
            "no engine proves this card: a second reader adds `reviewed:` and the date",
        ),
        (
            replace(GOOD[0], options=(right("1"), wrong("2", reason=None), wrong("3"))),
            "a wrong option needs a reason after ` :: `",
        ),
        (
            replace(GOOD[0], options=(right("1"), wrong("2", misconception=None), wrong("3"))),
            "a wrong option needs a {misconception} at its end",
        ),
        (
            replace(GOOD[0], options=(right("1"), wrong("2", "muddle"), wrong("3"))),
            "unknown misconception muddle: declare it in misconceptions",
        ),
        (
            replace(GOOD[0], options=(right("1"), wrong("`2`"), wrong("2"))),
            '"2" stands twice among the answers',
        ),
        (
            replace(GOOD[0], options=(right("one"), wrong("two"), wrong("None of the above"))),
            "no option may speak about the others (options are shuffled)",
        ),
        (
            replace(GOOD[0], options=(right("All of these."), wrong("two"), wrong("three"))),
            "no option may speak about the others (options are shuffled)",
        ),
        (replace(GOOD[0], needs=("join-0",)), "needs: there is no card join-0"),
        (against("join-0"), "contrast: there is no card join-0"),
        (against("join-1"), "contrast: a card is no contrast to itself"),
        (against("join-2", "doubt"), "contrast: no option names {doubt}"),
        (
            replace(GOOD[0], contrasts=2 * (Contrast("a against b", "join-2"),)),
            "contrast: two lines are for the same misconceptions",
        ),
    ],
)
def test_one_bad_card_gives_one_finding(changed: Card, reason: str) -> None:
    assert reasons(*with_first(changed)) == [reason]


def test_a_finding_about_an_option_stands_at_its_line() -> None:
    changed = replace(GOOD[0], options=(right("1"), wrong("2", "muddle"), wrong("3")))
    (finding,) = lint([deck(*with_first(changed))], KNOWN)
    assert str(finding).startswith("decks/joins.md:21: join-1: unknown misconception muddle")


def test_code_and_fences_do_not_count_as_prose() -> None:
    prompt = "x" * 440 + "\n\n```sql\n" + "SELECT 1; -- long\n" * 5 + "```"
    assert reasons(*with_first(replace(GOOD[0], prompt=prompt))) == []


@pytest.mark.parametrize(
    "prompt",
    [
        "Which of these codes is not a client error?",
        "Which codes don't need a body?",
        "Which rows does the join never return?",
        "Three codes follow. Which one is NOT an error:",
    ],
)
def test_a_negative_question_must_shout(prompt: str) -> None:
    (found,) = reasons(*with_first(replace(GOOD[0], prompt=prompt)))
    assert found == "a negative question: turn it round, or write **NOT** in bold"
    assert reasons(*with_first(replace(GOOD[0], ask=Ask.NUMBER, prompt=prompt))) == []


@pytest.mark.parametrize(
    "prompt",
    [
        "Which of these codes is **NOT** a client error?",
        "Which row comes back when there is not one partner?",
        "Dee does not borrow. Which rows come back?",
        "Which rows does `WHERE NOT EXISTS (...)` keep?",
        "What does this not very long query return?",
    ],
)
def test_a_not_outside_the_question_itself_is_fine(prompt: str) -> None:
    assert reasons(*with_first(replace(GOOD[0], prompt=prompt))) == []


def test_the_prose_of_a_cloze_must_not_say_its_gap() -> None:
    cloze = replace(GOOD[0], ask=Ask.CLOZE, options=(wrong("JOIN"),), prompt="Keep all: ==LEFT JOIN==.")
    assert reasons(*with_first(cloze)) == []
    telling = replace(cloze, prompt="Use a LEFT JOIN: ==LEFT JOIN==.")
    assert reasons(*with_first(telling)) == ['the hidden text "LEFT JOIN" also stands in the prose']
    in_code = replace(cloze, prompt="It shows ==NULL==.\n\n```sql\nSELECT NULL = NULL;\n```")
    assert reasons(*with_first(in_code)) == []


def test_an_accepted_answer_must_not_be_a_wrong_one_too() -> None:
    cloze = replace(GOOD[0], ask=Ask.CLOZE, prompt="Say ==yes==.", accept=("`yep`",))
    assert reasons(*with_first(replace(cloze, options=(wrong("yep"),)))) == ['"yep" stands twice among the answers']
    assert reasons(*with_first(replace(cloze, options=(wrong("yes"),)))) == ['"yes" stands twice among the answers']
    assert reasons(*with_first(replace(cloze, options=(wrong("YES"),)))) == []


def test_at_most_a_third_of_a_deck_remembers() -> None:
    remembering = tuple(replace(one, bloom="remember") for one in GOOD[:2])
    assert reasons(*remembering, *GOOD[2:]) == ["2 of 5 cards are bloom: remember; at most a third"]
    assert reasons(*remembering, *GOOD[2:], card("join-6", 5)) == []


def test_at_most_a_quarter_of_a_deck_is_reviewed_only() -> None:
    reviewed = tuple(replace(one, check=("source",), reviewed=date(2026, 11, 22)) for one in GOOD[:2])
    assert reasons(*reviewed, *GOOD[2:]) == ["2 of 5 cards are check: source; at most a quarter"]
    assert reasons(*reviewed, *GOOD[2:], *(replace(card(f"more-{n}"), ask=Ask.NUMBER) for n in range(3))) == []


def test_a_deck_has_all_five_levels() -> None:
    assert reasons(*GOOD[:3]) == ["no card of level 4, 5: a deck has all five levels"]


def test_the_key_is_the_longest_option_neither_always_nor_never() -> None:
    tell = (right("the long one"), wrong("short"), wrong("brief"))
    eight = [card(f"join-{n}", n % 5 + 1) for n in range(8)]
    (found,) = reasons(*eight)
    assert found == "the right option is strictly the longest in 0 of 8 choice cards, outside 15-40%: none"
    telling = [replace(one, options=tell) for one in eight]
    assert reasons(*telling[:2], *eight[2:]) == []
    (found,) = reasons(*telling[:4], *eight[4:])
    assert "in 4 of 8 choice cards, outside 15-40%: join-0, join-1, join-2, join-3" in found
    assert reasons(*telling[:7]) == []


def test_each_topic_has_three_cards_and_an_easy_one() -> None:
    inner = [replace(card(f"inner-{level}", level), topic="sql.inner") for level in (3, 4)]
    assert reasons(*GOOD, *inner) == [
        "topic sql.inner has 2 of 3 cards it needs",
        "topic sql.inner has no card of level 1 or 2 to begin with",
    ]


def test_topics_are_known_when_the_roadmap_is_given() -> None:
    assert reasons(*GOOD, topics={"sql.inner"}) == ["unknown topic sql.outer" for _ in (*GOOD, "the misconception")]


def test_tags_say_whom_a_card_is_for_and_nothing_else() -> None:
    (reason,) = reasons(*with_first(replace(GOOD[0], tags=("flask", "indexes", "java"))))
    assert reason == "unknown tag indexes: tags say whom a card is for, python, java, flask, django, spring"


def test_needs_go_round_in_no_circle() -> None:
    first = replace(GOOD[0], needs=("join-2",))
    second = replace(GOOD[1], needs=("join-3",))
    third = replace(GOOD[2], needs=("join-1",))
    fourth = replace(GOOD[3], needs=("join-1",))
    findings = lint([deck(first, second, third, fourth, GOOD[4])], KNOWN)
    assert [finding.card for finding in findings] == ["join-1", "join-2", "join-3"]
    assert {finding.reason for finding in findings} == {"needs: goes round in a circle back to this card"}
    assert reasons(first, second, *GOOD[2:]) == []


def test_ids_are_unique_over_decks() -> None:
    other = Deck("more", "More", 4, (replace(GOOD[0], path="decks/more.md"),), "decks/more.md")
    twin = Deck("joins", "Joins again", 4, (), "decks/twin.md")
    findings = lint([deck(*GOOD), other, twin], KNOWN)
    assert Finding("decks/more.md", 10, "join-1", "this id is taken at decks/joins.md:10") in findings
    assert Finding("decks/twin.md", 1, "", "deck: joins is already the name of decks/joins.md") in findings


def test_every_declared_misconception_is_used_and_leads_to_a_topic() -> None:
    spare = Misconception("spare", "Nobody believes it.", "sql.gone", "decks/m.toml", 7)
    findings = lint([deck(*GOOD)], KNOWN | {"spare": spare}, {"sql.outer"})
    assert findings == [
        Finding("decks/m.toml", 7, "spare", "no card uses this misconception"),
        Finding("decks/m.toml", 7, "spare", "unknown topic sql.gone"),
    ]


def test_a_retired_card_only_keeps_its_id() -> None:
    retired = replace(card("old"), is_retired=True, sources=(), why="x" * 700, topic="gone", bloom="remember")
    assert reasons(*GOOD, retired) == []
    needing = replace(GOOD[0], needs=("old",))
    assert reasons(*with_first(needing), retired) == ["needs: old is retired"]
    assert reasons(*with_first(against("old")), retired) == ["contrast: old is retired"]


def test_the_lock_holds_one_line_a_card_and_finds_nothing_when_fresh() -> None:
    lock = write([deck(*reversed(GOOD))])
    assert lock.splitlines() == [f"{one.id} 1 {digest(one)}" for one in GOOD]
    assert compare([deck(*GOOD)], lock) == []


@pytest.mark.parametrize(
    "changed",
    [
        replace(GOOD[0], prompt="How many rows go away?"),
        replace(GOOD[0], ask=Ask.MULTI),
        replace(GOOD[0], options=(right("10"), wrong("11"), wrong("13"))),
        replace(GOOD[0], options=(wrong("10"), right("11"), wrong("12"))),
        replace(GOOD[0], accept=("ten",)),
        replace(GOOD[0], answer="Ten."),
    ],
)
def test_what_a_learner_sees_changes_only_with_a_higher_rev(changed: Card) -> None:
    lock = write([deck(*GOOD)])
    (finding,) = compare([deck(*with_first(changed))], lock)
    assert (finding.card, finding.line) == ("join-1", 10)
    assert finding.reason == "what a learner sees changed: raise rev: to 2; for a typo, write the lock anew"
    raised = deck(*with_first(replace(changed, rev=2)))
    assert [found.reason for found in compare([raised], lock)] == ["rev: 2 is not in ids.lock yet: write the lock anew"]
    assert compare([raised], write([raised], lock)) == []


def test_what_comes_after_the_answer_may_change_freely() -> None:
    options = (wrong("12"), replace(right("10"), reason="because"), wrong("11"))
    changed = replace(GOOD[0], why="Another rule.", options=options, hint="Count.", level=2, line=99)
    assert digest(changed) == digest(GOOD[0])


def test_a_rev_never_goes_down() -> None:
    lock = write([deck(*with_first(replace(GOOD[0], rev=3)))])
    (finding,) = compare([deck(*GOOD)], lock)
    assert finding.reason == "rev: 1 is lower than 3 in ids.lock"


def test_a_vanished_id_is_reported_until_it_comes_back_retired() -> None:
    lock = write([deck(*GOOD)])
    for text in (lock, write([deck(*GOOD[1:])], lock)):
        (finding,) = compare([deck(*GOOD[1:])], text)
        assert str(finding).startswith("ids.lock:1: join-1: this id vanished")
    assert compare([deck(*with_first(replace(GOOD[0], is_retired=True)))], lock) == []


def test_a_new_id_must_be_written_into_the_lock() -> None:
    (finding,) = compare([deck(*GOOD, card("join-6"))], write([deck(*GOOD)]))
    assert (finding.card, finding.reason) == ("join-6", "this id is not in ids.lock: write the lock anew")


@pytest.mark.parametrize("line", ["join-1 one abc", "join-1 1", "join-1 ² abc", "<<<<<<< HEAD", "a 999999 b"])
def test_a_spoilt_lock_line_is_named(line: str) -> None:
    lock = write([deck(*GOOD)]) + line + "\n"
    assert [str(found) for found in compare([deck(*GOOD)], lock)] == [
        "ids.lock:6: a line is `id rev digest`; write the lock anew"
    ]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"why": "Python is the highest-paying language."}, '"highest-paying": it is no fact about software'),
        ({"prompt": "SQL solves 80% of backend problems. Why?"}, '"80% of backend": nobody has measured it'),
        ({"why": "It brings 10–20% more pay."}, '"10–20% more pay": nobody has measured it'),
        ({"hint": "It is the easiest one."}, '"easiest": it is praise, or true for a month'),
        ({"why": "SSL encrypts it."}, '"SSL": say TLS; SSL is what came before it'),
        ({"why": "`SSL` in code, SSL 3.0 by its name, OpenSSL."}, None),
    ],
)
def test_claims_that_nobody_can_prove_are_not_repeated(changes: dict[str, Any], reason: str | None) -> None:
    assert reasons(*with_first(replace(GOOD[0], **changes))) == ([reason] if reason else [])


def test_no_two_cards_ask_the_same() -> None:
    twin = replace(GOOD[4], prompt=GOOD[0].prompt.replace(" ", "  ").upper())
    assert reasons(*GOOD[:4], twin) == ["asks what join-1 asks (decks/joins.md:10)"]
    assert reasons(*GOOD[:4], replace(twin, options=(right("1"), wrong("2")))) == []
