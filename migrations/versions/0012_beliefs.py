"""beliefs: the answers that showed one are found without reading all the others"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_review_log_misconceptions",
        "review_log",
        ["learner_id", "card_id"],
        unique=False,
        sqlite_where=sa.text("misconceptions IS NOT NULL"),
        postgresql_where=sa.text("misconceptions IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_review_log_misconceptions", table_name="review_log")
