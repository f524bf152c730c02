"""Sentences of the compendium: better and worse only by their verdicts, figures as given, nothing withheld shown."""

from hypothesis import given
from hypothesis import strategies as st
from words_checks import COUNTS, LABELS, NOT_A_NUMBER, figures_in, known, named, reads_well, rounded, says

from qa_analysis.measures.benchmarks import QUARTER_NAMES
from qa_analysis.narrative import compendium as words

VALUES = st.one_of(st.integers(0, 100_000).map(lambda i: i / 100), NOT_A_NUMBER)
RANKS = st.one_of(st.integers(1, 153).map(float), NOT_A_NUMBER)
PLACES = st.sampled_from(["authorities", "regions"])
DIRECTED = ("high", "low")


@st.composite
def topics(draw):
    """A topic's rows, and which of those that have a figure and a direction a test found out of step, each way."""
    labels = draw(st.lists(LABELS, min_size=1, max_size=14, unique=True))
    rows = [
        {
            "indicator": f"id {label}",
            "label": label,
            "value": draw(VALUES),
            "unit": draw(st.sampled_from(["%", "% of plans", "rate", None, float("nan")])),
            "polarity": draw(st.sampled_from([*DIRECTED, "neither", None, float("nan")])),
            "when": "May",
            "decimals": draw(st.sampled_from([0, 1])),
            "quarter": draw(st.sampled_from([*QUARTER_NAMES.values(), None, float("nan")])),
            "rank": draw(RANKS),
            "n_ranked": 153.0,
            "england_value": draw(VALUES),
            "neighbours_mean": draw(VALUES),
        }
        for label in labels
    ]
    tested = [r["indicator"] for r in rows if known(r["value"]) and r["polarity"] in DIRECTED]
    all_one_way = draw(st.sampled_from(["worse", "better", None, None]))
    ways = {i: all_one_way or draw(st.sampled_from(["worse", "better", "in step"])) for i in tested}
    return rows, [i for i in tested if ways[i] == "worse"], [i for i in tested if ways[i] == "better"]


def part(text: str, start: str) -> str:
    """What follows `start` up to the next part of the sentence."""
    _, found, rest = text.partition(start)
    for other in ("out of step for the better", "in the worst quarter", "in the best quarter"):
        rest = rest.partition(other)[0]
    return rest if found else ""


def said_of(row) -> set[str]:
    """The figures of an indicator that may be printed, with its sign."""
    sign = "%" if isinstance(row["unit"], str) and "%" in row["unit"] else ""
    places = row["decimals"]
    values = ((row["value"], places), (row["england_value"], places), (row["neighbours_mean"], 1))
    out = {rounded(v, d) + sign for v, d in values if known(v)}
    return out | ({rounded(row["rank"]), rounded(row["n_ranked"])} if known(row["rank"]) else set())


@given(topics(), PLACES)
def test_a_topic_calls_an_indicator_better_or_worse_only_by_its_test(topic, places):
    rows, worse, better = topic
    text = words.topic_found("Care", rows, worse, better, places)
    reads_well(text)
    with_value = [r for r in rows if known(r["value"])]
    assert says(text, "no figure of") == (not with_value) and not says(text, "not known")
    for ids, way in ((worse, "for the worse"), (better, "for the better")):
        assert says(text, way) == bool(ids)
        assert not ids or f"{len(ids)} {'is' if len(ids) == 1 else 'are'} out of step {way}" in text
        own = part(text, f"out of step {way}")
        told = [r["label"] for r in rows if named(r["label"], own)]
        assert {f"id {x}" for x in told} <= set(ids) and (len(told) == len(ids) or f"{len(ids) - len(told)} more" in own)
    if with_value and not worse and not better:
        assert says(text, "not out of step", "is out of step", "no direction", "has a direction")


@given(topics(), PLACES)
def test_a_topic_counts_as_tested_only_what_has_a_figure_and_a_direction(topic, places):
    rows, _, _ = topic
    text = words.topic_found("Care", rows, [], [], places).partition(";")[0]
    with_value = [r for r in rows if known(r["value"])]
    tested = [r for r in with_value if r["polarity"] in DIRECTED]
    n = len(tested) or len(with_value) or len(rows)
    assert figures_in(text) <= {str(n)} and (n == 1 or not with_value or figures_in(text))
    assert says(text, "out of step") == bool(tested)
    assert says(text, "with a direction") == (0 < len(tested) < len(with_value))


@given(topics(), PLACES)
def test_a_quarter_is_named_only_where_the_row_has_it_a_direction_and_no_test_of_its_own(topic, places):
    rows, worse, better = topic
    text = words.topic_found("Care", rows, worse, better, places)
    for quarter in ("worst quarter", "best quarter"):
        mine = [
            r["label"]
            for r in rows
            if r["quarter"] == quarter
            and known(r["value"])
            and r["polarity"] in DIRECTED
            and r["indicator"] not in {*worse, *better}
        ]
        own = part(text, f"in the {quarter} of {places}")
        assert bool(own) == bool(mine)
        told = [r["label"] for r in rows if named(r["label"], own)]
        assert set(told) <= set(mine) and (len(told) == len(mine) or f"{len(mine) - len(told)} more" in own)
    assert not says(text, "second worst", "second best")


@given(topics(), PLACES)
def test_every_figure_of_a_topic_is_a_rounded_input_and_none_of_an_indicator_without_one(topic, places):
    rows, worse, better = topic
    text = words.topic_found("Care", rows, worse, better, places)
    may = set().union(*(said_of(r) for r in rows if named(r["label"], text)), map(str, range(len(rows) + 1)))
    assert figures_in(text) <= may
    for r in rows:
        if not known(r["value"]):
            assert not named(r["label"], text)
        elif named(r["label"], text):
            after = text.partition(r["label"])[2]
            assert rounded(r["value"], r["decimals"]) in figures_in(after) | {x.rstrip("%") for x in figures_in(after)}
            assert "May" in after[:12] or " in May" in after


@given(COUNTS, st.integers(0, 9), st.integers(0, 9), PLACES)
def test_the_whole_says_how_many_are_out_of_step_and_of_how_many(n, n_worse, n_better, places):
    text = words.overall_found(n, n_worse, n_better, places)
    reads_well(text)
    if not n:
        assert not figures_in(text) and says(text, "none can be called out of step")
        return
    assert figures_in(text) == {rounded(n), *(str(k) for k in (n_worse, n_better) if k)}
    assert says(text, "none differs") == (n_worse + n_better == 0)
    for k, way in ((n_worse, "worse"), (n_better, "better")):
        assert (f"{k} for the {way}" in text) == bool(k) and says(text, f"for the {way}") == bool(k)
    assert says(text, "is out of step") == (n_worse + n_better == 1) and f"than {places} differ" in text
    assert says(text, "are out of step") == (n_worse + n_better > 1)


@given(
    LABELS,
    st.one_of(st.none(), st.sampled_from(["2021", "2025"])),
    st.integers(0, 10),
    st.lists(LABELS, max_size=5, unique=True),
    st.one_of(st.none(), st.integers(2013, 2025)),
    st.lists(st.sampled_from(["Kingston", "Richmond"]), max_size=2, unique=True),
)
def test_who_is_compared_with_whom_follows_what_is_given(area, model, n, left_out, ended, joint):
    out = words.compared_with(area, model, n, left_out, ended, joint)
    for text in out:
        reads_well(text)
    told = " ".join(out)
    assert says(told, "abolished") == (ended is not None) and (ended is None or f"after {ended}" in told)
    assert says(told, "held against") == (model is not None) and (model is None or f"model of {model}" in told)
    assert says(told, "no model") == (model is None and ended is None)
    assert says(told, "together with") == bool(joint) and all(named(x, told) for x in joint)
    assert says(told, "England's published") == bool(left_out) and all(named(x, told) for x in left_out)
    assert says(told, "lies outside") == (len(left_out) == 1) and says(told, "lie outside") == (len(left_out) > 1)
    if model:
        assert (f"its {n} statistical" if n else "its no statistical") in told and named(area, told)
        assert says(told, "1 statistical neighbour of") == (n == 1)


WAYS = st.sampled_from(["better", "worse", "same", "no direction", None, float("nan")])
COSTS = st.fixed_dictionaries(
    {
        "label": LABELS,
        "when": st.just("May"),
        "unit": st.sampled_from(["£", "£ per child", None, float("nan")]),
        "value": VALUES,
        "neighbours_mean": VALUES,
    }
)


@given(COSTS, st.dictionaries(LABELS, WAYS, max_size=8))
def test_cost_is_higher_or_lower_by_its_figures_and_outcomes_are_named_by_their_verdict(cost, ways):
    ways = {k: w for k, w in ways.items() if k != cost["label"]}
    text = words.cost_beside_outcome(cost, [{"label": k, "vs_neighbours": w} for k, w in ways.items()])
    reads_well(text)
    value, other = cost["value"], cost["neighbours_mean"]
    assert (text == "") == (not known(value) or not known(other))
    if not text:
        return
    assert says(text, "higher than the mean") == (value > other) and says(text, "lower than the mean") == (value < other)
    assert says(text, "same as the mean") == (value == other)
    assert ("£" in text) == isinstance(cost["unit"], str)
    own, theirs = (next(d for d in range(5) if rounded(v, d) in figures_in(text)) for v in (value, other))
    assert own == theirs and (value == other or rounded(value, own) != rounded(other, own))
    for way in ("better", "worse"):
        mine = [k for k, w in ways.items() if w == way]
        _, found, rest = text.partition(f"{way} than theirs in")
        assert bool(found) == bool(mine)
        told = [k for k in ways if named(k, rest.partition("than theirs in")[0] if way == "better" else rest)]
        assert set(told) <= set(mine) and (len(told) == len(mine) or f"{len(mine) - len(told)} more" in rest)
    assert says(text, "no outcome") == (not {"better", "worse"} & set(ways.values()))


def test_more_than_can_be_named_are_counted():
    row = {"value": 1.0, "unit": "%", "polarity": "low", "when": "May", "quarter": None, "rank": 1.0, "n_ranked": 9.0}
    rows = [{**row, "indicator": x, "label": f"Label {x}"} for x in "ABCDEFG"]
    assert words.topic_found("Care", rows, list("ABCDEFG"), []).endswith("Label D, May, 1.0%; and 3 more.")
