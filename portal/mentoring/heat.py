"""The pages of the heat map: learner by topic, the cards of a topic, one learner and a topic, the map as a CSV file."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from flask import Response, abort, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from portal.login import me, mentor_required, now
from portal.looking import note_looking
from portal.mentoring import cards, heatmap, views
from portal.mentoring.heatmap import BY_MEAN, BY_NAME, Cell, Learner, Topic
from portal.mentoring.views import MOST, cohort_or_404, member_or_404
from portal.quizzes.words import percent
from portal.roadmap import content
from portal.spreadsheets import csv_pieces
from quizzes.day import day_of
from quizzes.sheets import opening

bp = views.bp  # one blueprint, drawn by several modules
bp.add_app_template_filter(opening, "opening")
COHORT = f"/<int(max={MOST}):cohort_id>"
LOW, HIGH = 60, 85  # percent: the bounds of a step's colours on the roadmap
CHANGE = 5  # what counts as a rise or a fall
AT_ONCE = 500  # learners of a CSV file
MISSED = "Missed again in two weeks"  # the last column of it: topics, each with its number of misses


@bp.get(f"{COHORT}/heat")
@mentor_required
def heat(cohort_id: int) -> ResponseReturnValue:
    """Every member by every topic: what they would know today."""
    cohort = cohort_or_404(cohort_id).name
    topics = heatmap.topics()
    step = number_asked("step")
    shown = [topic for topic in topics if topic.step == step] or topics
    order = _order(shown)
    note_looking(cohort_id, None, "heat map")
    who, following = heatmap.learners(cohort_id, order, shown, number_asked("after"))
    known = heatmap.cells([learner.id for learner in who], shown)
    asked = {"cohort_id": cohort_id, "step": None if shown is topics else step}
    steps = content.roadmap().steps
    return render_template(
        "mentoring/heat.html",
        cohort=cohort,
        asked=asked,
        order=order,
        orders=[(BY_NAME, "by name"), (BY_MEAN, "by mean, lowest first"), *_topic_orders(shown)],
        steps=[steps[number - 1] for number in dict.fromkeys(topic.step for topic in topics)],
        groups=_groups(shown),
        shown=shown,
        weakest=_weakest(shown, known),
        lines=_lines(cohort_id, who, shown, known),
        oldest=min((learner.as_of for learner in who if learner.as_of), default=None),
        has_numbers=any(known.values()),
        following=following,
        is_first="after" not in request.args,
    )


def number_asked(name: str) -> int | None:
    """A number of the address that a database can hold, if there is one."""
    number = request.args.get(name, type=int)
    return number if number is not None and 0 < number <= MOST else None


def _order(shown: Sequence[Topic]) -> str:
    wanted = request.args.get("sort", BY_NAME)
    return wanted if wanted in {BY_MEAN, *(topic.id for topic in shown)} else BY_NAME


def _topic_orders(shown: Sequence[Topic]) -> list[tuple[str, str]]:
    return [(topic.id, f"by {topic.title}, lowest first") for topic in shown]


def _groups(shown: Sequence[Topic]) -> list[tuple[content.Step, int]]:
    """The steps of these topics, each with the number of its columns."""
    steps, numbers = content.roadmap().steps, [topic.step for topic in shown]
    return [(steps[number - 1], numbers.count(number)) for number in dict.fromkeys(numbers)]


def _weakest(shown: Sequence[Topic], known: Mapping[int, Mapping[str, Cell]]) -> tuple[Topic, int] | None:
    """The topic that is known least of those that two learners or more have begun, and its mean recall in percent."""
    found = []
    for topic in shown:
        begun = [cells[topic.id].recall for cells in known.values() if topic.id in cells]
        if len(begun) > 1:
            found.append((sum(begun) / len(begun), topic))
    lowest = min(found, key=lambda pair: pair[0], default=None)
    return None if lowest is None else (lowest[1], round(lowest[0] / 10))


# The table is joined here and not in a template: a class by all topics has 12,000 cells, and most of them are alike.


def _lines(
    cohort_id: int, who: Sequence[Learner], shown: Sequence[Topic], known: Mapping[int, Mapping[str, Cell]]
) -> Markup:
    """The rows of the map. A name leads to the topic its learner knows least of those shown."""
    ids, home = [topic.id for topic in shown], url_for(".heat", cohort_id=cohort_id).removesuffix("heat")
    rows = []
    for learner in who:
        cells = known[learner.id]
        least = min(cells, key=lambda topic: cells[topic].recall, default=next(iter(ids), ""))
        rows.append(
            f'<tr><th scope="row"><a href="{home}learners/{learner.id}/topics/{least}">{escape(learner.name)}</a></th>'
        )
        rows.append(cell(heatmap.mean(cells), None))
        rows += [cell(one.recall, one.was, one.marked) if (one := cells.get(topic)) else NOTHING for topic in ids]
        rows.append("</tr>\n")
    return Markup("".join(rows))  # noqa: S704 - numbers, escaped names and topic ids of the catalogue


NOTHING = "<td>--</td>"


@lru_cache(maxsize=16_384)
def cell(known: int | None, was: int | None, misses: int = 0) -> str:
    """A cell of tenths of a percent: the number, an arrow where it moved, a corner and words for marked misses."""
    if known is None:
        return NOTHING
    number, before = round(known / 10), round((known if was is None else was) / 10)
    band = "h1" if number < LOW else "h2" if number < HIGH else "h3"
    arrow, words = "", ""
    if abs(number - before) >= CHANGE:
        arrow, words = f'<b aria-hidden="true">{"▼" if number < before else "▲"}</b>', f"%, was {before}"
    if misses:
        band, words = f"{band} miss", f"{words or '%'}; {misses} misses in two weeks"
    return f'<td class="{band}">{number}{arrow}{f"<i>{words}</i>" if words else ""}</td>'


# ---- Behind a cell


@bp.get(f"{COHORT}/heat/<topic_id>")
@mentor_required
def heat_topic(cohort_id: int, topic_id: str) -> ResponseReturnValue:
    """The cards of a topic: who has begun them, and which wrong answers were given."""
    cohort, topic = cohort_or_404(cohort_id).name, topic_or_404(topic_id)
    note_looking(cohort_id, None, "topic")
    who, following = heatmap.learners(cohort_id, topic.id, [topic], number_asked("after"))
    day = day_of(now(), me().zone, me().rollover_hour)
    found = cards.topic_cards(topic.id, who, day)
    begun = [learner for learner in who if any(learner.id in card.recalls for card in found)]
    recalls = [known for card in found for known in card.recalls.values()]
    known = heatmap.cells([learner.id for learner in who], [topic])
    missed = [(learner, cells[topic.id]) for learner in who if (cells := known[learner.id]) and cells[topic.id].marked]
    return render_template(
        "mentoring/heat_topic.html",
        cohort=cohort,
        cohort_id=cohort_id,
        topic=topic,
        cards=found,
        who=who,
        begun=begun,
        recall=percent(sum(recalls) / len(recalls)) if recalls else None,
        missed=sorted(missed, key=lambda pair: -pair[1].misses),
        lines=_card_lines(cohort_id, topic, begun, found),
        following=following,
        is_first="after" not in request.args,
    )


def _card_lines(cohort_id: int, topic: Topic, who: Sequence[Learner], found: Sequence[cards.CardOfTopic]) -> Markup:
    rows = []
    for learner in who:
        url = url_for(".learner_topic", cohort_id=cohort_id, learner_id=learner.id, topic_id=topic.id)
        rows.append(f'<tr><th scope="row"><a href="{escape(url)}">{escape(learner.name)}</a></th>')
        known = [card.recalls.get(learner.id) for card in found]
        rows += [cell(None if share is None else round(1000 * share), None) for share in known]
        rows.append("</tr>\n")
    return Markup("".join(rows))  # noqa: S704 - numbers and escaped names


def topic_or_404(topic_id: str) -> Topic:
    """A topic that has cards."""
    found = next((topic for topic in heatmap.topics() if topic.id == topic_id), None)
    if found is None:
        abort(404)
    return found


@bp.get(f"{COHORT}/learners/<int(max={MOST}):learner_id>/topics/<topic_id>")
@mentor_required
def learner_topic(cohort_id: int, learner_id: int, topic_id: str) -> ResponseReturnValue:
    """One learner and the cards of a topic: recall, attempts, and what was picked when it was wrong."""
    cohort, topic = member_or_404(cohort_id, learner_id).name, topic_or_404(topic_id)
    note_looking(cohort_id, learner_id, "topic")
    learner = heatmap.find_member(cohort_id, learner_id)
    if learner is None:  # left in this moment
        abort(404)
    day = day_of(now(), learner.zone, learner.rollover_hour)
    topics = heatmap.topics()
    return render_template(
        "mentoring/learner_topic.html",
        cohort=cohort,
        cohort_id=cohort_id,
        learner=learner,
        topic=topic,
        day=day,
        cards=cards.cards_of_learner(learner_id, topic.id, day),
        topics=topics,
        cells=heatmap.cells([learner_id], topics)[learner_id],
    )


# ---- As a file


@bp.get(f"{COHORT}/heat.csv")
@mentor_required
def heat_csv(cohort_id: int) -> ResponseReturnValue:
    """The whole map, a learner a line and a topic a column, in percent; empty: not started. Last, the marked misses."""
    cohort_or_404(cohort_id)
    note_looking(cohort_id, None, "heat map")
    name = f"heat-map-{day_of(now(), me().zone, me().rollover_hour).isoformat()}.csv"
    pieces = csv_pieces(_file_pages(cohort_id, heatmap.topics()))
    answer = Response(stream_with_context(pieces), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _file_pages(cohort_id: int, topics: Sequence[Topic]) -> Iterator[list[list[str]]]:
    """Some hundred learners at a time, so a file of 10,000 needs no more memory than one of 500."""
    yield [["Learner", "Mean", *(topic.title for topic in topics), MISSED]]
    after: int | None = None
    while True:
        who, after = heatmap.learners(cohort_id, BY_NAME, topics, after, AT_ONCE)
        known = heatmap.cells([learner.id for learner in who], topics)
        yield [_file_row(learner, known[learner.id], topics) for learner in who]
        if after is None:
            break


def _file_row(learner: Learner, cells: Mapping[str, Cell], topics: Sequence[Topic]) -> list[str]:
    found = [cells[topic.id].recall if topic.id in cells else None for topic in topics]
    known = [(topic.title, cells[topic.id].marked) for topic in topics if topic.id in cells]
    missed = "; ".join(f"{title}: {number}" for title, number in known if number)
    numbers = ("" if one is None else f"{one / 10:.1f}" for one in (heatmap.mean(cells), *found))
    return [learner.name, *numbers, missed]
