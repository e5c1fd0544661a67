"""Rules for what people type about themselves."""

from datetime import date

import pytest

from vaxsite.core.decisions import Refused
from vaxsite.residents import rules
from vaxsite.residents.rules import IdKind, Reason, Sex

TODAY = date(2026, 11, 23)


def reason_of(outcome: object) -> object:
    assert isinstance(outcome, Refused)
    return outcome.reason


def with_check(first_17: str) -> str:
    return first_17 + rules.check_character(first_17)


def test_the_example_of_the_standard_is_read() -> None:
    """GB 11643-1999 gives 11010519491231002X: a woman born on the last day of 1949."""
    read = rules.read_resident_id("11010519491231002X", today=TODAY)

    assert read == rules.ResidentId("11010519491231002X", date(1949, 12, 31), Sex.FEMALE)


@pytest.mark.parametrize(
    "typed",
    [
        "11010519491231002x",
        " 110105 19491231 002x ",
        "110105-19491231-002X",
        "１１０１０５１９４９１２３１００２Ｘ",
    ],
)
def test_small_x_spaces_dashes_and_full_width_are_forgiven(typed: str) -> None:
    """What a person means is read, whatever keyboard they have."""
    read = rules.read_resident_id(typed, today=TODAY)

    assert isinstance(read, rules.ResidentId)
    assert read.number == "11010519491231002X"


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", Reason.ID_LENGTH),
        ("1101051949123100", Reason.ID_LENGTH),
        ("11010519491231002XX", Reason.ID_LENGTH),
        ("11010519491231X02X", Reason.ID_CHARACTERS),
        ("110105194902290020", Reason.ID_DATE),
        (with_check("11010520261124002"), Reason.ID_DATE),
        (with_check("11010518951231002"), Reason.ID_DATE),
        ("110105194912310021", Reason.ID_CHECK),
        ("11010519491213002X", Reason.ID_CHECK),
        (with_check("99010519491231002"), Reason.ID_SAMPLE),
    ],
)
def test_a_wrong_number_is_refused_with_the_reason(typed: str, reason: Reason) -> None:
    """Each fault has a reason of its own, so that the person knows where to look."""
    assert reason_of(rules.read_resident_id(typed, today=TODAY)) == reason


def test_a_number_born_today_is_read() -> None:
    """The birth date may be today and not tomorrow."""
    number = with_check("11010520261123002")

    assert isinstance(rules.read_resident_id(number, today=TODAY), rules.ResidentId)


@pytest.mark.parametrize("area", ["340123", "450327", "610481", "512301", "810000", "830000"])
def test_real_counties_that_tables_forget_are_read(area: str) -> None:
    """Feixi, Guanyang, Xingping, old Fuling, Hong Kong and Taiwan permits are real."""
    number = with_check(f"{area}19800101001")

    assert isinstance(rules.read_resident_id(number, today=TODAY), rules.ResidentId)


def test_numbers_of_made_up_people_are_read_in_a_demonstration_only() -> None:
    """Province 99 exists for sample people."""
    number = with_check("99010519491231002")

    read = rules.read_resident_id(number, today=TODAY, allow_samples=True)

    assert isinstance(read, rules.ResidentId)


def test_every_single_wrong_digit_is_found() -> None:
    """The check character finds any one digit that is mistyped."""
    good = "11010519491231002X"
    for place in range(17):
        for digit in "0123456789":
            if digit != good[place]:
                bad = good[:place] + digit + good[place + 1 :]
                assert isinstance(rules.read_resident_id(bad, today=TODAY), Refused), bad


@pytest.mark.parametrize(
    ("typed", "number"),
    [("e 1234 5678", "E12345678"), ("H-0123456789", "H0123456789"), ("ab123", "AB123")],
)
def test_passports_and_permits_are_normalised(typed: str, number: str) -> None:
    """Letters become upper case, spaces and dashes go."""
    assert rules.read_document_number(typed) == number


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("AB12", Reason.DOCUMENT_SHAPE),
        ("A" * 21, Reason.DOCUMENT_SHAPE),
        ("12345/67", Reason.DOCUMENT_SHAPE),
        ("11010519491231002x", Reason.DOCUMENT_IS_RESIDENT_ID),
    ],
)
def test_a_number_that_is_no_document_is_refused(typed: str, reason: Reason) -> None:
    """An identity card number typed as a passport is named as such."""
    assert reason_of(rules.read_document_number(typed)) == reason


@pytest.mark.parametrize(
    ("typed", "e164"),
    [
        ("139 1234 5678", "+8613912345678"),
        ("13912345678", "+8613912345678"),
        ("＋86 139 1234 5678", "+8613912345678"),
        ("0510 8270 0000", "+8651082700000"),
        ("+44 20 7946 0018", "+442079460018"),
    ],
)
def test_phones_become_e164(typed: str, e164: str) -> None:
    """A phone without a country is a Chinese one."""
    assert rules.read_phone(typed) == e164


@pytest.mark.parametrize("typed", ["", "12345", "139 1234 567", "my phone"])
def test_a_phone_that_nobody_can_call_is_refused(typed: str) -> None:
    """The sentence says what a number looks like."""
    assert reason_of(rules.read_phone(typed)) == Reason.PHONE


def test_a_name_keeps_its_form_and_loses_its_edges() -> None:
    """A name is shown as typed, with single spaces."""
    assert rules.read_name("  Ana　 María  ") == "Ana María"
    assert reason_of(rules.read_name("   ")) == Reason.NAME_MISSING
    assert reason_of(rules.read_name("王" * 101)) == Reason.NAME_LONG


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("阿依古丽·买买提", "阿依古丽•买买提"),
        ("Ana Maria", "ANA  MARIA"),
        ("欧阳 娜娜", "欧阳娜娜"),
        ("O'Neill", "O’Neill"),
    ],
)
def test_the_same_name_written_otherwise_is_found(one: str, other: str) -> None:
    """Dots, spaces and case make no other person."""
    assert rules.name_key(one) == rules.name_key(other)


@pytest.mark.parametrize(
    ("born_on", "reason"),
    [
        (date(2026, 11, 24), Reason.BORN_IN_FUTURE),
        (date(1895, 12, 31), Reason.BORN_TOO_LONG_AGO),
    ],
)
def test_birth_dates_of_nobody_are_refused(born_on: date, reason: Reason) -> None:
    """Nobody was born tomorrow or is 131."""
    assert reason_of(rules.check_birth_date(born_on, today=TODAY)) == reason


def test_a_passport_never_meets_a_permit() -> None:
    """Two documents with one number are two people."""
    assert rules.document_key(IdKind.PASSPORT, "E1234567") != rules.document_key(
        IdKind.PERMIT, "E1234567"
    )
