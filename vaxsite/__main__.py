"""`python -m vaxsite`."""

from vaxsite.cli.main import main

main(prog_name="vaxsite")
