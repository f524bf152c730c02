"""Coverage of services by visits."""

import pandas as pd
from quarter_tables import audit, tables_of

from qa_analysis.measures.visits import visits_by_service
from qa_analysis.periods import parse_period


def test_each_service_has_its_visits_and_its_last_day_and_those_never_visited_stand_with_none():
    visits = tables_of("quality_management", audits=[
        audit(1, "learning_visit", "2019-07-02", service="Front door"),
        audit(2, "learning_visit", "2019-09-02", service="Front door"),
        audit(3, "learning_visit", "2018-01-02", service="Fostering"),
        audit(4, "learning_visit", "2019-08-02", service=None),
        audit(5, "learning_visit", "2019-10-02", service="Fostering")])["audits"]
    table = visits_by_service(visits, parse_period("2019-Q2"), ["Fostering", "Adoption"])
    assert table["service"].tolist() == ["Fostering", "Adoption", "Front door", "not recorded"]
    assert table["n_visits"].tolist() == [0, 0, 2, 1]
    assert table["last_visit"].tolist()[0] == pd.Timestamp("2018-01-02")  # October lies after the period
    assert table["last_visit"].isna().tolist() == [False, True, False, False]


def test_without_visits_and_services_there_is_no_row():
    assert visits_by_service(tables_of("manchester")["audits"], parse_period("2019-Q2")).empty
