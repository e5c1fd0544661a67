"""A release small enough to write down in a test: one antigen, one series, two doses."""

ANTIGEN = """<antigenSupportingData>
<immunity/><contraindications/>
<series>
<seriesName>Testosis 2-dose series</seriesName><targetDisease>Testosis</targetDisease>
<vaccineGroup>Testosis</vaccineGroup><seriesType>Standard</seriesType>
<equivalentSeriesGroups/><requiredGender/>
<selectSeries><defaultSeries>Yes</defaultSeries><productPath>No</productPath>
<seriesGroupName>Standard</seriesGroupName><seriesGroup>1</seriesGroup>
<seriesPriority>A</seriesPriority><seriesPreference>1</seriesPreference>
<minAgeToStart/><maxAgeToStart/></selectSeries>
<indication/>
<seriesDose><doseNumber>Dose 1</doseNumber>
<age><absMinAge>6 weeks - 4 days</absMinAge><minAge>6 weeks</minAge></age>
<interval/>
<preferableVaccine><vaccineType>T</vaccineType><cvx>1</cvx>
<forecastVaccineType>Y</forecastVaccineType></preferableVaccine>
<recurringDose>No</recurringDose></seriesDose>
<seriesDose><doseNumber>Dose 2</doseNumber>
<interval><fromPrevious>Y</fromPrevious><absMinInt>4 weeks - 4 days</absMinInt>
<minInt>4 weeks</minInt></interval>
<preferableVaccine><vaccineType>T</vaccineType><cvx>1</cvx></preferableVaccine>
<recurringDose>No</recurringDose></seriesDose>
</series></antigenSupportingData>"""

SCHEDULE = """<scheduleSupportingData><liveVirusConflicts/>
<vaccineGroups><vaccineGroup><name>Testosis</name></vaccineGroup></vaccineGroups>
<vaccineGroupToAntigenMap><vaccineGroupMap><name>Testosis</name><antigen>Testosis</antigen>
</vaccineGroupMap></vaccineGroupToAntigenMap>
<cvxToAntigenMap><cvxMap><cvx>01</cvx><association><antigen>Testosis</antigen></association>
</cvxMap></cvxToAntigenMap><observations/></scheduleSupportingData>"""


def files(antigen: str = ANTIGEN, schedule: str = SCHEDULE) -> dict[str, bytes]:
    """Return the two texts of the release by file name."""
    return {"antigen.xml": antigen.encode(), "schedule.xml": schedule.encode()}
