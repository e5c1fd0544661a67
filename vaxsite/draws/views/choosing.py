"""The first step of announcing a draw: of which clinic and which vaccine it is."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import request, url_for
from werkzeug.wrappers import Response

from vaxsite.core.permissions import Permission
from vaxsite.slots import queries as slots
from vaxsite.stock import queries as stock
from vaxsite.web.access import current_actor
from vaxsite.web.db import db
from vaxsite.web.forms import Form
from vaxsite.web.language import gettext as _
from vaxsite.web.page import page


@dataclass(frozen=True)
class Chosen:
    """Of what a draw is, and whether there was anything to choose."""

    clinic: slots.ClinicView
    product: stock.ProductView
    choice: bool

    @property
    def change(self) -> str:
        """Return the address at which another clinic or vaccine is chosen."""
        site, product = self.clinic.site_id, self.product.id
        return url_for("draws.announce_form", site=site, product=product, change=1)


@dataclass(frozen=True)
class Choices:
    """The clinics that the manager announces draws for, and the vaccines."""

    clinics: dict[str, slots.ClinicView]
    products: dict[str, stock.ProductView]

    def find(self, *, site: str, product: str) -> Chosen | None:
        """Return what was chosen, or None where either is not among the choices."""
        clinic, vaccine = self.clinics.get(site), self.products.get(product)
        if clinic is None or vaccine is None:
            return None
        return Chosen(clinic, vaccine, choice=len(self.clinics) > 1 or len(self.products) > 1)


def choices() -> Choices:
    """Return what whoever is signed in may announce draws of."""
    site_ids = current_actor().sites(Permission.DRAW_WRITE)
    return Choices(
        {str(one.site_id): one for one in slots.clinics(db.session(), site_ids=site_ids)},
        {str(one.id): one for one in stock.products(db.session())},
    )


def asked(found: Choices) -> tuple[str, str]:
    """Return the clinic and the vaccine of the address; one of which there is only one is it."""
    return (
        request.args.get("site") or _only(found.clinics),
        request.args.get("product") or _only(found.products),
    )


def choose(found: Choices, *, site: str, product: str, sent: bool) -> Response:
    """Ask for the clinic and the vaccine; with *sent* say which of them cannot be taken."""
    form = Form(raw={"site": site, "product": product}, sent=sent)
    if sent and site not in found.clinics:
        form.fail("site", _("Choose a clinic."))
    if sent and product not in found.products:
        form.fail("product", _("Choose a vaccine."))
    return page(
        "draws/choose.html",
        title=_("Announce a draw"),
        form=form,
        back=url_for("draws.manage"),
        clinics=found.clinics,
        products=found.products,
    )


def _only(keys: Iterable[str]) -> str:
    listed = list(keys)
    return listed[0] if len(listed) == 1 else ""
