"""Numbers of a course that can't be true together: each is listed, and every row is kept as it was written.

What such a row is worth is the measure's to say: it leaves the numbers out of its shares, and says how many.
"""

from __future__ import annotations

import pandas as pd

from qa_analysis.clean_rows import flag
from qa_analysis.issues import IssueLog

# the part, the whole that it is of, and the rule that a larger part breaks
PARTS = (
    ("places_taken", "places_offered", "more places taken than offered"),
    ("followed_up", "places_taken", "more people followed up than took part"),
    ("used_in_work", "followed_up", "more people use it than were followed up"),
)
_REMEDY = "Correct the number that is wrong: until then the row counts in no share that rests on it."


def check_training(training: pd.DataFrame, log: IssueLog) -> None:
    """Lists the rows in which a part is larger than its whole, and people who use it where nobody was followed up."""
    if training.empty:
        return
    for part, whole, rule in PARTS:
        hit = training[part] > training[whole]
        flag(log, "training", training, hit, part, rule, _REMEDY)
    nobody = training["used_in_work"].notna() & training["followed_up"].isna()
    flag(log, "training", training, nobody, "used_in_work", "use recorded, but not of how many", _REMEDY)
