"""The pages of what a cohort gets wrong: how many think what, the cards that show it, and what cures it."""

from typing import NamedTuple

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.login import mentor_required, now
from portal.looking import note_looking
from portal.mentoring import beliefs, views
from portal.mentoring.beliefs import Able, Spread
from portal.mentoring.heat import COHORT, number_asked
from portal.mentoring.views import cohort_or_404
from portal.quizzes import catalogue
from portal.quizzes.catalogue import deck_of_topic
from portal.roadmap import content
from quizzes.misconceptions import Misconception

bp = views.bp  # one blueprint, drawn by several modules


class Cure(NamedTuple):
    """What to read and what to do about a misconception: (title, address) each, None where the roadmap has nothing."""

    lesson: tuple[str, str] | None
    exercise: tuple[str, str] | None


@bp.get(f"{COHORT}/misconceptions")
@mentor_required
def misconceptions(cohort_id: int) -> ResponseReturnValue:
    """What members think that is not so: by how many of those who met it in the last four weeks."""
    cohort = cohort_or_404(cohort_id).name
    note_looking(cohort_id, None, "misconceptions")
    able, decks = beliefs.able_cards(), deck_of_topic()
    found = beliefs.spread_of(cohort_id, able, now().date())
    return render_template(
        "mentoring/misconceptions.html",
        cohort=cohort,
        cohort_id=cohort_id,
        shared=[_row(one, able, decks) for one in found if one.holders > 1],
        single=[_row(one, able, decks) for one in found if one.holders == 1],
    )


def _row(one: Spread, able: dict[str, list[Able]], decks: dict[str, str]) -> tuple[Spread, list[Able], Cure]:
    return one, able[one.misconception.id], cure_of(one.misconception, decks)


def cure_of(misconception: Misconception, decks: dict[str, str]) -> Cure:
    """The lesson of the topic that cures it; as exercise a project that builds on the topic, else the deck's cards."""
    topic = content.find_topic(misconception.topic)
    if topic is None:
        return Cure(None, None)
    lesson = (topic.title, url_for("roadmap.topic", topic_id=topic.id))
    relatives = {topic.id, topic.parent or topic.id}
    for project in content.topic_step(topic.id).projects:
        before = [content.find_topic(name) for name in project.after]
        if any(one is not None and relatives & {one.id, one.parent} for one in before):
            return Cure(lesson, (project.name, url_for("roadmap.project", project_id=project.id)))
    deck = decks.get(topic.id)
    cards = (
        (f"the cards of “{topic.title}” and its neighbours", url_for("quizzes.deck", deck_id=deck)) if deck else None
    )
    return Cure(lesson, cards)


@bp.get(f"{COHORT}/misconceptions/<name>")
@mentor_required
def misconception(cohort_id: int, name: str) -> ResponseReturnValue:
    """Who holds a misconception now."""
    cohort, able = cohort_or_404(cohort_id).name, beliefs.able_cards()
    if name not in able:
        abort(404)
    note_looking(cohort_id, None, "misconceptions")
    found = catalogue.misconceptions()[name]
    holders, following = beliefs.holders_of(cohort_id, name, able[name], number_asked("after"))
    return render_template(
        "mentoring/misconception.html",
        cohort=cohort,
        cohort_id=cohort_id,
        misconception=found,
        holders=sorted(holders, key=lambda one: one.name),
        topics={card.card_id: card.sheet.topic for card in able[name]},
        cards=able[name],
        cure=cure_of(found, deck_of_topic()),
        following=following,
        is_first="after" not in request.args,
    )
