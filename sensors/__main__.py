"""The commands of the sensors: `python -m sensors COMMAND`. Composition only, no logic."""

import click

from sensors.simulator.commands import replay, simulate


@click.group()
def main() -> None:
    """Run a part of the cold chain: from the probe to the person who answers."""


main.add_command(simulate)
main.add_command(replay)

if __name__ == "__main__":
    main()
