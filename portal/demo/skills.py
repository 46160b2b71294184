"""The skills page of an invented learner, public for whoever has the link."""

import secrets
from datetime import datetime

from portal.demo.people import Learner
from portal.progress import actions
from portal.progress.skills import LEAST_STARTED, OF_CARDS


def publish_skills(learner: Learner, shown_name: str, moment: datetime) -> None:
    """Choose every deck with cards enough behind it, and publish the page."""
    started = {act.card_id for day in learner.lived for act in day.acts if act.is_answer}
    decks = [card.sheet.deck for card in learner.cards if card.id in started and card.position]
    claims = {f"{OF_CARDS}{deck}" for deck in decks if decks.count(deck) >= LEAST_STARTED}
    page = actions.choose_claims(learner.id, shown_name, claims)
    actions.publish(page, secrets.token_urlsafe(16), moment)
