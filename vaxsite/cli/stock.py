"""Commands of stock: products, and lots that arrive in a unit or move to another."""

from datetime import datetime
from typing import TextIO

import click
from sqlalchemy.orm import Session

from vaxsite.cli import context
from vaxsite.core import places
from vaxsite.core.errors import NotFound
from vaxsite.stock import queries
from vaxsite.stock import services as acts
from vaxsite.stock.rules import Scan


@click.group()
def product() -> None:
    """Vaccines."""


@product.command("add")
@click.argument("code")
@click.option("--name-en", required=True, help="Name in English.")
@click.option("--name-zh", required=True, help="Name in Chinese.")
@click.option(
    "--maker",
    required=True,
    help="Marketing authorisation holder, as registered; one text for pages in both languages.",
)
@click.option("--cvx", help="Code in the schedule (CVX), where there is one.")
@click.option("--target", help="The disease; vaccines against one make one series.")
@click.option("--gtin", help="14 digits, as a scan of the package gives them.")
@click.option("--doses-in-series", type=click.IntRange(1), default=1, show_default=True)
@click.option("--doses-per-vial", type=click.IntRange(1), default=1, show_default=True)
@click.option("--interval-min-days", type=click.IntRange(0), help="Least days between two doses.")
@click.option("--interval-max-days", type=click.IntRange(0), help="Most days between two doses.")
@click.option("--interval-source", help="Document and edition of the two numbers.")
def add_product(code: str, **columns: str | int | None) -> None:
    """Add a vaccine. The schedule judges its doses; of a code that it does not know, the leaflet.

    Number and intervals are those of the leaflet, to be checked by a qualified person.
    """
    columns["target"] = columns["target"] or code
    with context.acting() as session:
        product_id = acts.add_product(
            session, actor=context.SHELL, now=context.now(), code=code, **columns
        )
    click.echo(f"product {product_id}")


@click.group()
def lot() -> None:
    """Lots."""


@lot.command("receive")
@click.argument("site_code")
@click.argument("unit_code")
@click.argument("product_code")
@click.argument("number")
@click.argument("expires_on", type=click.DateTime(["%Y-%m-%d"]))
@click.argument("vials", type=click.IntRange(1))
@click.option("--codes", type=click.File("r"), help="A file with one traceability code a line.")
def receive(
    site_code: str,
    unit_code: str,
    product_code: str,
    number: str,
    expires_on: datetime,
    vials: int,
    codes: TextIO | None,
) -> None:
    """Put a delivered lot into a unit. EXPIRES_ON is the last day on which it may be given."""
    with context.acting() as session:
        lot_id = acts.receive_lot(
            session,
            product_id=_product_id(session, product_code),
            number=number,
            expires_on=expires_on.date(),
            unit_id=places.get_unit(session, site_code, unit_code),
            vials=vials,
            trace_codes=codes.read().split() if codes else (),
            actor=context.SHELL,
            now=context.now(),
        )
    click.echo(f"lot {lot_id}")


@lot.command("move")
@click.argument("site_code")
@click.argument("unit_code")
@click.argument("number")
def move(site_code: str, unit_code: str, number: str) -> None:
    """Write down that what the site has of a lot stands in another unit from now on."""
    with context.acting() as session:
        found = queries.find_lot(session, scan=Scan(lot_number=number.upper()))
        if not isinstance(found, queries.FoundLot):
            raise NotFound
        unit_id = places.get_unit(session, site_code, unit_code)
        acts.place_lot(
            session,
            lot_id=found.lot.id,
            unit_id=unit_id,
            actor=context.SHELL,
            now=context.now(),
        )
    click.echo(f"lot {number} is in {unit_code}")


def _product_id(session: Session, code: str) -> int:
    for known in queries.products(session):
        if known.code == code:
            return known.id
    raise NotFound


COMMANDS: tuple[click.Group, ...] = (product, lot)
