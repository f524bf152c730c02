"""Sentences from figures: what a table says, in words that follow its tests and nothing else.

"Rose", "lenient", "above the limit" are said only where the verdict column says so; with a verdict of "no clear change"
the sentence says that; below the smallest group it says how little is known. A figure that was suppressed is described
as too small to show, in the same words whatever it was. Every function takes plain numbers, one row of a measure's table or
a few rows, and returns text; none computes a figure. `row` is a mapping, `rows` a list of them, `when` and `span` name a
period ("September 2019", "the 12 months to September 2019"), `noun` is what is counted ("audit"), `smallest_count` the
smallest number that the audience may read.

`pieces` are numbers, counts and lists; the other files have the sentences of one subject each. All are used as
`from qa_analysis import narrative as words`.
"""

from qa_analysis.narrative.actions import (
    children_at_risk,
    closed_without_impact,
    half_closed,
    inadequate,
    last_two_grades,
    open_actions,
    reaudited,
    slower_services,
    urgent_concerns,
)
from qa_analysis.narrative.activity import (
    audited,
    behind_schedule,
    evidence_of_outcome,
    main_activity,
    silent_teams,
    with_partners,
)
from qa_analysis.narrative.confidence import confidence_in, rows_read, source_line, weak_teams
from qa_analysis.narrative.feedback import complaints_handled, fewest_said, received, views_sought
from qa_analysis.narrative.grades import ambition, control_chart, each_grade, funnel
from qa_analysis.narrative.indicators import (
    ambitions_contradict,
    exceptions_found,
    figure,
    reason_of_exception,
    stands_beside,
    target_changed,
    without_counts,
)
from qa_analysis.narrative.moderation import (
    agreement,
    auditors_moved,
    changed_by_moderation,
    direction_of_moderation,
    moderated,
    too_few_moderated,
)
from qa_analysis.narrative.pieces import (
    count,
    counted,
    interval,
    is_missing,
    listed,
    number,
    part,
    percent,
    points,
    sentence,
    verb,
    with_interval,
)
from qa_analysis.narrative.shares import (
    FELL,
    NO_CLEAR_CHANGE,
    ROSE,
    TOO_FEW,
    change,
    change_since,
    changes_over,
    share_now,
    which,
)
from qa_analysis.narrative.standards import against_overall, moved_over_year, weakest_standard
from qa_analysis.narrative.themes import moved_themes, new_wording, raised_most, theme_line, unmoved_themes

__all__ = [
    "FELL",
    "NO_CLEAR_CHANGE",
    "ROSE",
    "TOO_FEW",
    "against_overall",
    "agreement",
    "ambition",
    "ambitions_contradict",
    "audited",
    "auditors_moved",
    "behind_schedule",
    "change",
    "change_since",
    "changed_by_moderation",
    "changes_over",
    "children_at_risk",
    "closed_without_impact",
    "complaints_handled",
    "confidence_in",
    "control_chart",
    "count",
    "counted",
    "direction_of_moderation",
    "each_grade",
    "evidence_of_outcome",
    "exceptions_found",
    "fewest_said",
    "figure",
    "funnel",
    "half_closed",
    "inadequate",
    "interval",
    "is_missing",
    "last_two_grades",
    "listed",
    "main_activity",
    "moderated",
    "moved_over_year",
    "moved_themes",
    "new_wording",
    "number",
    "open_actions",
    "part",
    "percent",
    "points",
    "raised_most",
    "reason_of_exception",
    "reaudited",
    "received",
    "rows_read",
    "sentence",
    "share_now",
    "silent_teams",
    "slower_services",
    "source_line",
    "stands_beside",
    "target_changed",
    "theme_line",
    "too_few_moderated",
    "unmoved_themes",
    "urgent_concerns",
    "verb",
    "views_sought",
    "weak_teams",
    "weakest_standard",
    "which",
    "with_interval",
    "with_partners",
    "without_counts",
]
