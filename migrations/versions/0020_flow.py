"""flow: what keeps cards from coming as new, what cards build on, and what learners choose"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cards", sa.Column("kept_back_by", sa.Integer(), server_default="0", nullable=False))
    op.add_column("desks", sa.Column("choices", sa.Integer(), server_default="0", nullable=False))
    op.drop_index("ix_cards_position", "cards")
    op.create_index("ix_cards_position", "cards", ["position", "is_active", "kept_back_by"])
    op.create_table(
        "card_pairs",
        sa.Column("card_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("is_needed", sa.Boolean(), nullable=False),
        sa.Column("kept_back_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["card_id"], ["cards.id"], name=op.f("fk_card_pairs_card_id_cards"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["cards.id"], name=op.f("fk_card_pairs_other_id_cards"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("card_id", "other_id", name=op.f("pk_card_pairs")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("card_pairs")
    op.drop_index("ix_cards_position", "cards")
    op.create_index("ix_cards_position", "cards", ["position"])
    op.drop_column("desks", "choices")
    op.drop_column("cards", "kept_back_by")
