"""The blueprint of the API, and how it refuses: problem+json with the sentences of the pages."""

from typing import Any

from flask import Blueprint, Response

from vaxsite.api import rules
from vaxsite.api.people import Faulty
from vaxsite.api.views import questions
from vaxsite.booking.rules import Reason as BookingReason
from vaxsite.core.decisions import N_
from vaxsite.core.errors import RefusedAct, refuse_detail
from vaxsite.web import errors
from vaxsite.web.language import explain, gettext

bp = Blueprint("api", __name__, url_prefix="/api/v1")
ASKS_AGAIN = frozenset({BookingReason.QUESTION, rules.Reason.WRONG_ANSWER})


class WithMore(RefusedAct):
    """A refusal that says more to programs than its sentence."""

    def __init__(self, refused: RefusedAct, **more: Any) -> None:  # Any: JSON.
        super().__init__(refused.decision, {refused.decision.reason: refused.sentence})
        self.more = more


@bp.errorhandler(RefusedAct)
def refuse(refused: RefusedAct) -> Response:
    """Answer with the reason, its sentence, and what may be done about it."""
    decision = refused.decision
    status = rules.status_of(decision.reason)
    more: dict[str, Any] = refused.more if isinstance(refused, WithMore) else {}  # Any: JSON.
    if decision.reason in ASKS_AGAIN:
        more = {**more, "question": questions.new()}
    response = errors.answer(
        status,
        gettext(errors.NOTICES.get(status, errors.NOTICES[409]).title),
        explain(refused.sentence, refuse_detail(refused)),
        reason=decision.reason.value,
        rule=decision.rule,
        **more,
    )
    wait_s = more.get("queue", {}).get("again_s")
    if status == 429 and decision.reason not in ASKS_AGAIN:
        wait_s = rules.TOO_OFTEN_S
    if wait_s:
        response.headers["Retry-After"] = str(wait_s)
    return response


@bp.errorhandler(Faulty)
def faulty(found: Faulty) -> Response:
    """Answer with everything that is wrong, each at its place."""
    return errors.answer(
        422,
        gettext(N_("There is a problem")),
        gettext(N_("Parts of this request cannot be taken as they are.")),
        errors=[
            {"pointer": f"#{one.pointer}", "detail": explain(one.sentence, one.detail)}
            for one in found.faults
        ],
    )
