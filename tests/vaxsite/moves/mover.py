"""`python -m tests.vaxsite.moves.mover DATABASE`: carry out what was accepted, to be killed."""

import sys

from sensors.store import encrypted
from sensors.store.engine import open_engine, session_factory
from tests.build.booking import NOW, URL
from tests.conftest import TEST_KEYS
from vaxsite.moves.services import accepting, carrying

if __name__ == "__main__":
    encrypted.load_keys(TEST_KEYS)
    carrying.PORTION = 2  # Many portions, so that the knife falls between and within them.
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    accepting.act_due(session_factory(open_engine(sys.argv[1])), url=URL, now=NOW)
