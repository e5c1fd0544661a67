"""The page on which a unit's alarm rules are read, with their sources, and chosen."""

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from sensors.domain.rules import Rule, RuleKind, Signal, Standard
from sensors.rulebook import STANDARDS
from sensors.store.transaction import transaction
from vaxsite.coldchain import rules, schemas
from vaxsite.coldchain.queries import places, unit_rules
from vaxsite.coldchain.views.blueprint import bp, namer
from vaxsite.core import unit_rules as acts
from vaxsite.core.errors import NotFound
from vaxsite.core.permissions import Permission
from vaxsite.web import ui
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.components.choices import Option
from vaxsite.web.db import db
from vaxsite.web.filters import duration
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import current_language, gettext
from vaxsite.web.page import page


@bp.get("/coldchain/units/<int:unit_id>/rules")
@access(Permission.COLDCHAIN_READ)
def unit_rules_page(unit_id: int) -> Response:
    """Show by which rules a unit is judged, and what they are taken from."""
    return _page(unit_id, blank_form(schemas.RulesSchema()))


@bp.post("/coldchain/units/<int:unit_id>/rules")
@access(Permission.UNIT_WRITE)
def choose_rules(unit_id: int) -> AnyResponse:
    """Judge the unit by another set of rules from now on."""
    form = read_form(schemas.RulesSchema())
    if not form.ok:
        return _page(unit_id, form)
    actor = current_actor()
    with transaction(db.session()) as session:
        unit = places.get_unit(session, actor=actor, unit_id=unit_id)
        if not actor.may(Permission.UNIT_WRITE, unit.site_id):
            raise NotFound
        acts.choose_rules(
            session,
            unit_id=unit_id,
            rule_set=form.values["rule_set"],
            reason=form.values["reason"],
            actor=actor,
            now=now(),
        )
    return redirect(url_for("coldchain.unit_rules_page", unit_id=unit_id), 303)


def _page(unit_id: int, form: Form) -> Response:
    actor = current_actor()
    found = unit_rules.get_unit_rules(db.session(), actor=actor, unit_id=unit_id, now=now())
    name = found.unit.name(current_language())
    return page(
        "coldchain/unit_rules.html",
        title=gettext("Alarm rules of %(unit)s", unit=name),
        back=url_for("coldchain.unit", unit_id=unit_id),
        form=form,
        found=found,
        set_name=set_name,
        kind_label=_kind_label,
        signal_labels=rules.SIGNALS,
        severities=rules.SEVERITIES,
        effect=_effect,
        label=_label,
        ending=_ending,
        options=[_option(one) for one in found.offered],
        may_choose=actor.may(Permission.UNIT_WRITE, found.unit.site_id),
        named=namer([one.chosen_by for one in found.choices]),
    )


def set_name(rule_set: str) -> str:
    """Return the name of a set in the reader's language; its id where it is not known any more."""
    standard = STANDARDS.get(rule_set)
    return standard.name[current_language() == "zh"] if standard else rule_set


def _option(standard: Standard) -> Option:
    shown = [_label(rule) for rule in standard.rules if rule.signal is Signal.TEMPERATURE]
    return ui.option(standard.id, set_name(standard.id), hint=" · ".join(shown))


def _label(rule: Rule) -> str:
    return rule.label[current_language() == "zh"]


def _kind_label(rule: Rule) -> str:
    text = gettext(rules.RULE_KINDS[rule.kind])
    if rule.kind is RuleKind.INSTANT:
        return text
    return f"{text} · {duration(rule.duration_s)}"


def _effect(rule: Rule) -> str:
    if rule.signal is Signal.TEMPERATURE:
        return gettext("Calls people and holds the lots")
    return gettext("Calls people") if rule.calls else gettext("Is shown, calls nobody")


def _ending(rule: Rule) -> str:
    """Say what is special about a rule's end or its silence; nothing for most."""
    parts = []
    if rule.ends_after > 1:
        parts.append(gettext("Ends after %(count)s readings inside.", count=rule.ends_after))
    if rule.ends_inside_centi:
        parts.append(
            gettext("Ends %(degrees)s °C inside the limit.", degrees=rule.ends_inside_centi / 100)
        )
    if rule.door_grace_s:
        parts.append(
            gettext(
                "Silent while the door is open and for %(time)s after.",
                time=duration(rule.door_grace_s),
            )
        )
    return " ".join(parts)
