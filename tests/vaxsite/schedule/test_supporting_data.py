"""Reading the CDC's XML: what is known, what is reported, what is refused."""

import pytest

from tests.vaxsite.schedule import tiny
from vaxsite.schedule import supporting_data
from vaxsite.schedule.data import Reference, Unreadable
from vaxsite.schedule.durations import Duration


def test_a_release_is_read_with_its_rules() -> None:
    """Ages, intervals and vaccine codes arrive as the XML says."""
    release = supporting_data.read(tiny.files())

    first, second = release.antigens["Testosis"].series[0].doses
    assert first.ages[0].absolute_minimum == Duration(0, 0, 38)
    assert first.intervals == ()
    assert second.intervals[0].reference is Reference.PREVIOUS
    assert second.preferable[0].code == "01"
    assert release.policy == "US policy (CDC, CDSi supporting data)"
    assert release.unknown == ()


def test_the_same_texts_have_the_same_version() -> None:
    """Without a name a release is known by its digest."""
    one, same = supporting_data.read(tiny.files()), supporting_data.read(tiny.files())
    other = supporting_data.read(tiny.files(tiny.ANTIGEN.replace("6 weeks", "7 weeks")))

    assert one.version == same.version != other.version


def test_an_unknown_element_is_reported_with_its_place() -> None:
    """A rule that this reader does not know must not vanish without a word."""
    text = tiny.ANTIGEN.replace("<interval/>", "<interval/><moonPhase><full/></moonPhase>")

    release = supporting_data.read(tiny.files(text))

    assert [(each.file, each.element, each.times) for each in release.unknown] == [
        ("antigen.xml", "antigenSupportingData/series/seriesDose/moonPhase", 1)
    ]


def test_an_interval_from_nothing_is_reported() -> None:
    """It cannot be applied, and the release loads all the same."""
    text = tiny.ANTIGEN.replace(">Y</fromPrevious>", ">N</fromPrevious>")

    release = supporting_data.read(tiny.files(text))

    assert release.antigens["Testosis"].series[0].doses[1].intervals == ()
    assert [(each.element, each.times) for each in release.unknown] == [
        ("series/seriesDose/interval without a reference", 1)
    ]


@pytest.mark.parametrize(
    ("old", "new", "element", "fault"),
    [
        ("6 weeks</minAge>", "soon</minAge>", "age[1]/minAge", "not a duration: 'soon'"),
        ("Dose 2", "Dose two", "seriesDose[2]/doseNumber", "not a number"),
        (">Standard</seriesType>", ">Odd</seriesType>", "series[1]/seriesType", "unknown value"),
        (">Yes</default", ">Perhaps</default", "selectSeries/defaultSeries", "neither yes nor no"),
        ("<minInt>", "<cessationDate>20251301</cessationDate><minInt>", "cessation", "not a date"),
        ("<cvx>1</cvx>", "<cvx/>", "preferableVaccine[1]/cvx", "missing or blank"),
        ("</series>", "", "antigenSupportingData/series", "mismatched tag"),
        ("<immunity/>", "&lol;", "antigenSupportingData", "undefined entity"),
    ],
)
def test_a_broken_text_names_file_and_element(old: str, new: str, element: str, fault: str) -> None:
    """Whoever has to mend it finds the place."""
    with pytest.raises(Unreadable) as caught:
        supporting_data.read(tiny.files(tiny.ANTIGEN.replace(old, new, 1)))

    assert caught.value.file == "antigen.xml"
    assert element in caught.value.element
    assert fault in caught.value.fault


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE a [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
    ],
)
def test_entities_and_document_types_are_refused(declaration: str) -> None:
    """A text cannot blow up the memory, nor read a file."""
    with pytest.raises(Unreadable, match="refused"):
        supporting_data.read(tiny.files(declaration + tiny.ANTIGEN))


@pytest.mark.parametrize("files", [{}, {"antigen.xml": tiny.ANTIGEN.encode()}])
def test_a_folder_without_the_schedule_is_refused(files: dict[str, bytes]) -> None:
    """Antigens alone do not say which vaccine holds them."""
    with pytest.raises(Unreadable, match="scheduleSupportingData"):
        supporting_data.read(files)


def test_a_file_of_another_kind_is_refused() -> None:
    """An XML file that is no supporting data is not passed over."""
    with pytest.raises(Unreadable, match="not supporting data"):
        supporting_data.read({**tiny.files(), "other.xml": b"<html/>"})
