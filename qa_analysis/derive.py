"""What follows from the cleaned tables: the grade that counts, and single findings out of longer texts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_ITEMS = r"(?:\s*[;\n\r•●▪◦‣]+\s*[-–*]?\s*)"


def with_counted_grades(audits: pd.DataFrame, moderations: pd.DataFrame) -> pd.DataFrame:
    """The audits with `grade`, the moderated grade where there is one and else the auditor's, and `is_moderated`.

    Of several moderations of one audit the latest counts. An audit is moderated too where the grade's own cell said so.
    """
    latest = _latest(moderations[moderations["standard"].isna()], ["audit_id"])
    after = audits["audit_id"].map(latest["grade_after"]) if len(latest) else None
    said = audits["is_moderated"].astype(bool) if "is_moderated" in audits else False
    return _counted(audits, audits["overall_grade"], after).assign(
        is_moderated=(after.notna() if after is not None else False) | said
    )


def with_counted_ratings(ratings: pd.DataFrame, moderations: pd.DataFrame) -> pd.DataFrame:
    """The ratings with `grade_given` (the auditor's), `grade` (the moderated one if any), `is_moderated`."""
    latest = _latest(moderations[moderations["standard"].notna()], ["audit_id", "standard"])
    after = None
    if len(latest):
        index = pd.MultiIndex.from_arrays([ratings["audit_id"], ratings["standard"].astype("str")])
        latest.index = latest.index.set_levels(latest.index.levels[1].astype("str"), level=1)
        after = latest["grade_after"].reindex(index).set_axis(ratings.index)
    given = ratings.rename(columns={"grade": "grade_given"})
    out = _counted(given, given["grade_given"], after)
    return out.assign(is_moderated=after.notna() if after is not None else False)


def _latest(moderations: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    graded = moderations[moderations["grade_after"].notna()]
    return (
        graded.sort_values("moderation_date", kind="stable", na_position="first")
        .drop_duplicates(by, keep="last")
        .set_index(by)
    )


def _counted(frame: pd.DataFrame, given: pd.Series, after: pd.Series | None) -> pd.DataFrame:
    if after is None:
        return frame.assign(grade=given)
    scale = given.cat.categories  # a moderated grade of another scale than the table's counts as none was given
    moderated, own = scale.get_indexer(after.astype("object")), given.cat.codes.to_numpy()
    codes = np.where(after.notna().to_numpy(), moderated, own)
    return frame.assign(grade=pd.Series(pd.Categorical.from_codes(codes, dtype=given.dtype), frame.index))


def split_findings(audits: pd.DataFrame, ratings: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """One finding in words per row: audit_id, kind (strength, improvement, evidence), standard, item_no, text.

    A text is split at bullets, new lines and semicolons. Findings that came as a table of their own come first.
    """
    pieces = [own]
    for frame, column, kind in (
        (audits, "strengths", "strength"),
        (audits, "improvements", "improvement"),
        (ratings, "evidence", "evidence"),
    ):
        piece = _items(frame[frame[column].notna()], column)
        if len(piece):
            standard = (
                piece["standard"]
                if "standard" in piece
                else pd.Categorical([None] * len(piece), dtype=own["standard"].dtype)
            )
            pieces.append(
                pd.DataFrame(
                    {
                        "audit_id": piece["audit_id"],
                        "kind": pd.Categorical([kind] * len(piece), dtype=own["kind"].dtype),
                        "standard": pd.Categorical(standard, dtype=own["standard"].dtype),
                        "item_no": piece["item_no"],
                        "text": piece["text"],
                        "source_file": piece["source_file"],
                        "source_row": piece["source_row"],
                    }
                )
            )
    filled = [p for p in pieces if len(p)]
    if not filled:
        return own
    return pd.concat(filled, ignore_index=True).astype({"item_no": "Int64"})


def _items(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """The rows of the frame once for each item of a text column."""
    if frame.empty:
        return frame
    texts = pc.split_pattern_regex(pa.array(frame[column], pa.large_string(), from_pandas=True), _ITEMS)
    parent = pc.list_parent_indices(texts)
    items = pc.utf8_trim(pc.list_flatten(texts), " -–*•\u00a0\t")
    keep = pc.greater(pc.utf8_length(items), 1)
    parent, items = parent.filter(keep).to_numpy(), items.filter(keep)
    carried = [c for c in ("audit_id", "standard", "source_file", "source_row") if c in frame]
    out = frame[carried].iloc[parent].reset_index(drop=True)
    out["text"] = pd.Series(items.to_pandas(), dtype="str")
    out["item_no"] = out.groupby(parent, sort=False).cumcount() + 1
    return out
