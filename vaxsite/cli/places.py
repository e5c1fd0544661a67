"""Commands of the first day: sites, units, probes, staff, clinics, and who is told of alerts."""

from datetime import timedelta
from typing import TextIO

import click

from sensors.domain.units import MaintenanceKind, Profile
from sensors.rulebook import RULE_SETS
from vaxsite.accounts import services as accounts
from vaxsite.booking.services import missed
from vaxsite.cli import context
from vaxsite.core import maintenance, unit_rules
from vaxsite.core import places as acts
from vaxsite.core.permissions import Role
from vaxsite.eligibility import districts
from vaxsite.slots import services as slots


@click.group()
def user() -> None:
    """Staff."""


@user.command("add")
@click.argument("email")
@click.option("--name", required=True, help="Name as colleagues see it.")
@click.option("--language", type=click.Choice(["en", "zh"]), default="zh", show_default=True)
@click.option(
    "--role",
    "posts",
    type=(click.Choice([role.value for role in Role]), str),
    multiple=True,
    required=True,
    help="A role and the code of the site where it is held; may be given again.",
)
@click.option("--password-file", type=click.File("r"), help="A file, or - for standard input.")
def add_user(
    email: str,
    name: str,
    language: str,
    posts: tuple[tuple[str, str], ...],
    password_file: TextIO | None,
) -> None:
    """Add a member of staff and show, once, the secrets of the second factor."""
    password = password_file.read().strip() if password_file else ask_password()
    with context.acting() as session:
        added = accounts.add_staff(
            session,
            name=name,
            email=email,
            password=password,
            posts=[(acts.get_site(session, code), Role(role)) for role, code in posts],
            language=language,
            actor=context.SHELL,
            now=context.now(),
        )
    click.echo(f"staff {added.staff_id}")
    click.echo(f"for the authenticator app: {added.totp_uri}")
    click.echo(f"secret to type: {added.totp_secret}")
    click.echo("recovery codes, each works once, shown only now:")
    for code in added.recovery_codes:
        click.echo(f"  {code}")


def ask_password() -> str:
    """Ask for a password, twice, without showing it."""
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


@click.group()
def site() -> None:
    """Sites."""


@site.command("add")
@click.argument("code")
@click.option("--name-en", required=True, help="Name in English.")
@click.option("--name-zh", required=True, help="Name in Chinese.")
@click.option("--timezone", default="Asia/Shanghai", show_default=True, help="IANA time zone.")
def add_site(code: str, name_en: str, name_zh: str, timezone: str) -> None:
    """Add a site with the code that people and commands use."""
    with context.acting() as session:
        site_id = acts.add_site(
            session,
            code=code,
            name_en=name_en,
            name_zh=name_zh,
            timezone=timezone,
            actor=context.SHELL,
            now=context.now(),
        )
    click.echo(f"site {site_id}")


@click.group()
def unit() -> None:
    """Storage units."""


@unit.command("add")
@click.argument("site_code")
@click.argument("code")
@click.option("--name-en", required=True, help="Name in English.")
@click.option("--name-zh", required=True, help="Name in Chinese.")
@click.option("--profile", type=click.Choice([p.value for p in Profile]), default="fridge")
@click.option(
    "--rules", type=click.Choice(sorted(RULE_SETS)), help="By default those of the profile."
)
def add_unit(
    site_code: str, code: str, name_en: str, name_zh: str, profile: str, rules: str | None
) -> None:
    """Add a fridge or another store to a site."""
    with context.acting() as session:
        unit_id = acts.add_unit(
            session,
            site=site_code,
            code=code,
            name_en=name_en,
            name_zh=name_zh,
            profile=Profile(profile),
            rule_set=rules,
            actor=context.SHELL,
            now=context.now(),
        )
    click.echo(f"unit {unit_id}")


@unit.command("rules")
@click.argument("site_code")
@click.argument("code")
@click.argument("rule_set", type=click.Choice(sorted(RULE_SETS)))
@click.option("--reason", required=True, help="Why these rules.")
def choose_rules(site_code: str, code: str, rule_set: str, reason: str) -> None:
    """Judge a unit by another set of rules from now on."""
    with context.acting() as session:
        unit_rules.choose_rules(
            session,
            unit_id=acts.get_unit(session, site_code, code),
            rule_set=rule_set,
            reason=reason,
            actor=context.SHELL,
            now=context.now(),
        )
    click.echo(f"unit judged by {rule_set}")


@unit.command("work")
@click.argument("site_code")
@click.argument("code")
@click.argument("kind", type=click.Choice([kind.value for kind in MaintenanceKind]))
@click.option("--minutes", default=60, show_default=True, help="For how long, at most 720.")
@click.option("--reason", required=True, help="Why, for those who read it years later.")
def work(site_code: str, code: str, kind: str, minutes: int, reason: str) -> None:
    """Say that people work on a unit: until then its alarms are recorded and call nobody."""
    with context.acting() as session:
        now = context.now()
        maintenance.begin(
            session,
            unit_id=acts.get_unit(session, site_code, code),
            kind=MaintenanceKind(kind),
            reason=reason,
            until=now + timedelta(minutes=minutes),
            actor=context.SHELL,
            now=now,
        )
    click.echo(f"{code}: {kind} for {minutes} minutes")


@unit.command("work-over")
@click.argument("site_code")
@click.argument("code")
def work_over(site_code: str, code: str) -> None:
    """Say that the work on a unit is over before its time."""
    with context.acting() as session:
        unit_id = acts.get_unit(session, site_code, code)
        maintenance.end(session, unit_id=unit_id, actor=context.SHELL, now=context.now())
    click.echo(f"{code}: the work is over")


@click.group()
def sensor() -> None:
    """Probes."""


@sensor.command("add")
@click.argument("site_code")
@click.argument("unit_code")
@click.argument("device")
@click.option("--channel", default="", help="Channel of a device with several probes.")
@click.option("--every", default=300, show_default=True, help="Seconds between two readings.")
@click.option(
    "--files-every",
    type=click.IntRange(1, 366),
    help="Of a USB logger: days between two files; it is silent when none comes.",
)
def add_sensor(
    site_code: str,
    unit_code: str,
    device: str,
    channel: str,
    every: int,
    files_every: int | None,
) -> None:
    """Hang a probe into a unit; DEVICE is its name in its own messages."""
    with context.acting() as session:
        sensor_id = acts.add_sensor(
            session,
            device=device,
            channel=channel,
            site=site_code,
            unit=unit_code,
            expected_every_s=every,
            files_every_s=None if files_every is None else files_every * 86_400,
            actor=context.SHELL,
            now=context.now(),
        )
    click.echo(f"sensor {sensor_id}")


@click.group()
def clinic() -> None:
    """Clinics."""


@clinic.command("add")
@click.argument("site_code")
@click.option("--address-en", required=True, help="Street and number in English.")
@click.option("--address-zh", required=True, help="Street and number in Chinese.")
@click.option("--district-en", required=True, help="District in English.")
@click.option("--district-zh", required=True, help="District in Chinese.")
@click.option("--phone", required=True, help="Number that residents call.")
@click.option(
    "--leave-district", is_flag=True, help="Move it although booking is open for its district."
)
def add_clinic(site_code: str, leave_district: bool, **public: str) -> None:
    """Say what residents must know of a site where vaccine is given."""
    with context.acting() as session:
        slots.add_clinic(
            session,
            site_id=acts.get_site(session, site_code).id,
            actor=context.SHELL,
            now=context.now(),
            public=public,
            leaves_district=leave_district,
        )
    click.echo(f"clinic {site_code}")


@clinic.command("rename-district")
@click.argument("district_en")
@click.option("--to-en", required=True, help="New name in English.")
@click.option("--to-zh", required=True, help="New name in Chinese.")
def rename_district(district_en: str, to_en: str, to_zh: str) -> None:
    """Give a district another name, at all its clinics and in all phases opened for it."""
    with context.acting() as session:
        count = districts.rename(
            session,
            old=district_en,
            name_en=to_en,
            name_zh=to_zh,
            actor=context.SHELL,
            now=context.now(),
        )
    click.echo(f"{to_en}, clinics: {count}")


@clinic.command("missed-limit")
@click.argument("site_code")
@click.argument("most", type=click.IntRange(min=0))
def limit_missed(site_code: str, most: int) -> None:
    """End online booking for who missed MOST appointments of a year; 0: for nobody."""
    with context.acting() as session:
        missed.set_limit(
            session,
            site_id=acts.get_site(session, site_code).id,
            most=most,
            actor=context.SHELL,
            now=context.now(),
        )
    click.echo(f"{site_code}: {most or 'no limit'}")


@click.group()
def notice() -> None:
    """Who is told about alerts."""


@notice.command("add")
@click.argument("site_code")
@click.argument("channel", type=click.Choice(["console", "email", "apprise", "webhook", "voice"]))
@click.argument("address")
@click.option("--language", type=click.Choice(["en", "zh"]), default="zh", show_default=True)
def add_notice(site_code: str, channel: str, address: str, language: str) -> None:
    """Tell ADDRESS about the alerts of a site.

    It is an e-mail address, an apprise URL, a webhook as URL#SECRET, or a telephone number.
    """
    with context.acting() as session:
        acts.add_notice_target(
            session,
            site=site_code,
            channel=channel,
            address=address,
            language=language,
            actor=context.SHELL,
            now=context.now(),
        )
    click.echo(f"notices of {site_code} go to one more address")


COMMANDS: tuple[click.Group, ...] = (user, site, unit, sensor, clinic, notice)
