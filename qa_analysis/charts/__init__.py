"""The family of charts: tidy tables in, a drawn chart with its words and figures out. A chart computes nothing."""

from qa_analysis.charts.grades import agreement_grid, grade_bars, heat_map
from qa_analysis.charts.look import Chart, house_style
from qa_analysis.charts.months import control_chart, share_trend, small_multiples

__all__ = [
    "Chart",
    "agreement_grid",
    "control_chart",
    "grade_bars",
    "heat_map",
    "house_style",
    "share_trend",
    "small_multiples",
]
