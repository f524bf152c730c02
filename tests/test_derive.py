"""Which grade counts, and single findings out of longer texts."""

import pandas as pd

from qa_analysis.derive import split_findings, with_counted_grades, with_counted_ratings

SCALE = pd.CategoricalDtype(["Inadequate", "Good", "Outstanding"], ordered=True)
STANDARD = pd.CategoricalDtype(["plan", "voice"])


def graded(values):
    return pd.Categorical(values, dtype=SCALE)


def moderations(rows):
    frame = pd.DataFrame(rows, columns=["audit_id", "standard", "moderation_date", "grade_after"])
    return frame.assign(
        standard=frame["standard"].astype(STANDARD),
        grade_after=graded(frame["grade_after"]),
        moderation_date=pd.to_datetime(frame["moderation_date"]),
    )


def test_the_latest_moderation_of_the_whole_audit_counts_and_one_of_a_standard_does_not():
    audits = pd.DataFrame({"audit_id": ["1", "2", "3"], "overall_grade": graded(["Good", "Good", None])})
    made = with_counted_grades(
        audits,
        moderations(
            [
                ("1", None, "2025-02-01", "Good"),
                ("1", None, "2025-01-01", "Outstanding"),
                ("2", "plan", "2025-01-01", "Inadequate"),
                ("3", None, None, "Inadequate"),
            ]
        ),
    )
    assert made["grade"].tolist() == ["Good", "Good", "Inadequate"] and made["is_moderated"].tolist() == [
        True,
        False,
        True,
    ]
    assert made["overall_grade"].tolist()[:2] == ["Good", "Good"] and made["grade"].dtype == SCALE


def test_a_moderation_without_a_grade_changes_nothing():
    audits = pd.DataFrame({"audit_id": ["1"], "overall_grade": graded(["Good"])})
    made = with_counted_grades(audits, moderations([("1", None, "2025-02-01", None)]))
    assert made["grade"].tolist() == ["Good"] and made["is_moderated"].tolist() == [False]


def test_a_rating_keeps_the_grade_given_beside_the_one_that_counts():
    ratings = pd.DataFrame(
        {
            "audit_id": ["1", "1"],
            "standard": pd.Categorical(["plan", "voice"], dtype=STANDARD),
            "grade": graded(["Good", "Good"]),
        }
    )
    made = with_counted_ratings(ratings, moderations([("1", "voice", "2025-02-01", "Inadequate")]))
    assert made["grade_given"].tolist() == ["Good", "Good"] and made["grade"].tolist() == ["Good", "Inadequate"]
    assert made["is_moderated"].tolist() == [False, True]


def test_findings_are_split_at_bullets_lines_and_semicolons():
    where = {"source_file": ["a.csv"], "source_row": [2]}
    audits = pd.DataFrame(
        {
            "audit_id": ["1"],
            "strengths": ["• Clear plans\n• Voice of the child; good-quality work"],
            "improvements": [None],
            **where,
        }
    ).astype({"improvements": "str"})
    ratings = pd.DataFrame(
        {"audit_id": ["1"], "standard": pd.Categorical(["plan"], dtype=STANDARD), "evidence": ["- Seen"], **where}
    )
    kind = pd.CategoricalDtype(["strength", "improvement", "evidence"])
    own = pd.DataFrame(
        {
            "audit_id": pd.Series(dtype="str"),
            "kind": pd.Series(dtype=kind),
            "standard": pd.Series(dtype=STANDARD),
            "item_no": pd.Series(dtype="Int64"),
            "text": pd.Series(dtype="str"),
            "source_file": pd.Series(dtype="str"),
            "source_row": pd.Series(dtype="int64"),
        }
    )
    made = split_findings(audits, ratings, own)
    assert made["text"].tolist() == ["Clear plans", "Voice of the child", "good-quality work", "Seen"]
    assert made["kind"].tolist() == ["strength"] * 3 + ["evidence"] and made["item_no"].tolist() == [1, 2, 3, 1]
    assert made["standard"].astype("str").tolist()[3] == "plan" and set(made["source_row"]) == {2}
