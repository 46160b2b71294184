"""What learners do with their skills page: choose claims, publish, make a new link, withdraw. Nothing here commits."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete

from portal.db import db
from portal.progress.models import PublicClaim, SkillPage
from portal.progress.queries import find_skill_page


def choose_claims(learner_id: int, shown_name: str, claims: Collection[str]) -> SkillPage:
    """Remember which claims may be shown and under which name; nothing is public without a link."""
    page = find_skill_page(learner_id)
    if page is None:
        page = SkillPage(learner_id=learner_id, token=None, shown_name=shown_name, published_at=None)
        db.session.add(page)
    page.shown_name = shown_name
    db.session.execute(delete(PublicClaim).where(PublicClaim.learner_id == learner_id))
    db.session.add_all(PublicClaim(learner_id=learner_id, claim=claim) for claim in sorted(claims))
    return page


def publish(page: SkillPage, token: str, moment: datetime) -> None:
    """Give the page this link; an earlier one leads nowhere from now on."""
    page.token, page.published_at = token, moment


def withdraw(page: SkillPage) -> None:
    """Take the link back: nobody sees the page any more. What was chosen stays chosen."""
    page.token = page.published_at = None
