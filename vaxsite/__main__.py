"""`python -m vaxsite`."""

from vaxsite.cli import main

main(prog_name="vaxsite")
