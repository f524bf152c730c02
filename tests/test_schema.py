"""What the tables promise, and that a broken promise is found."""

from datetime import date

import pandas as pd
import pandera.errors
import pytest

from qa_analysis.clean import Scales, empty_table
from qa_analysis.profile import load_profile
from qa_analysis.schema import TABLES, validate

KINDS = {
    "id",
    "person",
    "text",
    "long_text",
    "date",
    "integer",
    "number",
    "yes_no",
    "choice",
    "grade",
    "service",
    "locality",
    "team",
    "activity",
    "standard",
    "theme_list",
    "text_list",
}


@pytest.fixture(scope="module")
def scales():
    return Scales.of(load_profile("manchester"), date(2025, 12, 31))


def test_every_column_has_a_known_kind_and_each_key_exists():
    for table in TABLES.values():
        assert {c.kind for c in table.columns} <= KINDS, table.name
        assert set(table.key) <= {c.name for c in table.columns}, table.name
        assert all((c.choices is not None) == (c.kind == "choice") for c in table.columns), table.name


def test_no_two_columns_of_a_table_share_their_first_name():
    for table in TABLES.values():
        names = [c.name for c in table.columns]
        assert len(names) == len(set(names)), table.name


def test_empty_tables_keep_every_promise(scales):
    validate({name: empty_table(name, scales) for name in TABLES}, scales.grades)


def test_a_broken_promise_is_found_with_all_others_of_its_table(scales):
    frame = empty_table("feedback", scales)
    row = {"feedback_id": "1", "date": pd.Timestamp("2025-01-01"), "stage": 9, "source_file": "f", "source_row": 2}
    broken = pd.concat([frame, pd.DataFrame([row, {**row, "date": pd.NaT}])], ignore_index=True).astype(
        frame.dtypes.to_dict()
    )
    with pytest.raises(pandera.errors.SchemaErrors) as caught:
        validate({"feedback": broken}, scales.grades)
    checks = " ".join(str(c) for c in caught.value.failure_cases["check"])
    assert "less_than_or_equal_to" in checks and "not_nullable" in checks and "one row for each feedback_id" in checks


def test_a_column_of_the_wrong_kind_is_found(scales):
    frame = empty_table("audits", scales).assign(audit_date=pd.Series(dtype="str"))
    with pytest.raises(pandera.errors.SchemaErrors, match="is of kind date"):
        validate({"audits": frame}, scales.grades)
