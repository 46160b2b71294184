"""written answers: what a box found is kept with the answer, and runs are counted at the desk"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("review_log", sa.Column("found", sa.Text(), nullable=True))
    op.add_column("desks", sa.Column("runs", sa.Integer(), nullable=True))
    op.add_column("desks", sa.Column("runs_from", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("desks", "runs_from")
    op.drop_column("desks", "runs")
    op.drop_column("review_log", "found")
