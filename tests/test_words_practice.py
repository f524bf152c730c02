"""Sentences on standards, the schedule, who was audited and the data themselves follow their columns."""

from hypothesis import given
from hypothesis import strategies as st
from words_checks import (
    COUNTS,
    LABELS,
    MAYBE_COUNTS,
    MAYBE_SHARES,
    SMALLEST,
    figures,
    figures_in,
    known,
    named,
    no_small_count,
    reads_well,
    reveals_none,
    says,
)

from qa_analysis import narrative as words

SPAN = "the 12 months to September 2019"


def rows_of(**columns):
    return st.lists(st.fixed_dictionaries(columns), max_size=6, unique_by=lambda x: next(iter(x.values())))


@given(
    rows_of(
        standard=LABELS,
        verdict=st.sampled_from([words.ROSE, words.FELL, words.NO_CLEAR_CHANGE, words.TOO_FEW, None]),
        share=MAYBE_SHARES,
        share_before=MAYBE_SHARES,
    )
)
def test_a_standard_rose_or_fell_over_the_year_only_by_its_verdict(rows):
    out = words.moved_over_year(rows, SPAN)
    for verdict in (words.ROSE, words.FELL):
        text = " ".join(s for s in out if s.endswith(f" {verdict}."))
        reads_well(text)
        moved = [x for x in rows if x["verdict"] == verdict]
        assert {x["standard"] for x in rows if named(x["standard"], text)} == {x["standard"] for x in moved}
        told = [x for x in moved if known(x["share"]) and known(x["share_before"])]
        assert figures_in(text, SPAN) == figures(shares=[x[c] for x in told for c in ("share", "share_before")])
    assert len(out) == len({x["verdict"] for x in rows} & {words.ROSE, words.FELL})


@given(
    rows_of(
        standard=LABELS,
        verdict_overall=st.sampled_from(
            ["below overall", "above overall", "no clear difference", "too few", None, float("nan")]
        ),
    )
)
def test_a_standard_is_lower_or_higher_than_the_overall_grade_only_by_its_verdict(rows):
    out = words.against_overall(rows, "audit")
    for verdict, word in (("below overall", "graded lower"), ("above overall", "graded higher")):
        text = " ".join(s for s in out if word in s)
        reads_well(text)
        assert {x["standard"] for x in rows if named(x["standard"], text)} == {
            x["standard"] for x in rows if x["verdict_overall"] == verdict
        }


@given(
    rows_of(
        standard=LABELS,
        share=MAYBE_SHARES,
        share_lower=MAYBE_SHARES,
        share_upper=MAYBE_SHARES,
        n=MAYBE_COUNTS,
        suppressed=st.booleans(),
    )
)
def test_the_weakest_standard_has_the_greatest_share_of_all_that_are_shown(rows):
    text = words.weakest_standard(rows, "audit", SPAN)
    reads_well(text)
    shown = [x for x in rows if known(x["share"]) and known(x["n"])]
    assert (text == "") == (not shown)
    if text:
        top = [x for x in shown if x["share"] == max(y["share"] for y in shown)]
        assert {x["standard"] for x in rows if named(x["standard"], text)} == {x["standard"] for x in top}
        limits = [top[0]["share_lower"], top[0]["share_upper"]] if len(top) == 1 else []
        limits = limits if all(map(known, limits)) else []
        assert figures_in(text, SPAN) == figures(counts=[x["n"] for x in top], shares=[top[0]["share"], *limits])
        assert says(text, "of the standards shown") == any(x["suppressed"] for x in rows)


@given(st.fixed_dictionaries({"label": LABELS, "count": MAYBE_COUNTS, "n": MAYBE_COUNTS, "share": MAYBE_SHARES}))
def test_done_of_due_is_as_counted_or_not_known(row):
    text = words.main_activity(row, "May")
    reads_well(text)
    told = known(row["n"]) and row["n"] > 0 and known(row["count"])
    assert says(text, "not known") == (not told)
    allowed = figures(counts=[row["n"], *([row["count"]] if row["count"] else [])], shares=[row["share"]])
    assert figures_in(text) == (allowed if told else set())


@given(
    rows_of(
        label=LABELS, state=st.sampled_from(["behind", "done", "as needed", None]), count=MAYBE_COUNTS, n=MAYBE_COUNTS
    )
)
def test_an_activity_is_behind_only_where_its_state_says_so(rows):
    text = words.behind_schedule(rows)
    reads_well(text)
    late = [x for x in rows if x["state"] == "behind" and known(x["count"]) and known(x["n"])]
    assert {x["label"] for x in rows if named(x["label"], text)} == {x["label"] for x in late}
    assert figures_in(text) == figures(counts=[x[c] for x in late for c in ("count", "n")])
    assert says(text, "behind the schedule") == bool(late)


def test_a_label_keeps_its_capitals_where_it_is_an_abbreviation():
    assert words.behind_schedule(
        [
            {"label": "IRO footprint", "state": "behind", "count": 1, "n": 2},
            {"label": "Dip sample", "state": "behind", "count": 1, "n": 7},
        ]
    ) == ("Behind the schedule: IRO footprint (1 of 2) and dip sample (1 of 7).")


@given(st.lists(LABELS, max_size=4, unique=True))
def test_only_teams_that_the_test_named_are_called_silent_or_weak(teams):
    for text in (words.silent_teams(teams, 3, "File audit"), words.weak_teams(teams)):
        reads_well(text)
        assert (text == "") == (not teams) and all(named(t, text) for t in teams)


@given(COUNTS, COUNTS, COUNTS, SMALLEST)
def test_those_audited_are_counted_by_how_they_were_chosen(n, purposive, ungraded, small):
    purposive, ungraded = min(n, purposive), min(n, ungraded)
    text, partners = words.audited(n, purposive, ungraded, "audit", "May", small), words.with_partners(n, SPAN, small)
    for said in (text, partners):
        reads_well(said)
        no_small_count(said, small, SPAN)
    if n:
        shown = [x for x in (n, purposive, ungraded) if x >= small]
        withheld = {str(small)} if any(0 < x < small for x in (n, purposive, ungraded)) else set()
        assert figures_in(text) == (figures(counts=shown) - {"0"}) | withheld
        assert figures_in(partners, SPAN) == (figures(counts=[n]) if n >= small else {str(small)})
    assert (partners == "") == (n == 0)
    if small > 1:
        reveals_none(words.audited(90, x, 20, "audit", "May", small) for x in range(1, small))
        reveals_none(words.audited(90, 20, x, "audit", "May", small) for x in range(1, small))
        reveals_none(words.audited(x, 0, 0, "audit", "May", small) for x in range(1, small))
        reveals_none(words.with_partners(x, SPAN, small) for x in range(1, small))


@given(st.fixed_dictionaries({"share": MAYBE_SHARES, "n": MAYBE_COUNTS, "suppressed": st.booleans()}))
def test_evidence_of_outcomes_prints_its_share_or_nothing(row):
    text = words.evidence_of_outcome(row, "May")
    reads_well(text)
    told = known(row["share"]) and known(row["n"]) and not row["suppressed"]
    assert (text == "") == (not told)
    assert not told or figures_in(text) - {"0"} == figures(counts=[row["n"]], shares=[row["share"]]) - {"0"}


@given(COUNTS, COUNTS, COUNTS)
def test_every_row_read_is_used_or_set_aside(clean, aside, issues):
    text = words.rows_read(clean + aside, clean, aside, issues)
    reads_well(text)
    counts = [clean + aside, clean, aside, issues] if clean + aside else []
    assert figures_in(text) == figures(counts=[x for x in counts if x])


@given(rows_of(table=LABELS, level=st.sampled_from(["high", "some caution", "low", None])))
def test_confidence_is_low_or_limited_only_by_its_level(rows):
    out = words.confidence_in(rows)
    for level, word in (("low", "confidence is low"), ("some caution", "confidence is limited")):
        text = " ".join(s for s in out if word in s.lower())
        reads_well(text)
        assert {x["table"] for x in rows if named(x["table"], text)} == {
            x["table"] for x in rows if x["level"] == level
        }
