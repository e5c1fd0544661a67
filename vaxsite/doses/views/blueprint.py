"""The blueprint of the pages about doses, and the words that their templates use."""

from flask import Blueprint

from vaxsite.doses import rules
from vaxsite.record.rules import SOURCE_LABELS

bp = Blueprint("doses", "vaxsite.doses", template_folder="templates")


@bp.app_context_processor
def _words() -> dict[str, object]:
    return {
        "body_labels": rules.BODY_LABELS,
        "verdict_labels": rules.VERDICT_LABELS,
        "source_labels": SOURCE_LABELS,
    }
