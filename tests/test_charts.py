"""The chart family: words that say what is drawn, nothing withheld drawn, readable in rendered pixels."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest
from browser import demo
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from qa_analysis import charts
from qa_analysis.charts import cutting, look, picture

NAMES = demo.namespace()
DRAWN = {
    "grade_bars": lambda n: charts.grade_bars(n["grades"], "service", title="t"),
    "grade_bars_all": lambda n: charts.grade_bars(n["grades_all"], title="t"),
    "share_trend": lambda n: charts.share_trend(n["months"], title="t", target=0.7),
    "control_chart": lambda n: charts.control_chart(n["points"], title="t", target=0.75),
    "small_multiples": lambda n: charts.small_multiples(n["by_service"], "service", title="t"),
    "heat_map": lambda n: charts.heat_map(n["heat"], rows="standard", columns="service", title="t"),
    "agreement_grid": lambda n: charts.agreement_grid(n["agreement"], title="t"),
    "ageing_bars": lambda n: charts.ageing_bars(n["ageing"], title="t"),
    "survival_steps": lambda n: charts.survival_steps(n["survival"], title="t", due_day=42),
    "survival_groups": lambda n: charts.survival_steps(n["survival_by"], "priority", title="t"),
    "coverage_bars": lambda n: charts.coverage_bars(n["coverage"], "activity", title="t"),
    "interval_dots": lambda n: charts.interval_dots(n["dots"], "standard", title="t", target=0.7),
    "funnel_chart": lambda n: charts.funnel_chart(n["teams"], n["curve"], title="t", average=0.62),
}


@pytest.fixture(scope="module")
def drawn():
    return {name: make(NAMES) for name, make in DRAWN.items()}


def rendered(chart, dpi=150):
    """The chart's pixels, and its texts with where they lie (pixels from the top left)."""
    with look.house_style():
        chart.set_dpi(dpi)
        canvas = FigureCanvasAgg(chart)
        canvas.draw()
        pixels = np.asarray(canvas.buffer_rgba())[..., :3]
        texts = [(t.get_text(), t.get_window_extent(canvas.get_renderer())) for t in written(chart) if t.get_text().strip()]
    return pixels, texts


def written(chart):
    """The texts that are drawn: matplotlib also keeps labels of ticks outside the axes."""
    axes = [ax for ax in chart.get_axes() if ax.get_visible()]
    ticks = {tick for ax in chart.get_axes() for axis in (ax.xaxis, ax.yaxis) for tick in (*axis.majorTicks, *axis.minorTicks)}
    kept = [tick for ax in axes for axis in (ax.xaxis, ax.yaxis) for tick in axis._update_ticks()]
    never = {label for tick in ticks for label in (tick.label1, tick.label2)}
    never -= {label for tick in kept for label in (tick.label1, tick.label2) if label.get_visible()}
    hidden = {t for ax in chart.get_axes() if not ax.get_visible() for t in ax.findobj(Text)}
    return [t for t in chart.findobj(Text) if t.get_visible() and t not in never | hidden]


def contrast(pixels):
    linear = pixels / 255
    linear = np.where(linear <= 0.04045, linear / 12.92, ((linear + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    return (luminance.max() + 0.05) / (luminance.min() + 0.05)


@pytest.mark.parametrize("name", DRAWN)
def test_every_chart_says_in_words_what_it_shows(drawn, name):
    chart = drawn[name]
    assert 40 <= len(chart.alt_text) <= 220 and chart.alt_text.endswith(".")
    assert chart.long_description
    table = chart.table()
    assert len(table.rows) and all(words for row in table.rows for words in row)


@pytest.mark.parametrize("name", DRAWN)
def test_text_stands_out_at_least_4_5_to_1_in_rendered_pixels(drawn, name):
    pixels, texts = rendered(drawn[name])
    height = pixels.shape[0]
    weak = {}
    for words, box in texts:
        x0, x1 = int(max(box.x0, 0)), int(box.x1) + 1
        y0, y1 = int(max(height - box.y1, 0)), int(height - box.y0) + 1
        if (ratio := contrast(pixels[y0:y1, x0:x1])) < 4.5:
            weak[words] = round(float(ratio), 2)
    assert weak == {}


@pytest.mark.parametrize("name", DRAWN)
def test_no_words_lie_on_other_words_or_beyond_the_edge(drawn, name):
    pixels, texts = rendered(drawn[name])
    page = Bbox([[-2, -2], [pixels.shape[1] + 2, pixels.shape[0] + 2]])
    beyond = [w for w, b in texts if not (page.x0 <= b.x0 and b.x1 <= page.x1 and page.y0 <= b.y0 and b.y1 <= page.y1)]
    small = [(w, b.padded(-2)) for w, b in texts]
    touching = [(a, b) for i, (a, box) in enumerate(small) for b, other in small[i + 1:]
                if box.width > 0 and other.width > 0 and box.overlaps(other)]
    assert beyond == [] and touching == []


@pytest.mark.parametrize("name", ["grade_bars", "ageing_bars", "coverage_bars", "agreement_grid"])
def test_marks_stand_out_3_to_1_by_fill_or_by_outline(drawn, name):
    for patch in drawn[name].findobj(lambda a: type(a).__name__ == "Rectangle"):
        face, edge = patch.get_facecolor(), patch.get_edgecolor()
        if patch.axes is None or face[3] == 0 or to_hex(face) == "#ffffff" or patch is patch.axes.patch:
            continue
        outlined = edge[3] == 1 and patch.get_linewidth() >= 0.7
        best = max(1.05 / (look.relative_luminance(c) + 0.05) for c in ((face, edge) if outlined else (face,)))
        assert best >= 3, to_hex(face)


@given(st.tuples(*[st.floats(0, 1)] * 3))
def test_ink_on_any_colour_is_at_least_4_5_to_1(colour):
    ink, ground = look.relative_luminance(look.ink_on(colour)), look.relative_luminance(colour)
    assert (max(ink, ground) + 0.05) / (min(ink, ground) + 0.05) >= 4.5


def test_bars_run_from_best_to_worst_whatever_the_order_of_rows():
    table = demo.grade_table(["Fostering"])
    forward, backward = (charts.grade_bars(t, "service", title="t") for t in (table, table.iloc[::-1]))
    assert forward.alt_text == backward.alt_text
    assert "from Outstanding to Inadequate" in forward.alt_text
    assert forward.long_description[0].index("Outstanding") < forward.long_description[0].index("Inadequate")


def test_a_withheld_group_is_named_but_no_part_of_it_is_drawn():
    table = demo.grade_table(["Fostering", "Permanence"]).astype({"count": float, "n": float})
    hidden = (table["service"] == "Fostering") & (table["grade"].isin(["Good", "Inadequate"]))
    table[["count", "share", "share_lower", "share_upper"]] = table[["count", "share", "share_lower", "share_upper"]].mask(hidden)
    chart = charts.grade_bars(table.assign(suppressed=hidden), "service", title="t")
    words = [t.get_text() for t in chart.axes[0].texts]
    assert "small numbers: not shown" in words
    assert len([p for p in chart.axes[0].patches if p.get_hatch() is not None or p.get_facecolor()[3]]) <= 8
    assert "Fostering: small numbers withheld." in chart.long_description


def test_a_group_too_small_for_shares_says_so_and_differs_from_no_audits():
    table = demo.grade_table(["A", "B"])
    table.loc[table["service"] == "A", ["share", "share_lower", "share_upper"]] = np.nan
    table.loc[table["service"] == "B", ["share", "share_lower", "share_upper", "n", "count"]] = [np.nan] * 3 + [0, 0]
    words = [t.get_text() for t in charts.grade_bars(table, "service", title="t").axes[0].texts]
    assert words == ["too few for shares", "no graded audits"]


def test_a_hidden_age_band_takes_the_whole_bar_with_it():
    table = NAMES["ageing"].copy()
    table.loc[(table["service"] == "Permanence") & (table["band_days"] == "0 to 30"), ["count", "suppressed"]] = [np.nan, True]
    chart = charts.ageing_bars(table, title="t")
    assert "Permanence: small numbers: not shown." in chart.long_description


@pytest.mark.parametrize("make", [
    lambda: charts.grade_bars(demo.grade_table(["A"]).iloc[:0], "service", title="t"),
    lambda: charts.share_trend(demo.month_table(3).assign(share=np.nan), title="t"),
    lambda: charts.control_chart(demo.spc_points(3).iloc[:0], title="t"),
    lambda: charts.small_multiples(demo.month_table(3).assign(service="A").iloc[:0], "service", title="t"),
    lambda: charts.heat_map(demo.heat_table().iloc[:0], rows="standard", columns="service", title="t"),
    lambda: charts.agreement_grid(NAMES["agreement"] * 0, title="t"),
    lambda: charts.ageing_bars(NAMES["ageing"].assign(count=0, suppressed=False), title="t"),
    lambda: charts.survival_steps(NAMES["survival"].iloc[:0], title="t"),
    lambda: charts.coverage_bars(NAMES["coverage"].iloc[:0], "activity", title="t"),
    lambda: charts.interval_dots(NAMES["dots"].iloc[:0], "standard", title="t"),
    lambda: charts.funnel_chart(NAMES["teams"].iloc[:0], NAMES["curve"], title="t"),
])
def test_nothing_to_draw_is_said_not_drawn(make):
    assert make().is_empty


def test_control_chart_tells_signals_by_shape_and_word_as_well_as_colour():
    chart = charts.control_chart(NAMES["points"], title="t")
    shapes = {line.get_marker(): line.get_markerfacecolor() for line in chart.axes[0].lines if line.get_marker() != "None"}
    assert shapes == {"o": "#a6a6a6", "D": "#00b0f0", "s": "#e46c0a"}
    assert {"improvement", "concern"} <= {t.get_text() for t in chart.axes[0].texts}


def test_control_chart_reads_what_the_p_chart_measure_returns():
    from qa_analysis.measures import spc

    data = demo.month_table(20).rename(columns={"month": "date"}).assign(series_id="x")[["series_id", "date", "count", "n"]]
    points = spc.p_chart(data, direction="increase", target=0.7)
    chart = charts.control_chart(points, title="t")
    assert "mean" in chart.alt_text and "ordinary range" in chart.alt_text
    assert "target 70%" in [t.get_text() for t in chart.axes[0].texts]
    assert "Trial" not in " ".join(chart.long_description)
    few = charts.control_chart(spc.p_chart(data.iloc[:8], direction="increase"), title="t")
    assert any("trial limits" in s for s in few.long_description)


def test_a_month_without_audits_is_a_gap_not_a_zero():
    chart = charts.share_trend(demo.month_table(6, gap=2), title="t")
    assert np.isnan(chart.axes[0].lines[0].get_ydata()[2])
    assert "1 month has no share." in chart.long_description


def test_agreement_reads_the_long_table_of_the_measure_best_first():
    grades = pd.CategoricalDtype(demo.GRADES, ordered=True)
    long = pd.DataFrame([(a, b, i) for i, (a, b) in enumerate((a, b) for a in demo.GRADES for b in demo.GRADES)],
                        columns=["first", "second", "count"]).astype({"first": grades, "second": grades})
    chart = charts.agreement_grid(long, title="t")
    assert list(chart.data["first"]) == demo.GRADES[::-1]
    assert chart.data.loc[0, "Outstanding"] == 15  # the last of 16 cells counted from the worst
    assert "30 of 120 pairs" in chart.alt_text  # 0 + 5 + 10 + 15 on the diagonal


def test_only_places_outside_the_limits_are_named():
    chart = charts.funnel_chart(NAMES["teams"], NAMES["curve"], title="t")
    words = " ".join(t.get_text() for t in chart.axes[0].texts)
    assert "Team 18" in words and "Team 17" not in words


def test_emoji_and_right_to_left_names_draw_without_a_warning():
    names = [demo.LONG, demo.RIGHT_TO_LEFT, demo.ONE_WORD]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        svg = picture.svg_text(charts.grade_bars(demo.grade_table(names, by="team"), "team", title=demo.LONG))
        assert picture.png_bytes(charts.grade_bars(demo.grade_table(names, by="team"), "team", title="t"), dpi=60)
    assert demo.RIGHT_TO_LEFT in svg


def test_a_dollar_in_a_name_is_no_formula():
    svg = picture.svg_text(charts.coverage_bars(pd.DataFrame({"a": ["$x$ & y_1"], "done": [1], "due": [2]}), "a", title="t"))
    assert "$x$ &amp; y_1" in svg


@pytest.mark.parametrize("name", ["grade_bars", "control_chart", "heat_map"])
def test_the_same_table_gives_the_same_picture(name):
    first, second = (picture.svg_text(DRAWN[name](NAMES)) for _ in range(2))
    assert first == second and "date" not in first.lower()


def test_pictures_stay_small(drawn):
    sizes = {name: len(picture.data_uri(picture.svg_text(chart))) for name, chart in drawn.items()}
    assert max(sizes.values()) < 30_000 and sum(sizes.values()) < 200_000, sizes


def test_the_notebooks_own_settings_neither_reach_nor_outlive_a_chart():
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    with mpl.rc_context({"font.size": 30}):
        large = picture.svg_text(DRAWN["coverage_bars"](NAMES))
    assert large == picture.svg_text(DRAWN["coverage_bars"](NAMES))
    assert dict(mpl.rcParams) == before


@settings(max_examples=60)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.floats(0.01, 0.12))
def test_labels_moved_apart_keep_their_order_and_their_distance(values, gap):
    placed = look.spread(values, gap)
    order = np.argsort(values, kind="stable")
    steps = np.diff(np.array(placed)[order])
    assert (steps >= gap * 0.9).all()


@given(st.text(min_size=1, max_size=200), st.integers(8, 30))
def test_wrapped_labels_have_few_lines_of_bounded_length(label, width):
    lines = look.wrap(label, width).split("\n")
    assert len(lines) <= 4 or not label.strip()
    assert all(len(line) <= width * 1.25 + 1 for line in lines) or not label.strip()


def test_letters_are_at_least_eleven_pixels_where_the_picture_fits_a_phone(drawn):
    phone = 382  # pixels that a picture has on a screen of 390
    for name, chart in drawn.items():
        svg = picture.svg_text(chart)
        width = float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1])
        smallest = min(map(float, re.findall(r"font-size:([\d.]+)px", svg)))
        assert round(smallest * phone / width, 1) >= 11.0, name


def test_a_dot_of_a_funnel_has_the_number_of_its_row_from_left_to_right():
    chart = charts.funnel_chart(NAMES["teams"], NAMES["curve"], title="t")
    assert list(chart.data["n"]) == sorted(NAMES["teams"]["n"])
    assert list(chart.data["dot"]) == [str(i) for i in range(1, 46)]
    for text in [t for t in chart.axes[0].texts if t.get_text().isdigit()]:
        row = chart.data[chart.data["dot"] == text.get_text()].iloc[0]
        assert text.get_position() == (row["n"], row["share"])


def test_a_chart_of_inspections_counts_inspections():
    table = demo.grade_table(["A", "B"])
    words = [t.get_text() for t in written(charts.grade_bars(table, "service", title="t", unit="inspections"))]
    assert any("inspections" in w for w in words) and not any("audits" in w for w in words)
    funnel = charts.funnel_chart(NAMES["teams"], NAMES["curve"], title="t", unit="inspections")
    assert "Number of inspections" in funnel.axes[0].get_xlabel() and "inspections" in funnel.alt_text


def test_the_parts_of_a_tall_picture_hold_every_word_once():
    names = [f"Team {i} of many" for i in range(40)]
    svg = picture.svg_text(charts.grade_bars(demo.grade_table(names, by="team"), "team", title="t"))
    parts = cutting.pieces(svg)
    assert len(parts) > 1 and all(cutting.shape_of(p) <= cutting.KEPT_WHOLE for p in parts)
    for name in names:
        assert sum(f">{name}<" in p for p in parts) == 1
    assert sum(map(len, parts)) < 1.4 * len(svg)  # each part has the styles and the hatching


@given(st.lists(st.tuples(st.floats(0, 400), st.floats(0, 300)), min_size=2, max_size=60))
def test_a_shortened_path_ends_where_the_path_ends(points):
    path = "M " + " L ".join(f"{x:.6f} {y:.6f}" for x, y in points)
    x = y = 0.0
    for letter, numbers in re.findall(r"([Mlhv])([^Mlhv]*)", picture._short_path(path)):
        values = [float(v) for v in re.findall(r"-?[\d.]+(?:e-\d+)?", numbers)]
        if letter in "hv":
            values = [v for step in values for v in ((step, 0.0) if letter == "h" else (0.0, step))]
        for dx, dy in zip(values[::2], values[1::2], strict=True):
            x, y = (dx, dy) if letter == "M" else (x + dx, y + dy)
    assert abs(x - points[-1][0]) <= 0.051 and abs(y - points[-1][1]) <= 0.051


def test_a_frame_is_written_in_steps_along_its_sides():
    frame = "M 66.94 150.3 L 104.2 150.3 L 104.2 193.8 L 66.9 193.8 L 66.9 150.3 L 66.9 150.3 z"
    assert picture._short_path(frame) == "M66.9,150.3h37.3v43.5h-37.3v-43.5z"
    assert cutting._heights("M66.9,150.3h37.3,2v43.5,1h-37.3v-43.5l2,3-4,5z") == [150.3, 193.8, 194.8, 151.3, 154.3, 159.3]
    assert picture._short_path("M 5 5 L 5 5") == "M5,5l0,0"  # a dot of a line with round ends


def test_a_tall_chart_is_shown_in_parts_of_which_the_first_says_what_it_shows():
    from qa_analysis.show import chart_bundle

    chart = charts.coverage_bars(pd.DataFrame({"a": [f"Team {i}" for i in range(40)], "done": 1, "due": 2}), "a", title="t")
    alts = re.findall(r'<img alt="([^"]*)"', chart_bundle(chart)["text/html"])
    assert len(alts) > 1 and alts[0] == chart.alt_text and set(alts[1:]) == {"The picture above, continued."}


@pytest.mark.parametrize("n_indicators", [1, 2, 5])
def test_a_legend_of_two_lines_keeps_clear_of_the_titles_of_the_panels(n_indicators):
    rows = [{"label": f"Supervision held as often as policy says {i}", "year": year, "period": str(year), "value": 80 + i,
             "neighbours_mean": 81, "england_value": 79} for i in range(n_indicators) for year in (2017, 2018, 2019)]
    names = {"value": "Harrowmere (an invented authority)", "neighbours_mean": "Neighbours (mean)", "england_value": "England"}
    chart = charts.year_lines(pd.DataFrame(rows), title="t", names=names)
    FigureCanvasAgg(chart).draw()
    legend = chart.legends[0].get_window_extent()
    titles = [ax.title.get_window_extent() for ax in chart.axes if ax.get_visible()]
    assert len(titles) == n_indicators and all(t.y1 <= legend.y0 for t in titles)
    assert chart.alt_text.startswith(f"{n_indicators} small line chart{'s' * (n_indicators > 1)},")
