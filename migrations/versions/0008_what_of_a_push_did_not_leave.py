"""What of a push did not leave, found among all that did."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

UNSENT = {"sqlite_where": sa.text("rank=3 and state<>'sent'"), "postgresql_where": sa.text("rank=3 and state<>'sent'")}


def upgrade() -> None:
    op.create_index("ix_outbox_push", "outbox", ["cause"], unique=False, **UNSENT)


def downgrade() -> None:
    op.drop_index("ix_outbox_push", table_name="outbox")
