"""Grading: what counts as right, which misconception an answer shows, which grade it suggests."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.cards import Ask
from quizzes.grading import AWAY_WRITING_MS, AnswerError, Verdict, judge, propose
from quizzes.sheets import Sheet, SheetOption
from quizzes.sm2 import Grade
from quizzes.writing import WRITTEN

RIGHT, WRONG, BLANK = Verdict(is_right=True), Verdict(is_right=False), Verdict(is_right=False, is_blank=True)
OBJECTIVE = [ask for ask in Ask if ask is not Ask.SELF]


def option(key: str, text: str, is_right: bool = False, misconception: str = "") -> SheetOption:
    return SheetOption(key, text, html=text, is_right=is_right, reason="", misconception=misconception)


def sheet_of(ask: Ask, options: tuple[SheetOption, ...] = (), accept: tuple[str, ...] = ()) -> Sheet:
    return Sheet(
        id="sql-join-left",
        deck="sql-joins",
        ask=ask,
        topic="sql.joins.outer",
        level=2,
        rev=1,
        prompt="<p>How many rows?</p>",
        options=options,
        accept=accept,
        answer="",
        why="",
        hint="",
        sources=(),
    )


CHOICE_OPTIONS = (
    option("aa", "5", is_right=True),
    option("bb", "4", misconception="count-star-skips-null"),
    option("cc", "3", misconception="join-drops-rows"),
)
MULTI_OPTIONS = (*CHOICE_OPTIONS, option("dd", "five", is_right=True), option("ee", "6"))
choice = sheet_of(Ask.CHOICE, CHOICE_OPTIONS)
multi = sheet_of(Ask.MULTI, MULTI_OPTIONS)
number = sheet_of(
    Ask.NUMBER,
    (option("n3", "`3`", is_right=True), option("n4", "4.50", misconception="counts-the-header")),
    accept=("three",),
)
short = sheet_of(
    Ask.SHORT,
    (
        option("lj", "`LEFT JOIN`", is_right=True),
        option("ij", "INNER JOIN", misconception="inner-keeps-all"),
    ),
    accept=("LEFT OUTER JOIN",),
)


def typed(*texts: tuple[str, bool, str], ask: Ask = Ask.SHORT) -> Sheet:
    return sheet_of(ask, tuple(option(f"k{i}", *text) for i, text in enumerate(texts)))


def test_a_picked_option_is_right_or_shows_its_misconception() -> None:
    assert judge(choice, ["aa"]) == Verdict(is_right=True, picked=("aa",))
    assert judge(choice, ["bb"]) == Verdict(False, ("count-star-skips-null",), ("bb",))


def test_several_picks_are_right_only_when_the_set_is_exactly_right() -> None:
    assert judge(multi, ["dd", "aa"]) == Verdict(is_right=True, picked=("aa", "dd"))
    assert judge(multi, ["aa"]) == Verdict(is_right=False, picked=("aa",))
    assert judge(multi, ["aa", "dd", "bb"]) == Verdict(False, ("count-star-skips-null",), ("aa", "bb", "dd"))
    assert judge(multi, ["ee", "cc", "cc"]) == Verdict(False, ("join-drops-rows",), ("cc", "ee"))


@given(st.lists(st.sampled_from([known.key for known in MULTI_OPTIONS]), min_size=1))
def test_the_order_and_number_of_ticks_do_not_matter(given_keys: list[str]) -> None:
    verdict = judge(multi, given_keys)
    assert verdict.is_right == (set(given_keys) == {"aa", "dd"})
    assert set(verdict.picked) == set(given_keys)
    assert len(verdict.misconceptions) == len(set(given_keys) & {"bb", "cc"})


@pytest.mark.parametrize("text", ["3", "3.0", " 3 ", "+3", "03", "3.000", "`3`", "３", "three", "THREE", "3;"])
def test_a_number_is_right_in_every_spelling_of_its_value(text: str) -> None:
    assert judge(number, [text]).is_right


@pytest.mark.parametrize("text", ["-3", "−3", "3.0000000000000001", "30", ".3", "33333333333333333333"])
def test_another_number_is_wrong_and_shows_nothing(text: str) -> None:
    assert judge(number, [text]) == WRONG


@pytest.mark.parametrize("text", ["4.5", "4.50", " 04.500"])
def test_a_known_wrong_number_shows_its_misconception(text: str) -> None:
    assert judge(number, [text]) == Verdict(False, ("counts-the-header",), ("n4",))


@pytest.mark.parametrize("text", ["1,000", "3 rows", "1e3", "3/1", "0x3", "NaN", "inf", "1_000", "three!", ".", "1."])
def test_what_is_no_plain_number_is_asked_for_again_rather_than_counted_wrong(text: str) -> None:
    with pytest.raises(AnswerError, match="Type a number in digits"):
        judge(number, [text])


@given(st.decimals(-(10**9), 10**9, places=6), st.integers(0, 5))
def test_numbers_compare_exactly_whatever_zeros_they_carry(value: Decimal, zeros: int) -> None:
    sheet = typed((f"{value:f}", True, ""), ask=Ask.NUMBER)
    assert judge(sheet, [f"{value:f}" + "0" * zeros]).is_right
    assert not judge(sheet, [f"{value + Decimal('0.000001'):f}"]).is_right


@pytest.mark.parametrize(
    "text",
    [
        "LEFT JOIN",
        "left join",
        "  Left \t\n join ",
        "`LEFT JOIN`",
        "left join;",
        "LEFT JOIN ; ",
        "left outer join",
    ],
)
def test_typed_words_are_right_whatever_their_case_spaces_backticks_and_semicolon(text: str) -> None:
    assert judge(short, [text]).is_right


def test_a_known_wrong_word_shows_its_misconception_and_another_shows_nothing() -> None:
    assert judge(short, ["inner  join"]) == Verdict(False, ("inner-keeps-all",), ("ij",))
    assert judge(short, ["leftjoin"]) == WRONG
    assert judge(short, ["left join right join"]) == WRONG


def test_the_option_that_was_typed_is_named_and_an_accepted_spelling_names_none() -> None:
    assert judge(short, ["left join"]).picked == ("lj",)
    assert judge(short, ["left outer join"]) == RIGHT


def test_the_quotes_and_dashes_a_phone_types_are_those_of_code() -> None:
    sheet = typed(("WHERE city = 'Kiel' -- note", True, ""), ask=Ask.CLOZE)
    assert judge(sheet, ["where city = ‘Kiel’ — note"]).is_right


def test_case_decides_only_where_two_known_answers_differ_by_nothing_else() -> None:
    sheet = typed(("If-Match", True, ""), ("if-match", False, "case-does-not-matter"), ("ETag", False, "etag"))
    assert judge(sheet, ["If-Match"]).is_right
    assert judge(sheet, ["if-match"]).misconceptions == ("case-does-not-matter",)
    assert judge(sheet, ["IF-MATCH"]) == WRONG
    assert judge(sheet, ["etag"]).misconceptions == ("etag",)


def test_a_semicolon_that_is_the_answer_is_not_folded_away() -> None:
    sheet = typed((";", True, ""), ask=Ask.CLOZE)
    assert judge(sheet, [";"]).is_right
    assert not judge(sheet, [":"]).is_right
    assert not judge(sheet, ["``"]).is_right


@pytest.mark.parametrize("ask", OBJECTIVE)
@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_a_blank_answer_is_an_honest_i_do_not_know(ask: Ask, text: str) -> None:
    assert judge(sheet_of(ask, CHOICE_OPTIONS), [text]) == BLANK


@pytest.mark.parametrize(
    ("sheet", "answers", "says"),
    [
        (choice, [], "Pick an answer"),
        (multi, [], "Pick an answer"),
        (choice, ["aa", "bb"], "Pick one answer only"),
        (choice, ["aa", "aa"], "Pick one answer only"),
        (choice, ["zz"], "not on this card"),
        (choice, ["5"], "not on this card"),
        (multi, ["aa", ""], "not on this card"),
        (short, [], "Type one answer"),
        (short, ["a", "b"], "Type one answer"),
        (short, ["x" * 201], "200 characters"),
        (number, ["1" * 201], "200 characters"),
        (sheet_of(Ask.SELF), ["yes"], "card sql-join-left is judged by the learner"),
    ],
)
def test_an_answer_that_cannot_be_judged_is_refused_in_plain_words(sheet: Sheet, answers: list[str], says: str) -> None:
    with pytest.raises(AnswerError, match=says):
        judge(sheet, answers)


@given(st.sampled_from([choice, multi, number, short]), st.lists(st.text(max_size=250), max_size=3))
def test_any_form_is_judged_or_refused_and_a_right_pick_is_exactly_the_key(sheet: Sheet, answers: list[str]) -> None:
    keys = {known.key for known in sheet.options if known.is_right}
    try:
        verdict = judge(sheet, answers)
    except AnswerError:
        return
    assert set(verdict.picked) <= {known.key for known in sheet.options}
    assert not (verdict.is_right and verdict.misconceptions)
    if verdict.is_right and sheet.ask in (Ask.CHOICE, Ask.MULTI):
        assert set(answers) == keys


@given(st.text(min_size=1, max_size=200).filter(lambda text: text.strip()))
def test_whoever_types_the_key_as_written_is_right(text: str) -> None:
    assert judge(typed((text, True, "")), [text]).is_right


@pytest.mark.parametrize("ask", OBJECTIVE)
def test_a_wrong_answer_suggests_again_and_a_blank_one_wrong_however_fast(ask: Ask) -> None:
    for ms in (0, 1_000, 59_999, 10**9):
        assert propose(WRONG, ms, ask, 1) is Grade.AGAIN
        assert propose(BLANK, ms, ask, 1) is Grade.WRONG


@pytest.mark.parametrize(
    ("ask", "level", "ms", "wanted"),
    [
        (Ask.CHOICE, 1, 8_000, Grade.EASY),
        (Ask.CHOICE, 1, 8_001, Grade.GOOD),
        (Ask.CHOICE, 1, 25_000, Grade.GOOD),
        (Ask.CHOICE, 1, 25_001, Grade.HARD),
        (Ask.CHOICE, 5, 11_200, Grade.EASY),
        (Ask.CHOICE, 5, 35_001, Grade.HARD),
        (Ask.MULTI, 1, 12_000, Grade.EASY),
        (Ask.MULTI, 1, 12_001, Grade.GOOD),
        (Ask.NUMBER, 1, 12_001, Grade.GOOD),
        (Ask.SHORT, 1, 15_001, Grade.GOOD),
        (Ask.CLOZE, 1, 15_001, Grade.GOOD),
        (Ask.NUMBER, 1, 35_001, Grade.HARD),
        (Ask.SHORT, 1, 15_000, Grade.EASY),
        (Ask.CLOZE, 5, 56_000, Grade.GOOD),
        (Ask.CLOZE, 5, 56_001, Grade.HARD),
    ],
)
def test_a_right_answer_suggests_easy_good_or_hard_by_its_time(ask: Ask, level: int, ms: int, wanted: Grade) -> None:
    assert propose(RIGHT, ms, ask, level) is wanted


@pytest.mark.parametrize("ask", OBJECTIVE)
@pytest.mark.parametrize("ms", [60_000, 3_600_000, -5])
def test_a_learner_who_left_the_desk_is_not_slow(ask: Ask, ms: int) -> None:
    away = AWAY_WRITING_MS if ask in WRITTEN and ms > 0 else ms
    assert propose(RIGHT, away, ask, 5) is Grade.GOOD


@given(st.sampled_from(OBJECTIVE), st.integers(1, 5), st.integers(0, 59_999), st.integers(0, 59_999))
def test_within_a_minute_more_time_never_suggests_a_better_grade(ask: Ask, level: int, one: int, other: int) -> None:
    quick, slow = propose(RIGHT, min(one, other), ask, level), propose(RIGHT, max(one, other), ask, level)
    assert quick >= slow >= Grade.HARD


@pytest.mark.parametrize("ask", [Ask.NUMBER, Ask.SHORT, Ask.CLOZE])
@given(level=st.integers(1, 5), ms=st.integers(0, 59_999))
def test_typing_is_given_at_least_the_time_of_picking(ask: Ask, level: int, ms: int) -> None:
    assert propose(RIGHT, ms, ask, level) >= propose(RIGHT, ms, Ask.CHOICE, level)


def test_a_self_card_gets_no_suggestion() -> None:
    with pytest.raises(AnswerError, match="graded by the learner"):
        propose(RIGHT, 1_000, Ask.SELF, 1)
