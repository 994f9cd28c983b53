"""Writes a revision from what tables.py has and the revisions do not yet.

python migrations/revise.py --first      writes 0001 anew (until the first release)
python migrations/revise.py "add a column to runs"
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config

from bot.store import migrate, sqlite

VERSIONS = Path(__file__).parent / "versions"
SCHEMA = (
    "def upgrade() -> None:\n",
    'def upgrade() -> None:\n    if op.get_bind().dialect.name == "postgresql":\n'
    '        op.execute("CREATE SCHEMA IF NOT EXISTS keyring")\n',
)


def main(message: str) -> None:
    first = message == "--first"
    if first:
        for file in VERSIONS.glob("*.py"):
            file.unlink()
    number = f"{len(list(VERSIONS.glob('*.py'))) + 1:04}"
    written = revise("the first tables" if first else message, number)
    if first:
        written.write_text(written.read_text(encoding="utf-8").replace(*SCHEMA), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", str(written)], check=True)
    print(written.name)


def revise(message: str, number: str) -> Path:
    config = Config()
    config.set_main_option("script_location", str(VERSIONS.parent).replace("%", "%%"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "marge.db"
        if number != "0001":
            migrate.upgrade(f"sqlite:///{path}")
        engine = sqlite.schema_engine(path)
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            script = command.revision(config, message, autogenerate=True, rev_id=number)
        engine.dispose()
    assert script is not None and not isinstance(script, list)
    return Path(script.path)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) == 2 else sys.exit(__doc__))
