"""What a learner shows the world of their skills."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base


class SkillPage(Base):
    """A learner's public page: whoever has the token sees it, nobody does without one (None).

    The token is kept as it is, not as a digest: its owner must be shown the address again, and it opens nothing but
    what they chose to publish.
    """

    __tablename__ = "skill_pages"
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    token: Mapped[str | None] = mapped_column(String(32), unique=True)
    shown_name: Mapped[str] = mapped_column(String(80))
    published_at: Mapped[datetime | None]


class PublicClaim(Base):
    """A claim the learner chose to show: "cards.sql-joins" for a deck. Other kinds of evidence bring other names."""

    __tablename__ = "public_claims"
    __table_args__ = ({"sqlite_with_rowid": False},)
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    claim: Mapped[str] = mapped_column(String(80), primary_key=True)
