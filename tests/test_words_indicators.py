"""Sentences on indicators: exceptions by their test, positions by their verdicts, figures as given."""

from hypothesis import given
from hypothesis import strategies as st
from words_checks import LABELS, NOT_A_NUMBER, figures_in, known, named, reads_well, rounded, says

from qa_analysis import narrative as words
from qa_analysis.measures.benchmarks import COMPARED, QUARTER_NAMES
from qa_analysis.measures.exceptions import CHANGE, ENGLAND, NEIGHBOURS
from qa_analysis.measures.spc import CAUSES

VALUES = st.one_of(st.integers(0, 100_000).map(lambda i: i / 100), NOT_A_NUMBER)
WAYS = {"better": "better than", "worse": "worse than", "same": "the same as", "no direction": "beside"}
COLUMNS = {k: v for k, v in COMPARED.items() if k != "last_year"}  # as the measure names them


def printed(value, text: str) -> bool:
    """Whether the value stands in the text, rounded to 1 to 4 decimals."""
    return any(figures_in(rounded(value, d)) <= {x.rstrip("%") for x in figures_in(text)} for d in range(1, 5))


@given(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from([CHANGE, ENGLAND, NEIGHBOURS]),
            "value": VALUES,
            "compared_with": VALUES,
            "unit": st.sampled_from(["%", "rate per 10,000", None, float("nan")]),
            "rule": st.sampled_from([*CAUSES, None, float("nan")]),
        }
    )
)
def test_the_reason_follows_the_test_and_its_two_figures(row):
    text = words.reason_of_exception(row)
    reads_well(text)
    both = known(row["value"]) and known(row["compared_with"])
    apart = both and row["value"] != row["compared_with"]
    out_of_step = row["kind"] != CHANGE
    assert says(text, "higher than") == (out_of_step and apart and row["value"] > row["compared_with"])
    assert says(text, "lower than") == (out_of_step and apart and row["value"] < row["compared_with"])
    for said, rules in (
        ("rose in a row", "(Increasing)"),
        ("fell in a row", "(Decreasing)"),
        ("above the upper", "Above UCL"),
        ("below the lower", "Below LCL"),
        ("near the upper", "2 in 3 Above"),
        ("near the lower", "2 in 3 Below"),
        ("lie above the average", "7 Points Above"),
        ("lie below the average", "7 Points Below"),
    ):
        assert says(text, said) == (not out_of_step and rules in str(row["rule"]))
    if both and (row["kind"] == CHANGE or apart):
        assert printed(row["value"], text) and printed(row["compared_with"], text)
        assert len(figures_in(text)) == (2 if apart else 1)
        assert ("%" in text) == (row["unit"] == "%")
    else:
        assert not figures_in(text)


@given(*(st.lists(LABELS, max_size=3, unique=True) for _ in range(3)), st.integers(0, 20))
def test_each_indicator_is_named_with_its_own_direction(concerns, better, neither, n):
    out = words.exceptions_found(concerns, better, neither, n)
    for text in out:
        reads_well(text)
    for group, said in ((concerns, "look closer"), (better, "as better"), (neither, "no direction")):
        mine = [s for s in out if said in s]
        assert bool(mine) == bool(group) and all(named(x, mine[0]) for x in group)
        assert not mine or str(len(group)) in figures_in(mine[0])
    assert says(" ".join(out), "none of", "no indicator can") == (not concerns and not better and not neither)


@given(
    st.fixed_dictionaries(
        {
            "indicator_name": LABELS,
            "period": st.just("May"),
            "unit": st.just("%"),
            "value": VALUES,
            **{column: VALUES for column in COMPARED.values()},
            **{f"vs_{name}": st.sampled_from([*WAYS, None, float("nan")]) for name in COLUMNS},
            "quarter": st.sampled_from([*QUARTER_NAMES.values(), None, float("nan")]),
        }
    )
)
def test_an_indicator_is_better_or_worse_only_where_its_column_says_so(row):
    text = words.stands_beside(row)
    reads_well(text)
    assert (text == "") == (not known(row["value"]))
    if not text:
        return
    told = [
        (row[f"vs_{name}"], row[column])
        for name, column in COLUMNS.items()
        if row[f"vs_{name}"] in WAYS and known(row[column])
    ]
    for way, said in WAYS.items():
        assert text.count(said) == sum(w == way for w, _ in told)
    assert all(printed(value, text) for _, value in told) and printed(row["value"], text)
    assert len(figures_in(text)) <= 1 + len(told) + known(row["value_before"])
    assert says(text, "the year before") == known(row["value_before"])
    assert says(text, "of authorities") == isinstance(row["quarter"], str)
    if isinstance(row["quarter"], str):
        assert f"in the {row['quarter']} of" in text


def test_figures_that_differ_are_printed_so_that_they_differ():
    row = {"kind": ENGLAND, "value": 25.52, "compared_with": 25.48, "unit": "%", "rule": None}
    assert (
        words.reason_of_exception(row)
        == "Higher than England by more than other authorities differ: 25.52% against 25.48%."
    )
