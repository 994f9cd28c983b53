"""The timers of a push found among all the others, and what is due counted by kind."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

PENDING = {"sqlite_where": sa.text("state='pending'"), "postgresql_where": sa.text("state='pending'")}
PUSHES = {"sqlite_where": sa.text("kind='push'"), "postgresql_where": sa.text("kind='push'")}


def upgrade() -> None:
    op.drop_index("ix_timers_due", table_name="timers")
    op.create_index("ix_timers_due", "timers", ["due_at", "kind", "state"], unique=False, **PENDING)
    op.create_index("ix_timers_push", "timers", ["scope", "state"], unique=False, **PUSHES)


def downgrade() -> None:
    op.drop_index("ix_timers_push", table_name="timers")
    op.drop_index("ix_timers_due", table_name="timers")
    op.create_index("ix_timers_due", "timers", ["due_at"], unique=False, **PENDING)
