"""Quality assurance of practice in children's services: the names that a notebook imports.

    import qa_analysis as qa
    d = qa.load("data/example", profile="manchester")
    qa.grade_counts(d.audits, by="service")
"""

from qa_analysis import charts, narrative, sections
from qa_analysis.context import open_report
from qa_analysis.disclosure import marked, suppress_counts, suppress_shares
from qa_analysis.errors import UserError
from qa_analysis.load import load
from qa_analysis.measures.grades import good_or_better, grade_change, grade_counts, grades_by_month
from qa_analysis.periods import parse_period
from qa_analysis.profile import load_profile
from qa_analysis.show import show_chart, show_columns, show_headline, show_heading, show_sentences, show_table

__all__ = [
    "UserError", "charts", "good_or_better", "grade_change", "grade_counts", "grades_by_month", "load",
    "load_profile", "marked", "narrative", "open_report", "parse_period", "sections", "show_chart", "show_columns",
    "show_heading", "show_headline", "show_sentences", "show_table", "suppress_counts", "suppress_shares",
]
