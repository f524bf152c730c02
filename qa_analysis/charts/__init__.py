"""The family of charts: tidy tables in, a drawn chart with its words and figures out. A chart computes nothing."""

from qa_analysis.charts.actions import ageing_bars, survival_steps
from qa_analysis.charts.evidence import evidence_matrix
from qa_analysis.charts.grades import agreement_grid, grade_bars, heat_map
from qa_analysis.charts.look import Chart, house_style
from qa_analysis.charts.months import control_chart, share_trend, small_multiples
from qa_analysis.charts.picture import png_bytes, svg_text
from qa_analysis.charts.places import coverage_bars, funnel_chart, interval_dots
from qa_analysis.charts.samples import compliance_dots
from qa_analysis.charts.years import year_lines

__all__ = [
    "Chart",
    "ageing_bars",
    "agreement_grid",
    "compliance_dots",
    "control_chart",
    "coverage_bars",
    "evidence_matrix",
    "funnel_chart",
    "grade_bars",
    "heat_map",
    "house_style",
    "interval_dots",
    "png_bytes",
    "share_trend",
    "small_multiples",
    "survival_steps",
    "svg_text",
    "year_lines",
]
