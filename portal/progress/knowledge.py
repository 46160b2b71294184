"""Pictures of what is known: recall, buttons, what a button was worth, intervals, eases and the load they make."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from portal.progress.periods import Span
from portal.progress.pictures import Bars, Picture, Table, bars
from portal.progress.queries import EASES, INTERVALS, Group
from portal.progress.skills import percent
from portal.progress.work import ENOUGH, of_hundred, share_of
from portal.quizzes import words
from portal.quizzes.catalogue import TopicRecall
from quizzes.digest import MATURE_DAYS, About, Mark, Seen, Stage
from quizzes.sm2 import Grade

WEAKEST = 8  # topics that are seen at once
LENGTHS = (
    "1 day",
    "2 to 6 days",
    "1 to 2 weeks",
    "2 to 3 weeks",
    "3 to 6 weeks",
    "6 to 13 weeks",
    "3 to 6 months",
    "half a year or more",
)


def kept(found: Mapping[Mark, Seen], span: Span) -> Picture:
    """True retention: the first answer of a day to each card that was due."""
    young, mature = _met(found, Stage.YOUNG), _met(found, Stage.MATURE)
    whole, question = young + mature, "How much do you really remember?"
    if whole.seen < ENOUGH:
        so_far = f" So far you knew {whole.passed} of {whole.seen}." if whole.seen else ""
        return Picture("kept", question, f"After {ENOUGH} due cards this says more.{so_far}")
    of_mature = f", and {of_hundred(mature.passed / mature.seen)} of the mature ones" if mature.seen >= ENOUGH else ""
    sentence = f"You knew {of_hundred(whole.passed / whole.seen)} cards that came back {span.words}{of_mature}."
    rows = [
        (f"{name}", one.passed / one.seen if one.seen else 0.0, (share_of(one), f"{one.seen:,}"))
        for name, one in (("All", whole), ("Young", young), ("Mature", mature))
    ]
    remark = (
        f"True retention, as Anki counts it: the first answer of a day to a card that was due. "
        f"A card is mature when it waited {MATURE_DAYS} days or longer. SM-2 aims at about 90 of 100."
    )
    return Picture("kept", question, sentence, bars("Cards", ("Known", "Due"), rows, 1), remark=remark)


def _met(found: Mapping[Mark, Seen], *stages: Stage) -> Seen:
    marks = ((About.GRADE, 10 * stage + grade) for stage in stages for grade in Grade)
    return sum((found.get(mark, Seen()) for mark in marks), Seen())


def topics(found: Iterable[TopicRecall]) -> Picture:
    """Predicted recall of the topics that were started, the weakest first."""
    every = list(found)
    started = sorted((one for one in every if one.started), key=_recall)
    question = "What do you know today, topic by topic?"
    if not started:
        return Picture("topics", question, "No topic is started yet.")
    known = sum(_recall(one) * one.started for one in started) / sum(one.started for one in started)
    sentence = (
        f"You would know about {of_hundred(known)} of the cards you started; {started[0].title} is the weakest topic."
    )
    rows = [
        (one.title, _recall(one), (f"{percent(_recall(one))}%", f"{one.started} of {one.cards}")) for one in started
    ]
    shown = bars("Topic", ("Recall", "Cards"), rows, 1)
    linked = tuple(replace(bar, topic=one.topic) for bar, one in zip(shown.bars, started, strict=True))
    rest = len(every) - len(started)
    remark = f"{rest} more topic{'' if rest == 1 else 's'} not started." if rest else ""
    shown = replace(shown, bars=linked[:WEAKEST], folded=linked[WEAKEST:])
    return Picture("topics", question, sentence, shown, remark=remark)


def _recall(one: TopicRecall) -> float:
    return one.recall * one.cards / one.started


def buttons(found: Mapping[Mark, Seen], span: Span) -> Picture:
    """How often each grade was given, by what it was given to."""
    given = {grade: [_one(found, stage, grade) for stage in Stage] for grade in Grade}
    whole = sum(map(sum, given.values()))
    question = "Which buttons do you press?"
    if whole < ENOUGH:
        return Picture("buttons", question, f"After {ENOUGH} answers this says more.")
    most = max(given, key=lambda grade: sum(given[grade]))
    share = of_hundred(sum(given[most]) / whole)
    sentence = f"{most.label.capitalize()} is what you say most: {share} answers {span.words}."
    pressed = {grade.label: counts for grade, counts in given.items() if sum(counts)}
    rows = [
        (name, float(sum(counts)), (f"{sum(counts):,}", words.percent(sum(counts) / whole)))
        for name, counts in pressed.items()
    ]
    shown = bars("Button", ("Answers", "Share"), rows)
    table = tuple((name, *(f"{count:,}" for count in counts)) for name, counts in pressed.items())
    return Picture("buttons", question, sentence, shown, Table(("Button", "New", "Young", "Mature", "Again"), table))


def _one(found: Mapping[Mark, Seen], stage: Stage, grade: Grade) -> int:
    return found.get((About.GRADE, 10 * stage + grade), Seen()).seen


def worth(found: Mapping[Mark, Seen], span: Span) -> Picture:
    """What became of cards after each grade, when they were due the next time."""
    seen = {grade: found.get((About.WORTH, int(grade)), Seen()) for grade in Grade}
    question, enough = "What was “good” worth later?", [grade for grade in Grade if seen[grade].seen >= ENOUGH]
    if not enough:
        return Picture("worth", question, f"After {ENOUGH} cards with the same button have come back, this says more.")
    told = Grade.GOOD if Grade.GOOD in enough else enough[-1]
    share = seen[told].passed / seen[told].seen
    advice = f" {_advice(share)}" if told is Grade.GOOD else ""
    sentence = f"After “{told.label}” you knew {of_hundred(share)} cards when they came back.{advice}"
    rows = [
        (f"after {grade.label}", one.passed / one.seen, (share_of(one), f"{one.seen:,}"))
        for grade, one in seen.items()
        if one.seen
    ]
    remark = f"Cards that were due {span.words}, by the grade that sent them away."
    return Picture("worth", question, sentence, bars("Grade", ("Known", "Cards"), rows, 1), remark=remark)


def _advice(share: float) -> str:
    if share < 0.8:
        return "When you are in doubt, say “hard”."
    return "You could say “easy” more often." if share > 0.97 else "That is what it should be worth."


def intervals(found: Sequence[Group]) -> Picture:
    """Cards by the interval they have now."""
    counts = {begin: sum(one.cards for one in found if one.interval == begin) for begin in INTERVALS}
    whole, question = sum(counts.values()), "How far apart are your reviews?"
    if not whole:
        return Picture("intervals", question, "No card is in your review yet.")
    mature = sum(count for begin, count in counts.items() if begin >= MATURE_DAYS)
    sentence = (
        f"{mature:,} of {words.cards(whole)} in your review {_are(mature)} mature: they wait three weeks or longer."
    )
    return Picture("intervals", question, sentence, _histogram("Interval", LENGTHS, counts))


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def load(found: Sequence[Group]) -> Picture:
    """Reviews a day that the cards ask for: the sum of 1 / interval."""
    loads = {begin: sum(one.load for one in found if one.interval == begin) for begin in INTERVALS}
    whole, question = sum(loads.values()), "How much work do your cards make?"
    if not whole:
        return Picture("load", question, "No card is in your review yet.")
    short = sum(value for begin, value in loads.items() if begin < 7) / whole
    told = f"Your cards ask for about {_number(whole)} reviews a day"
    sentence = f"{told}; {of_hundred(short)} of them come from intervals under a week."
    rows = [(name, loads[begin], (_number(loads[begin]),)) for name, begin in zip(LENGTHS, INTERVALS, strict=True)]
    remark = "Daily load: the sum of 1 / interval over all cards in your review."
    return Picture("load", question, sentence, bars("Interval", ("A day",), rows), remark=remark)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def eases(found: Sequence[Group]) -> Picture:
    """Cards by ease."""
    counts = {begin: sum(one.cards for one in found if one.ease == begin) for begin in EASES}
    whole, question = sum(counts.values()), "Which cards are hard for you?"
    if not whole:
        return Picture("eases", question, "No card is in your review yet.")
    hard = sum(count for begin, count in counts.items() if begin < 190)
    sentence = f"{hard:,} of {words.cards(whole)} {_are(hard)} hard for you: their ease has fallen below 1.9."
    ends = [
        *(f"{begin / 100:.1f} to {after / 100:.1f}" for begin, after in pairwise(EASES)),
        "2.8 or more",
    ]
    remark = "The ease says by how much an interval grows. A card begins with 2.5, and 1.3 is the least."
    return Picture("eases", question, sentence, _histogram("Ease", ends, counts), remark=remark)


def _histogram(of: str, names: Sequence[str], counts: Mapping[int, int]) -> Bars:
    rows = [(name, float(count), (f"{count:,}",)) for name, count in zip(names, counts.values(), strict=True)]
    return bars(of, ("Cards",), rows)
