"""Quality assurance of practice in children's services: the names that a notebook imports.

    import qa_analysis as qa
    d = qa.load("data/example", profile="manchester")
    qa.grade_counts(d.audits, by="service")

Each name is imported when it is first used, so that a command that needs little starts at once.
"""

from importlib import import_module

_HOMES = {
    "charts": "qa_analysis.charts",
    "narrative": "qa_analysis.narrative",
    "sections": "qa_analysis.sections",
    "UserError": "qa_analysis.errors",
    "load": "qa_analysis.loading",
    "load_profile": "qa_analysis.profile",
    "open_report": "qa_analysis.context",
    "rows_behind": "qa_analysis.tracing",
    "parse_period": "qa_analysis.periods",
    "marked": "qa_analysis.disclosure",
    "suppress_counts": "qa_analysis.disclosure",
    "suppress_shares": "qa_analysis.disclosure",
    "good_or_better": "qa_analysis.measures.grades",
    "grade_change": "qa_analysis.measures.grades",
    "grade_counts": "qa_analysis.measures.grades",
    "grades_by_month": "qa_analysis.measures.grades",
    "theme_counts": "qa_analysis.measures.themes",
    "xmr": "qa_analysis.measures.spc",
    "funnel": "qa_analysis.measures.funnel",
    "agreement_summary": "qa_analysis.measures.agreement",
    "benchmark_table": "qa_analysis.measures.benchmarks",
    "show_chart": "qa_analysis.show",
    "show_columns": "qa_analysis.show",
    "show_heading": "qa_analysis.show",
    "show_headline": "qa_analysis.show",
    "show_sentences": "qa_analysis.show",
    "show_table": "qa_analysis.show",
}
__all__ = sorted(_HOMES)


_MODULES = ("charts", "narrative", "sections")


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"qa_analysis has no '{name}'. It has {', '.join(__all__)}.")
    module = import_module(_HOMES[name])
    value = module if name in _MODULES else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
