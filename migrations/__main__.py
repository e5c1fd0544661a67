"""`python -m migrations "What it does"`: write the next migration from what the models say.

The file is a draft: read it, tidy it, and add what a comparison cannot see (triggers, data).
"""

import sys
import tempfile
from pathlib import Path

from alembic import command

from migrations.models import metadata
from sensors.store.engine import open_engine
from vaxsite.core import schema


def draft(message: str) -> None:
    """Compare the models with a freshly migrated database and write the difference."""
    assert metadata.tables
    number = int(schema.head() or 0) + 1
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'draft.sqlite'}")
        schema.upgrade(engine)
        config = schema.configuration()
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.revision(config, message, autogenerate=True, rev_id=f"{number:04}")
        engine.dispose()


if __name__ == "__main__":
    draft(sys.argv[1])
