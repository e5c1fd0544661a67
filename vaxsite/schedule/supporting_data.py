"""Reads the CDC's CDSi supporting data (XML) into a `Release`.

It is given texts, never a folder. It refuses entities and document types, names the file and the
element that it cannot read, and reports each element that it does not know.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping

from vaxsite.schedule import data, xml_text
from vaxsite.schedule.durations import FIRST_DAY, LAST_DAY
from vaxsite.schedule.xml_text import Node

POLICY = "US policy (CDC, CDSi supporting data)"
CAUTION = "United States policy: not the local schedule."
REFERENCES = ("fromTargetDose", "fromMostRecent", "fromRelevantObs/code")
ANTIGEN, SCHEDULE = "antigenSupportingData", "scheduleSupportingData"

# Every element that release 4.64 may hold, by its parent; what is not here is reported.
_AGES = "beginAge endAge"
_DATED = "effectiveDate cessationDate"
KNOWN: Mapping[str, frozenset[str]] = {
    parent: frozenset(children.split())
    for parent, children in {
        ANTIGEN: "immunity contraindications series",
        "immunity": "clinicalHistory dateOfBirth",
        "clinicalHistory": "guidelineCode guidelineTitle",
        "dateOfBirth": "immunityBirthDate birthCountry exclusion",
        "exclusion": "exclusionCode exclusionTitle",
        "contraindications": "vaccineGroup vaccine",
        "contraindications/vaccineGroup": "contraindication",
        "vaccine": "contraindication",
        "contraindication": "observationCode observationTitle contraindicationText"
        f" contraindicationGuidance contraindicatedVaccine {_AGES}",
        "contraindicatedVaccine": f"vaccineType cvx {_AGES}",
        "series": "seriesName targetDisease vaccineGroup seriesAdminGuidance seriesType"
        " equivalentSeriesGroups requiredGender selectSeries indication seriesDose",
        "selectSeries": "defaultSeries productPath seriesGroupName seriesGroup seriesPriority"
        " seriesPreference minAgeToStart maxAgeToStart",
        "indication": f"observationCode description guidance {_AGES}",
        "indication/observationCode": "text code",
        "seriesDose": "doseNumber age interval allowableInterval preferableVaccine"
        " allowableVaccine inadvertentVaccine conditionalSkip recurringDose"
        " seasonalRecommendation",
        "age": f"absMinAge minAge earliestRecAge latestRecAge maxAge {_DATED}",
        "interval": "fromPrevious fromTargetDose fromMostRecent fromRelevantObs absMinInt minInt"
        f" earliestRecInt latestRecInt intervalPriority {_DATED}",
        "fromRelevantObs": "text code",
        "allowableInterval": f"fromPrevious fromTargetDose absMinInt {_DATED}",
        "preferableVaccine": "vaccineType cvx tradeName mvx volume forecastVaccineType " + _AGES,
        "allowableVaccine": f"vaccineType cvx {_AGES}",
        "inadvertentVaccine": "vaccineType cvx",
        "conditionalSkip": "context setLogic set",
        "set": f"setID setDescription conditionLogic condition {_DATED}",
        "condition": "conditionID conditionType startDate endDate interval doseCount doseType"
        f" doseCountLogic vaccineTypes seriesGroups {_AGES}",
        "seasonalRecommendation": "startDate endDate",
        SCHEDULE: "liveVirusConflicts vaccineGroups vaccineGroupToAntigenMap cvxToAntigenMap"
        " observations",
        "liveVirusConflicts": "liveVirusConflict",
        "liveVirusConflict": "previous current conflictBeginInterval minConflictEndInterval"
        " conflictEndInterval",
        "previous": "vaccineType cvx",
        "current": "vaccineType cvx",
        "vaccineGroups": "vaccineGroup",
        "vaccineGroups/vaccineGroup": "name administerFullVaccineGroup",
        "vaccineGroupToAntigenMap": "vaccineGroupMap",
        "vaccineGroupMap": "name antigen",
        "cvxToAntigenMap": "cvxMap",
        "cvxMap": "cvx shortDescription association",
        "association": "antigen associationBeginAge associationEndAge",
        "observations": "observation",
        "observation": "observationCode observationTitle group indicationText"
        " contraindicationText clarifyingText codedValues",
        "codedValues": "codedValue",
        "codedValue": "code codeSystem text",
    }.items()
}


def read(files: Mapping[str, bytes], version: str = "") -> data.Release:
    """Return the release that *files* (name to text) hold; raise `Unreadable` at the first fault.

    Without a *version* the digest of the texts is the version.
    """
    roots = [xml_text.parse(file, files[file]) for file in sorted(files)]
    for root in roots:
        if root.element.tag not in {ANTIGEN, SCHEDULE}:
            raise data.Unreadable(root.file, root.element.tag, "not supporting data")
    schedules = [root for root in roots if root.element.tag == SCHEDULE]
    if len(schedules) != 1:
        raise data.Unreadable("*", SCHEDULE, f"needed once, found {len(schedules)} times")
    antigens = [_antigen(root) for root in roots if root.element.tag == ANTIGEN]
    return data.Release(
        version=version or digest(files),
        policy=POLICY,
        antigens={antigen.name: antigen for antigen in antigens},
        groups=_groups(schedules[0]),
        associations=_associations(schedules[0]),
        conflicts=_conflicts(schedules[0]),
        observations={
            row.text("observationCode"): row.text("observationTitle")
            for row in schedules[0].rows("observations/observation")
        },
        unknown=tuple(_unknown(roots)),
        source="CDC, CDSi supporting data",
        caution=CAUTION,
    )


def digest(files: Mapping[str, bytes]) -> str:
    """Return a short digest of *files*, the same for the same texts."""
    whole = hashlib.sha256()
    for file in sorted(files):
        whole.update(hashlib.sha256(files[file]).digest())
    return whole.hexdigest()[:12]


def _unknown(roots: Iterable[Node]) -> list[data.Unknown]:
    counts = Counter(
        (root.file, element) for root in roots for element in xml_text.strangers(root, KNOWN)
    )
    for root in roots:
        for path in ("series/seriesDose/interval", "series/seriesDose/allowableInterval"):
            adrift = sum(not _counts(row) for row in root.rows(path))
            if adrift:
                counts[root.file, f"{path} without a reference"] = adrift
    return [data.Unknown(file, element, times) for (file, element), times in counts.items()]


def _groups(schedule: Node) -> dict[str, data.Group]:
    full = {
        row.needed("name"): row.yes("administerFullVaccineGroup")
        for row in schedule.rows("vaccineGroups/vaccineGroup")
    }
    maps = schedule.rows("vaccineGroupToAntigenMap/vaccineGroupMap")
    names = {row.needed("name"): [a.strip() for a in _antigens_of(row)] for row in maps}
    return {
        name: data.Group(name, tuple(antigens), full.get(name, False))
        for name, antigens in names.items()
    }


def _antigens_of(row: Node) -> list[str]:
    return [each.text or "" for each in row.element.iterfind("antigen")]


def _associations(schedule: Node) -> dict[str, tuple[data.Association, ...]]:
    return {
        data.code_of(row.needed("cvx")): tuple(
            data.Association(
                each.needed("antigen"),
                each.duration("associationBeginAge"),
                each.duration("associationEndAge"),
            )
            for each in row.rows("association")
        )
        for row in schedule.rows("cvxToAntigenMap/cvxMap")
    }


def _conflicts(schedule: Node) -> dict[tuple[str, str], data.Conflict]:
    found = {}
    for row in schedule.rows("liveVirusConflicts/liveVirusConflict"):
        pair = data.code_of(row.needed("previous/cvx")), data.code_of(row.needed("current/cvx"))
        begin = row.duration("conflictBeginInterval")
        end = row.duration("conflictEndInterval")
        if begin is None or end is None:
            raise row.fault("conflictEndInterval", "missing or blank")
        found[pair] = data.Conflict(begin, row.duration("minConflictEndInterval") or end, end)
    return found


def _antigen(root: Node) -> data.Antigen:
    series = tuple(_series(row) for row in root.rows("series"))
    if not series:
        raise root.fault("series", "missing")
    return data.Antigen(
        name=series[0].antigen,
        series=series,
        contraindications=tuple(
            _contraindication(row)
            for path in ("contraindications/vaccineGroup", "contraindications/vaccine")
            for row in root.rows(f"{path}/contraindication")
        ),
        immune_codes=frozenset(
            row.needed("guidelineCode") for row in root.rows("immunity/clinicalHistory")
        ),
        immune_births=tuple(
            data.BirthImmunity(
                row.day("immunityBirthDate", FIRST_DAY),
                row.text("birthCountry"),
                frozenset(each.needed("exclusionCode") for each in row.rows("exclusion")),
            )
            for row in root.rows("immunity/dateOfBirth")
        ),
    )


def _contraindication(row: Node) -> data.Contraindication:
    return data.Contraindication(
        row.needed("observationCode"),
        row.duration("beginAge"),
        row.duration("endAge"),
        tuple(_vaccine(each) for each in row.rows("contraindicatedVaccine")),
    )


def _series(row: Node) -> data.Series:
    return data.Series(
        name=row.needed("seriesName"),
        antigen=row.needed("targetDisease"),
        group=row.needed("vaccineGroup"),
        doses=tuple(_dose(each) for each in row.rows("seriesDose")),
        type=row.one_of("seriesType", data.SeriesType, data.SeriesType.STANDARD),
        genders=frozenset(text.lower() for text in row.texts("requiredGender")),
        equivalents=_names(row, "equivalentSeriesGroups"),
        default=row.yes("selectSeries/defaultSeries"),
        product_path=row.yes("selectSeries/productPath"),
        series_group=row.text("selectSeries/seriesGroup"),
        priority=row.text("selectSeries/seriesPriority") or "A",
        preference=row.number("selectSeries/seriesPreference"),
        minimum_start=row.duration("selectSeries/minAgeToStart"),
        maximum_start=row.duration("selectSeries/maxAgeToStart"),
        indications=tuple(
            data.Indication(
                each.needed("observationCode/code"),
                each.duration("beginAge"),
                each.duration("endAge"),
            )
            for each in row.rows("indication")
        ),
        notes=tuple(sorted(row.texts("seriesAdminGuidance"))),
    )


def _names(row: Node, tag: str) -> frozenset[str]:
    return frozenset(name.strip() for name in row.text(tag).split(";") if name.strip())


def _dose(row: Node) -> data.SeriesDose:
    season_start = row.day("seasonalRecommendation/startDate", FIRST_DAY)
    season_end = row.day("seasonalRecommendation/endDate", LAST_DAY)
    return data.SeriesDose(
        number=row.number("doseNumber"),
        ages=tuple(_age(each) for each in row.rows("age")),
        intervals=tuple(_interval(each) for each in row.rows("interval") if _counts(each)),
        allowable=tuple(_interval(each) for each in row.rows("allowableInterval") if _counts(each)),
        preferable=tuple(_vaccine(each) for each in row.rows("preferableVaccine")),
        allowed=tuple(_vaccine(each) for each in row.rows("allowableVaccine")),
        inadvertent=frozenset(
            data.code_of(each.needed("cvx")) for each in row.rows("inadvertentVaccine")
        ),
        skips=tuple(_skip(each) for each in row.rows("conditionalSkip")),
        recurring=row.yes("recurringDose"),
        season_start=None if season_start == FIRST_DAY else season_start,
        season_end=None if season_end == LAST_DAY else season_end,
    )


def _window(row: Node) -> data.Window:
    return data.Window(row.day("effectiveDate", FIRST_DAY), row.day("cessationDate", LAST_DAY))


def _age(row: Node) -> data.AgeRule:
    return data.AgeRule(
        row.duration("absMinAge"),
        row.duration("minAge"),
        row.duration("earliestRecAge"),
        row.duration("latestRecAge"),
        row.duration("maxAge"),
        _window(row),
    )


def _interval(row: Node) -> data.Interval:
    reference, target, codes = _reference(row)
    return data.Interval(
        reference=reference,
        target=target,
        codes=codes,
        absolute_minimum=row.duration("absMinInt"),
        minimum=row.duration("minInt"),
        earliest=row.duration("earliestRecInt"),
        latest=row.duration("latestRecInt"),
        override=row.text("intervalPriority").lower() == "override",
        window=_window(row),
    )


def _counts(row: Node) -> bool:
    """Return whether an interval says from what it counts; one that does not is reported."""
    texts = (row.text(tag) for tag in REFERENCES)
    return row.yes("fromPrevious") or any(texts)


def _reference(row: Node) -> tuple[data.Reference, int, frozenset[str]]:
    if row.yes("fromPrevious"):
        return data.Reference.PREVIOUS, 0, frozenset()
    if row.text("fromTargetDose"):
        return data.Reference.TARGET, row.number("fromTargetDose"), frozenset()
    if codes := row.codes("fromMostRecent"):
        return data.Reference.MOST_RECENT, 0, codes
    return data.Reference.OBSERVATION, 0, frozenset({row.needed("fromRelevantObs/code")})


def _vaccine(row: Node) -> data.Vaccine:
    return data.Vaccine(
        code=data.code_of(row.needed("cvx")),
        name=row.text("tradeName") or row.text("vaccineType"),
        begin=row.duration("beginAge"),
        end=row.duration("endAge"),
        trade_name=data.trade_key(row.text("tradeName")),
        recommended=row.yes("forecastVaccineType"),
    )


def _skip(row: Node) -> data.Skip:
    return data.Skip(
        sets=tuple(_skip_set(each) for each in row.rows("set")),
        context=row.one_of("context", data.Context, data.Context.BOTH),
        every=_logic_and(row, "setLogic"),
    )


def _logic_and(row: Node, tag: str) -> bool:
    logic = row.text(tag).upper()
    if logic not in {"", "AND", "OR"}:
        raise row.fault(tag, f"unknown value: {logic!r}")
    return logic == "AND"


def _skip_set(row: Node) -> data.SkipSet:
    return data.SkipSet(
        conditions=tuple(_condition(each) for each in row.rows("condition")),
        every=_logic_and(row, "conditionLogic"),
        description=row.text("setDescription"),
        window=_window(row),
    )


def _condition(row: Node) -> data.Condition:
    return data.Condition(
        kind=_condition_kind(row),
        begin=row.duration("beginAge"),
        end=row.duration("endAge"),
        since=row.day("startDate", FIRST_DAY),
        until=row.day("endDate", LAST_DAY),
        interval=row.duration("interval"),
        count=row.number("doseCount"),
        comparison=row.one_of("doseCountLogic", data.Comparison, data.Comparison.MORE),
        valid_only=row.text("doseType").lower() == "valid",
        codes=row.codes("vaccineTypes"),
        groups=_names(row, "seriesGroups"),
    )


def _condition_kind(row: Node) -> data.ConditionKind:
    kind = row.text("conditionType").lower()
    if kind.startswith(data.ConditionKind.COUNT):
        return data.ConditionKind.COUNT
    return row.one_of("conditionType", data.ConditionKind, data.ConditionKind.COUNT)
