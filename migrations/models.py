"""The one place that imports every table, so that the metadata is whole for a comparison."""

from sensors.store import (
    births,
    calibration,
    conditions,
    contents,
    duty,
    episodes,
    found,
    imports,
    maintenance,
    outbox,
    places,
    readings,
)
from sensors.store.base import metadata
from vaxsite.accounts import models as accounts
from vaxsite.api import models as api
from vaxsite.booking import models as booking
from vaxsite.calls import models as calls
from vaxsite.coldchain import models as coldchain
from vaxsite.core import audit
from vaxsite.deferrals import models as deferrals
from vaxsite.draws import models as draws
from vaxsite.eligibility import models as eligibility
from vaxsite.exchange import models as exchange
from vaxsite.invitations import models as invitations
from vaxsite.leftover import models as leftover
from vaxsite.logbook import models as logbook
from vaxsite.messages import models as messages
from vaxsite.moves import models as moves
from vaxsite.plans import models as plans
from vaxsite.record import models as record
from vaxsite.releases import models as releases
from vaxsite.residents import models as residents
from vaxsite.rosters import models as rosters
from vaxsite.slots import models as slots
from vaxsite.stock import models as stock
from vaxsite.visits import models as visits
from vaxsite.waiting_list import models as waiting_list
from vaxsite.waiting_room import models as waiting_room

SENSORS = (
    births,
    calibration,
    conditions,
    contents,
    duty,
    episodes,
    found,
    imports,
    maintenance,
    outbox,
    places,
    readings,
)
VAXSITE = (
    accounts,
    api,
    audit,
    booking,
    calls,
    coldchain,
    deferrals,
    draws,
    eligibility,
    exchange,
    invitations,
    leftover,
    logbook,
    messages,
    plans,
    moves,
    record,
    releases,
    residents,
    rosters,
    slots,
    stock,
    visits,
    waiting_list,
    waiting_room,
)

__all__ = ["SENSORS", "VAXSITE", "metadata"]
