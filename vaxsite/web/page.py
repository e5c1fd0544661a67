"""A page: one template, one title that is also its only first heading."""

from typing import Any

from flask import Response, make_response, render_template

from vaxsite.web import frame
from vaxsite.web.forms import Form


def page(
    template: str,
    *,
    title: str,
    status: int | None = None,
    form: Form | None = None,
    back: str | None = None,
    **context: Any,  # Any: what the template shows, as dataclasses.
) -> Response:
    """Render *template* under *title*, which becomes `<title>` and the only `<h1>`.

    A *form* that was sent with faults puts the summary of them above and answers 422 unless
    *status* says otherwise. *back* is the address of the back link.
    """
    assert frame.NAMES.isdisjoint(context), f"a name of the frame: {frame.NAMES & context.keys()}"
    faulty = form is not None and bool(form.errors)
    body = render_template(template, title=title, form=form, back=back, **context)
    return make_response(body, status or (422 if faulty else 200))
