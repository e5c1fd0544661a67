"""Booking for somebody never takes over how they are reached about anything else."""

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.outbox import OutboxMessage
from sensors.store.transaction import transaction
from tests.build.booking import NOW, an_open_clinic, confirmed, details_of, holder
from tests.build.stock import a_vaccine
from vaxsite.booking.services import holds
from vaxsite.residents.models import Person


def test_stranger_who_knows_the_number_does_not_get_the_owners_messages(
    sessions: sessionmaker[Session],
) -> None:
    """A second booking under the same number keeps the contacts on file and tells its own."""
    with sessions() as session, transaction(session):
        first = an_open_clinic(session)
        flu = a_vaccine(session, code="FLU", gtin=None, doses=1, interval=None, cvx=None)
        second = an_open_clinic(session, code="hillside", product_id=flu)
    for secret, slot_id, email in (
        ("ana", first.slot_ids[0], "ana@example.org"),
        ("eve", second.slot_ids[0], "eve@example.org"),
    ):
        with sessions() as session, transaction(session):
            held = holds.hold(session, slot_id=slot_id, holder=holder(secret), now=NOW)
            confirmed(session, held=held, secret=secret, details=details_of(email=email))

    with sessions() as session:
        [ana] = session.scalars(select(Person)).all()
        told = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
    assert ana.email == "ana@example.org"
    assert [message.address for message in told] == ["ana@example.org", "eve@example.org"]


def test_contact_that_was_missing_is_taken_over(sessions: sessionmaker[Session]) -> None:
    """Who gave no e-mail address at first can give one with the next booking."""
    with sessions() as session, transaction(session):
        first = an_open_clinic(session)
        flu = a_vaccine(session, code="FLU", gtin=None, doses=1, interval=None, cvx=None)
        second = an_open_clinic(session, code="hillside", product_id=flu)
    for slot_id, email in ((first.slot_ids[0], None), (second.slot_ids[0], "ana@example.org")):
        with sessions() as session, transaction(session):
            held = holds.hold(session, slot_id=slot_id, holder=holder("ana"), now=NOW)
            confirmed(session, held=held, secret="ana", details=details_of(email=email))

    with sessions() as session:
        [ana] = session.scalars(select(Person)).all()
    assert ana.email == "ana@example.org"
