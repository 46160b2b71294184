"""Who needs a mentor, and why: golden cases in needs_golden.toml, and what holds for every learner."""

import re
import tomllib
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from quizzes.needs import Rule, needs, read_reasons, score, write_reasons
from quizzes.observed import Facts, Topic
from quizzes.pacing import Break
from quizzes.thresholds import EVERY, ThresholdError, Thresholds, thresholds_from
from quizzes.wins import wins

TODAY = date(2026, 11, 23)
GOLDEN = tomllib.loads((Path(__file__).parent / "needs_golden.toml").read_text())
USUAL = Thresholds()


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def read_run(text: str) -> list[int]:
    """The answers of each day, the latest first, of a run such as "0*7 (20*5 0*2)*6"."""
    while group := re.search(r"\(([^()]*)\)\*(\d+)", text):
        text = text.replace(group[0], " ".join([group[1]] * int(group[2])))
    pairs = [part.partition("*") for part in text.split()]
    return [int(count) for count, _, times in pairs for _ in range(int(times or 1))][:56]


def facts_of(case: dict[str, Any]) -> Facts:
    reviewed = {ago(back): count for back, count in enumerate(read_run(case.get("days", ""))) if count}
    last = ago(case["last"]) if "last" in case else max(reviewed, default=None)
    started = ago(case.get("joined", 100)) if last else None
    return Facts(
        TODAY,
        joined_on=ago(case.get("joined", 100)),
        first_on=ago(case["first"]) if "first" in case else started,
        last_on=last,
        back_on=ago(case["back"]) if "back" in case else None,
        reviewed=reviewed,
        breaks=tuple(Break(ago(-first), ago(-last)) for first, last in case.get("breaks", [])),
        planned_minutes=case.get("planned", 0),
        studied_minutes=case.get("studied", 0),
        due=case.get("due", 0),
        leeches=case.get("leeches", 0),
        topics=tuple(
            Topic(name, title, cards, started, now, was if was >= 0 else None, misses, tries)
            for name, title, cards, started, now, was, misses, tries in case.get("topics", [])
        ),
    )


@pytest.mark.parametrize("name", GOLDEN)
def test_golden(name: str) -> None:
    case = GOLDEN[name]
    facts = facts_of(case)
    assert [reason.words for reason in needs(facts, USUAL)] == case["needs"]
    assert [reason.words for reason in wins(facts, USUAL)] == case["wins"]


def test_every_rule_has_a_golden_case() -> None:
    said = [facts_of(case) for case in GOLDEN.values()]
    rules = {reason.rule for facts in said for reason in (*needs(facts, USUAL), *wins(facts, USUAL))}
    assert rules == set(Rule)


def test_a_reason_names_its_number_its_threshold_and_where_to_look() -> None:
    facts = facts_of(GOLDEN["drop-out: silent, and all that follows from it in one line"])
    quiet, behind = needs(facts, USUAL)
    assert (quiet.rule, quiet.evidence, quiet.said, quiet.limit) == (Rule.QUIET, "days", 12, 5)
    assert (behind.rule, behind.evidence, behind.said, behind.limit) == (Rule.BEHIND, "plan", 23, 6)
    (stuck,) = needs(facts_of(GOLDEN["stuck on joins: recall fell and cards fail for the same reason"]), USUAL)
    assert (stuck.evidence, stuck.said, stuck.limit) == ("topic:joins", 64, 50)
    assert score([quiet, behind]) == quiet.weight + behind.weight > stuck.weight


def test_a_cohort_may_have_thresholds_of_its_own_within_bounds() -> None:
    patient = thresholds_from({"quiet_days": "10", "behind_hours": 40})
    assert patient == replace(USUAL, quiet_days=10, behind_hours=40)
    late = facts_of(GOLDEN["quiet: just above"])
    assert needs(late, USUAL)
    assert not needs(late, patient)
    for name, value in [("quiet_days", "1"), ("quiet_days", "29"), ("quiet_days", "five"), ("pile_days", True)]:
        with pytest.raises(ThresholdError, match=rf"{name} .* from \d+ to \d+"):
            thresholds_from({name: value})
    with pytest.raises(ThresholdError, match="no threshold 'patience'"):
        thresholds_from({"patience": 3})
    with pytest.raises(ThresholdError, match="quiet_days"):
        Thresholds(quiet_days=99)
    assert all(one.least <= one.default <= one.most and one.label and one.says.endswith(".") for one in EVERY)


shares = st.floats(0, 1)
tries = st.integers(0, 60)
topics = st.builds(
    lambda number, now, was, tried, missed: Topic(f"t{number}", "A topic", 9, 9, now, was, min(missed, tried), tried),
    *(st.integers(0, 5), shares, st.none() | shares, tries, tries),
)
limits = st.builds(Thresholds, **{one.name: st.integers(one.least, one.most) for one in EVERY})


@st.composite
def learners(draw: st.DrawFn) -> Facts:
    """Anybody: beginners, the steady, those who are long gone; facts that fit together."""
    counts = draw(st.lists(st.integers(0, 3) | st.integers(0, 150), max_size=56))
    reviewed = {ago(back): count for back, count in enumerate(counts) if count}
    last = max(reviewed) if reviewed else draw(st.none() | st.integers(56, 400).map(ago))
    first = None if last is None else min([*reviewed, last]) - timedelta(days=draw(st.integers(0, 60)))
    begun = [] if last is None else [last - timedelta(days=days) for days in range(40)]
    breaks = st.tuples(st.integers(-60, 20), st.integers(0, 20)).map(
        lambda pair: Break(ago(-pair[0]), ago(-pair[0] - pair[1]))
    )
    return Facts(
        TODAY,
        ago(draw(st.integers(0, 400))),
        *(first, last, draw(st.sampled_from([None, *begun])), reviewed),
        tuple(draw(st.lists(breaks, max_size=2))),
        *(draw(st.integers(0, 9_000)), draw(st.integers(0, 9_000)), draw(st.integers(0, 500)), draw(st.integers(0, 9))),
        tuple(draw(st.lists(topics, max_size=4, unique_by=lambda topic: topic.id))),
    )


@given(learners(), limits)
@settings(max_examples=80, deadline=None)
def test_whatever_the_facts_the_words_are_plain_and_the_order_is_by_weight(facts: Facts, own: Thresholds) -> None:
    for reasons in (needs(facts, own), wins(facts, own)):
        assert read_reasons(write_reasons(reasons)) == reasons
        assert not any(re.search(r"None|nan|-\d|\{|  ", reason.words) for reason in reasons)
        assert all(reason.weight > 0 and reason.words[0] not in " ;," for reason in reasons)
        assert [reason.weight for reason in reasons] == sorted((one.weight for one in reasons), reverse=True)
        places = [(reason.rule, reason.evidence) for reason in reasons]
        assert len(set(places)) == len(places)
    assert (score(needs(facts, own)) > 0) == bool(needs(facts, own))
    rules = {reason.rule for reason in needs(facts, own)}
    assert not (Rule.QUIET in rules and rules & {Rule.PILE, Rule.FELL, Rule.CRAMMED, Rule.LEECHES, Rule.UNSTARTED})
    assert not (rules and facts.away_until)


@example(facts_of({"days": "0*4 (100 0*6)*2 10*42", "due": 400, "leeches": 20}), USUAL, 8, 0)
@given(learners(), limits, st.integers(1, 120), st.integers(0, 80))
@settings(max_examples=100, deadline=None)
def test_more_silence_never_lowers_the_need(facts: Facts, own: Thresholds, days: int, more_due: int) -> None:
    facts = replace(facts, breaks=())
    later = facts.today + timedelta(days=days)
    kept = {day: count for day, count in facts.reviewed.items() if (later - day).days < 56}
    silent = replace(facts, today=later, reviewed=kept, due=facts.due + more_due)
    assert score(needs(silent, own)) >= score(needs(facts, own))
