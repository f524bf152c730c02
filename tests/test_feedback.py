"""Feedback, complaints and views sought: counted by hand; working days checked against the calendar."""

import pandas as pd
import pytest

from qa_analysis.measures import feedback as f
from qa_analysis.periods import parse_period

SEPTEMBER = parse_period("2019-09")


def table(*rows) -> pd.DataFrame:
    blank = {"date": "2019-09-10", "kind": "feedback", "giver": "child", "service": "A", "locality": "L", "team": "T",
             "sentiment": None, "timely": None, "listened_to": None, "respected": None, "knows_next": None,
             "comment": None, "stage": None, "responded": None, "upheld": None, "learning": None, "improvement": None}
    out = pd.DataFrame([{"feedback_id": f"F{i}"} | blank | r for i, r in enumerate(rows)],
                       columns=["feedback_id", *blank])
    out[["date", "responded"]] = out[["date", "responded"]].apply(pd.to_datetime)
    text = [c for c in out if c not in ("date", "responded", "stage")]
    out[text] = out[text].astype("str").where(out[text].notna())
    return out.assign(stage=out["stage"].astype(float))


def complaint(date, responded=None, stage=1, **more):
    return {"kind": "complaint", "date": date, "responded": responded, "stage": stage} | more


@pytest.fixture(scope="module")
def profile():
    from qa_analysis.profile import load_profile

    return load_profile("common")


def test_counts_by_kind_and_giver_are_of_the_period():
    feedback = table({}, {}, {"giver": "parent"}, {"giver": None}, {"kind": "compliment"}, {"date": "2019-08-31"})
    counts = f.feedback_counts(feedback, SEPTEMBER)
    assert counts[["kind", "giver", "count", "n"]].to_numpy().tolist() == [
        ["compliment", "child", 1, 1], ["feedback", "child", 2, 4], ["feedback", "parent", 1, 4],
        ["feedback", "not recorded", 1, 4]]


def test_sentiment_is_of_feedback_and_leaves_out_the_unrated():
    feedback = table({"sentiment": "positive"}, {"sentiment": "positive"}, {"sentiment": "negative"}, {},
                     {"sentiment": "negative", "kind": "complaint"})
    shares = f.sentiment(feedback, SEPTEMBER, min_n=1)
    assert shares[["sentiment", "count", "n", "n_not_rated"]].to_numpy().tolist() == [
        ["positive", 2, 3, 1], ["mixed", 0, 3, 1], ["negative", 1, 3, 1]]


def test_partly_is_no_yes_and_not_applicable_and_not_known_are_outside():
    feedback = table(*[{"listened_to": x} for x in ("yes", "yes", "partly", "no", "not applicable", "not known", None)])
    row = f.experience(feedback, SEPTEMBER, min_n=1).set_index("item").loc["listened_to"]
    assert row[["count", "n", "share", "n_partly", "n_not_applicable", "n_not_known"]].tolist() == [2, 4, 0.5, 1, 1, 2]


def test_complaint_is_in_time_by_working_days_and_bank_holidays(profile):
    # stage 1 allows 10 working days (20 if extended). From Monday 12 August 2019, 10 working days end on the 27th,
    # since Monday 26 August was a bank holiday; 20 end on 10 September.
    feedback = table(complaint("2019-08-12", "2019-08-27"), complaint("2019-08-12", "2019-08-28"),
                     complaint("2019-08-12", "2019-09-10"), complaint("2019-08-12", "2019-09-11"))
    found = f.complaints(feedback, parse_period("2019-Q2"), profile)
    assert found["days_taken"].tolist() == [10, 11, 20, 21]
    assert found["state"].tolist() == ["in time", "in extended time", "in extended time", "late"]
    assert found["limit_days"].tolist() == [10] * 4


def test_open_complaints_come_first_and_count_the_days_so_far(profile):
    feedback = table(complaint("2019-09-02", "2019-09-04", upheld="upheld"), complaint("2019-09-27"),
                     complaint("2019-06-03"), complaint("2019-09-20", "2019-10-02", upheld="upheld"),
                     complaint("2019-06-03", "2019-06-05", upheld="upheld"))
    found = f.complaints(feedback, SEPTEMBER, profile)
    assert found["feedback_id"].tolist() == ["F2", "F3", "F1", "F0"]
    assert found["state"].tolist() == ["open and late", "open", "open", "in time"]
    # from Monday 3 June to Monday 30 September 2019 are 17 weeks of 5 days, less the bank holiday of 26 August
    assert found["days_taken"].tolist() == [84, 6, 1, 2]
    assert found["is_in_period"].tolist() == [False, True, True, True]


def test_complaints_without_timescale_dates_or_stage(profile):
    feedback = table(complaint("2019-09-10", "2019-09-05", upheld="upheld"),
                     complaint("2019-09-10", "2019-09-11", stage=None), complaint("2019-09-10", upheld="withdrawn"),
                     complaint("2019-09-10", upheld="not upheld"))
    found = f.complaints(feedback, SEPTEMBER, profile)
    assert found["state"].tolist() == ["no timescale", "no timescale", "withdrawn", "no timescale"]
    assert f.complaints(feedback, SEPTEMBER)["state"].tolist() == [
        "no timescale", "no timescale", "withdrawn", "no timescale"]


def test_summary_and_shares_of_complaints(profile):
    feedback = table(
        complaint("2019-09-02", "2019-09-04", upheld="upheld", learning="say who rings", improvement="new letter"),
        complaint("2019-09-02", "2019-09-20", upheld="partly upheld", learning="visit sooner"),
        complaint("2019-09-02", "2019-09-04", upheld="not upheld"), complaint("2019-09-02", stage=2),
        complaint("2019-05-01"))
    found = f.complaints(feedback, SEPTEMBER, profile)
    one = f.complaint_summary(found).set_index("stage")
    assert one.index.tolist() == ["1", "2"]
    assert one.loc["1", ["n_received", "n_answered", "n_in_time", "n_in_extended_time"]].tolist() == [3, 3, 2, 1]
    assert one.loc["1", ["n_upheld", "n_partly_upheld", "n_not_upheld"]].tolist() == [1, 1, 1]
    assert one.loc["1", ["n_with_learning", "n_with_improvement"]].tolist() == [2, 1]
    assert one.loc["2", ["n_received", "n_open", "n_open_late"]].tolist() == [1, 1, 0]
    shares = f.complaint_shares(found, min_n=1).set_index("measure")
    assert shares[["count", "n"]].to_numpy().tolist() == [[2, 3], [2, 3], [2, 2], [1, 2]]


def test_you_said_we_did_lists_what_was_done_first():
    feedback = table({"comment": "too many workers", "learning": "keep one worker"}, {"comment": "nice"},
                     {"comment": "reports came late", "improvement": "sent three days before", "date": "2019-09-20"},
                     {"improvement": "  "})
    found = f.you_said_we_did(feedback, SEPTEMBER)
    assert found[["comment", "is_done"]].to_numpy().tolist() == [
        ["reports came late", True], ["too many workers", False]]


def test_views_sought_excludes_not_applicable_and_counts_not_known_apart():
    audits = pd.DataFrame({"audit_date": pd.to_datetime(["2019-09-02"] * 6 + ["2019-08-01"]), "service": "A",
                           "child_view_sought": ["yes", "no", "not applicable", "not known", None, "yes", "yes"],
                           "parent_view_sought": ["partly", "no", "yes", "yes", "yes", "yes", "yes"]})
    found = f.views_sought(audits, SEPTEMBER, by="service", min_n=1).set_index("view")
    assert found.loc["child_view_sought", ["count", "n", "n_not_applicable", "n_not_known"]].tolist() == [2, 3, 1, 2]
    assert found.loc["parent_view_sought", ["count", "n", "n_partly"]].tolist() == [4, 6, 1]


def test_nothing_received_gives_zeros_and_empty_lists(profile):
    none = table().astype(table({}).dtypes.to_dict())
    assert f.feedback_counts(none, SEPTEMBER).empty and f.you_said_we_did(none, SEPTEMBER).empty
    assert f.sentiment(none, SEPTEMBER)["n"].tolist() == [0, 0, 0]
    assert f.experience(none, SEPTEMBER)["n"].tolist() == [0] * 4
    found = f.complaints(none, SEPTEMBER, profile)
    assert found.empty and f.complaint_summary(found).empty
    assert f.complaint_shares(found)["n"].tolist() == [0] * 4


def test_row_order_changes_nothing_and_nothing_is_changed(profile):
    feedback = table({"sentiment": "positive", "service": "B"}, {"sentiment": "mixed"}, complaint("2019-09-02"),
                     complaint("2019-08-02"), {"learning": "x"})
    before = feedback.copy(deep=True)
    for measure in (lambda t: f.sentiment(t, SEPTEMBER, "service"), lambda t: f.complaints(t, SEPTEMBER, profile),
                    lambda t: f.feedback_counts(t, SEPTEMBER, "service"), lambda t: f.you_said_we_did(t, SEPTEMBER)):
        pd.testing.assert_frame_equal(measure(feedback), measure(feedback[::-1]))
    pd.testing.assert_frame_equal(feedback, before)
