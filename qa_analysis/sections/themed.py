"""Themed audits: the question first, then the comparison that answers it, then yes, no or not clear."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from qa_analysis import narrative as words
from qa_analysis.codebook import load_codebook
from qa_analysis.context import Report
from qa_analysis.disclosure import marked
from qa_analysis.errors import UserError
from qa_analysis.measures import grades, themed_audit
from qa_analysis.sections import parts
from qa_analysis.show import show_sentences, show_table

NOUN = ("themed audit", "themed audits")


def themed_audits(r: Report) -> SimpleNamespace:
    """Themed audits of the period: the questions stated before, how many were done, what they raise.

    Counted are the audits of activities whose question comes first; the question is that of the activity's draw in the
    table of samples. Tables: coverage, questions (one row a question with the day it was stated and the audits since),
    good (good or better by how the cases were chosen, never pooled), themes (the same). The comparison that answers a
    question is `answer`.
    """
    activities = parts.in_force(r, lambda a: a.question_first and a.kind == "audit" and a.recorded_in == "audits")
    if not activities:
        return parts.absent()
    audits = parts.audits_of(r, activities)
    now = r.in_period(audits, "audit_date")
    graded = now[now["activity"].astype("str").isin([i for i, a in activities.items() if a.graded])]
    coverage = parts.done_and_due(r, activities)
    good = grades.good_or_better(graded, by=None, basis=None, good_grades=r.profile.good_grades).iloc[:0]
    if graded["grade"].notna().any():
        named = [b for b in grades.BASES if (grades.sample_basis(graded) == b).any()]
        good = pd.concat(
            [grades.good_or_better(graded, basis=b, good_grades=r.profile.good_grades) for b in named], ignore_index=True
        )
    good = r.shares(good, hide=["n_ungraded", "n_other_basis"])
    raised = parts.raised_themes(r, audits, basis=grades.EACH)
    questions = _questions(r, activities, audits)
    return SimpleNamespace(
        exists=True,
        coverage=coverage,
        questions=questions,
        good=good,
        themes=raised,
        sentences=_sentences(r, now, activities, coverage, questions, good, raised),
    )


def _questions(r: Report, activities, audits: pd.DataFrame) -> pd.DataFrame:
    """The questions asked up to the period's end, each with the audits from its day to the next question's."""
    table = r.data.samples
    table = table[table["activity"].astype("str").isin(activities) & table["question"].notna()]
    table = table[table["frame_date"].notna() & (table["frame_date"] <= r.period.end)].sort_values("frame_date")
    ends = table.groupby("activity", observed=True)["frame_date"].shift(-1)
    rows = []
    for row, end in zip(table.to_dict("records"), ends, strict=True):
        day = audits["audit_date"]
        own = audits["activity"].astype("str").eq(row["activity"]) & (day >= row["frame_date"])
        own &= (day < end) if pd.notna(end) else True
        in_period = own & r.period.holds(day)
        if in_period.any() or r.period.holds(pd.Series([row["frame_date"]])).iloc[0]:
            rows.append(
                {"theme": row["theme"], "question": row["question"], "stated": row["frame_date"], "count": int(in_period.sum())}
            )
    table = pd.DataFrame(rows, columns=["theme", "question", "stated", "count"])
    return r.counts(table.astype({"count": "int64"}), lines=())


def _sentences(r: Report, now, activities, coverage, questions, good, raised) -> list[str]:
    out = parts.done_words(r, coverage, activities)
    for row in questions.to_dict("records"):
        n = f"fewer than {r.rule.smallest_count} audits" if row["suppressed"] else words.counted(row["count"], "audit")
        one = row["count"] == 1 and not row["suppressed"]
        question = str(row["question"]).rstrip(". ")
        stop = "" if question.endswith("?") else ","
        out.append(
            f"\u201c{question}\u201d{stop} was asked on {row['stated']:%-d %B %Y}, before {n} of {r.when} "
            f"{'was' if one else 'were'} made"
        )
    if now.empty:
        return [words.sentence(s) for s in out]
    if questions.empty:
        out.append(f"no question was recorded before the themed audits of {r.when}, so they can describe but not test one")
    for row in good.to_dict("records"):
        kept = {"random or all": "on cases chosen at random", "purposive": "on cases picked on purpose"}
        kept = kept.get(row["basis"], "on cases for which it is not recorded how they were chosen")
        of = tuple(f"graded {n} {kept}" for n in NOUN)
        out.append(parts.share_words(row, f"were {parts.GOOD}", of, r.when))
    out += parts.theme_words(r, parts.main_basis(raised), *NOUN)
    return [words.sentence(s) for s in out]


def show_themed_audits(r: Report, s: SimpleNamespace) -> None:
    """The questions, the grades and themes by how cases were chosen."""
    parts.show_done(r, s.coverage, "Themed audits")
    if len(s.questions):
        show_table(
            marked(s.questions),
            "Questions of themed audits, as stated before",
            {
                "theme": "Theme",
                "question": "Question",
                "stated": ("Stated on", "date"),
                "count": ("Audits in the period", "count"),
            },
        )
    if len(s.good):
        show_table(
            marked(s.good),
            f"Themed audits judged {parts.GOOD}, {r.when}",
            {
                "basis": "How cases were chosen",
                "share": (parts.GOOD.capitalize(), "share_of"),
                "share:interval": ("95% interval", "interval"),
            },
            folded=True,
        )
    if len(s.themes):
        parts.show_themes(s.themes, f"Themed audits, {r.when}", "Audits")


# --- one question, answered -------------------------------------------------------------------------------------------


def answer(
    r: Report,
    question: str,
    *,
    theme: str = "",
    good: bool = False,
    since: str = "",
    by: str = "",
    first: str = "",
    second: str = "",
    kind: str = "improvement",
    direction: str = "higher",
    worth: float = themed_audit.WORTH,
    activities: tuple[str, ...] = (),
    dates: pd.Series | None = None,
) -> SimpleNamespace:
    """The answer to one question, by comparing a share between two times (`since`) or two groups (`by`, first, second).

    The share is that of audits that speak of `theme` among their findings of `kind`, or with `good` of those judged
    good or better. `direction` says what is expected of the later time or the first group; `worth` the smallest
    difference that would matter (see `themed_audit.compare_two`). `activities`: those of themed audits where the
    period has any, else the profile's default activity. `dates` (by audit_id) stand in for the audits' own, for instance
    the day of publication. Audits of all the period's cases are used, of one basis alone (random or all where there are
    any). Tables: shares (two rows) and test (one row). Raises UserError where the call can't be understood, with what is
    allowed. Absent where the profile has no audits at all.
    """
    _check(r, question, theme, good, since, by, first, second, kind)
    audits, activities = _units(r, activities)
    if not activities:
        return parts.absent()
    inspections = all(r.profile.activities[a].kind == "inspection" for a in activities)
    noun = ("inspection", "inspections") if inspections else ("audit", "audits")
    if dates is not None:
        audits = audits.assign(audit_date=audits["audit_id"].map(dates))
    audits = r.in_period(audits, "audit_date")
    basis = grades.estimate_basis(audits)
    used = audits[grades.sample_basis(audits) == basis]
    if good:
        hit = grades.is_good(used, r.profile.good_grades).astype("boolean").where(used["grade"].notna())
        what = f"were {parts.GOOD}"
    else:
        hit = themed_audit.speaks_of(used["audit_id"], r.data.findings, theme, kind, load_codebook(r.profile))
        what = f"name {r.profile.label('themes', theme)} among {parts.KINDS[kind]}"
    if since:
        day = f"{pd.Timestamp(since):%-d %B %Y}"
        first, second = f"since {day}", f"before {day}"
        group = themed_audit.then_and_since(used["audit_date"], since, (first, second))
    else:
        group = used[by].astype("str")
    test = themed_audit.compare_two(hit, group, first, second, direction, worth)
    shares, test = _gated(r, test)
    return SimpleNamespace(
        exists=True,
        question=question,
        shares=shares,
        test=test,
        what=what,
        noun=noun,
        answer=test["answer"].iloc[0],
        sentences=_answer_words(r, question, what, noun, shares, test.iloc[0], len(audits) - len(used), bool(since), not good),
    )


def _check(r: Report, question, theme, good, since, by, first, second, kind) -> None:
    """Says what is missing or not known before anything is looked at: a question comes first."""
    if not question.strip():
        raise UserError("a themed audit states its question first: give `question` in words.")
    if bool(theme) == bool(good):
        raise UserError("say which share answers the question: `theme` (of the codebook) or `good=True`, one of the two.")
    if theme and theme not in r.profile.themes:
        raise UserError(f"theme '{theme}' is not in the profile. It has {', '.join(r.profile.themes)}.")
    if kind not in parts.KINDS:
        raise UserError(f"kind '{kind}' is not known. Use {', '.join(parts.KINDS)}.")
    if good and not r.profile.grades:
        raise UserError("the profile has no grades, so no share judged good or better can answer the question.")
    if bool(since) == bool(by):
        raise UserError("say what is compared: `since` (a day) or `by` with `first` and `second`, one of the two.")
    if since and pd.isna(pd.to_datetime(since, errors="coerce")):
        raise UserError(f"since '{since}' is not a day. Write it as 2023-01-31.")
    if by:
        if by not in r.data.audits:
            raise UserError(f"audits have no column '{by}' to compare by.")
        found = sorted(r.data.audits[by].dropna().astype("str").unique())
        if missing := [g for g in (first, second) if g not in found]:
            raise UserError(f"no audit has '{missing[0]}' as {by}. There are {', '.join(found) or 'none'}.")


def _units(r: Report, activities: tuple[str, ...]) -> tuple[pd.DataFrame, list[str]]:
    fits = parts.in_force(r, lambda a: a.recorded_in == "audits")
    if unknown := [a for a in activities if a not in fits]:
        raise UserError(f"activity '{unknown[0]}' is not one that audits record. There are {', '.join(fits) or 'none'}.")
    themed = [i for i, a in fits.items() if a.question_first and a.kind == "audit"]
    chosen = list(activities) or themed
    audits = parts.audits_of(r, chosen)
    if not activities and not r.in_period(audits, "audit_date").shape[0]:
        chosen = [i for i in fits if i == r.profile.default_activity]
        audits = parts.audits_of(r, chosen)
    return audits, chosen


def _gated(r: Report, test: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The two shares below one another, and the test without its figures where either share is withheld."""
    row = test.iloc[0]
    shares = pd.DataFrame(
        [
            {"group": row[name], **{c: row[f"{c}{end}"] for c in ("count", "n", "share")},
             "share_lower": row[f"share{end}_lower"], "share_upper": row[f"share{end}_upper"]}
            for name, end in (("group", ""), ("other", "_other"))
        ]
    )  # fmt: skip
    shares = r.shares(shares)
    hidden = bool(shares["suppressed"].any())
    test = test.assign(suppressed=hidden)
    if hidden:
        figures = [c for c in test if c.startswith(("count", "n", "share", "difference", "p_"))]
        test[figures] = test[figures].astype(float) * float("nan")
        test["answer"] = "not shown"
    return shares, test


def _answer_words(r: Report, question, what, noun, shares, test, left_out: int, in_time: bool, themed: bool) -> list[str]:
    asked = question.strip().rstrip(".")
    if test["suppressed"]:
        plain = "Not shown: the numbers are small"
    else:
        plain = {"yes": "Yes", "no": "No", "not clear": "Not clear", "too few": f"Too few {noun[1]} to tell"}[test["answer"]]
    out = [f"\u201c{asked}\u201d {plain}"]
    for row in shares.to_dict("records"):
        if not row["suppressed"]:
            place = row["group"] if in_time else f"in {row['group']}"
            out.append(parts.share_words(row, what, noun, place).replace(f" in {place}", f" {place}"))
    if not words.is_missing(test["difference"]) and test["answer"] != "too few":
        points = words.number(abs(test["difference"]) * 100)
        side = "higher" if test["difference"] > 0 else "lower"
        low, high = (words.number(test[f"difference_{e}"] * 100) for e in ("lower", "upper"))
        size = "equal to the second to the nearest point" if points == "0" else f"{points} percentage points {side}"
        out.append(f"the first share is {size} (95% interval {low} to {high}, p {_p(test['p_value'])})")
        if test["answer"] == "no" and test["difference_lower"] <= 0 <= test["difference_upper"]:
            most = words.number(test["worth"] * 100)
            out.append(f"the interval leaves no room for a difference of {most} points or more in the direction asked about")
        elif test["answer"] == "not clear":
            out.append("the interval holds both no difference and one that would matter, so neither yes nor no is shown")
    if themed:
        out.append("themes are suggested by the words of the codebook, not read by people")
    if left_out:
        out.append(
            f"{parts.how_many(r, left_out, *noun)} chosen in another way {parts.verb(r, left_out, 'is', 'are')} left out"
        )
    return [words.sentence(s) if not s.startswith("\u201c") else f"{s.rstrip('.')}." for s in out]


def _p(p: float) -> str:
    return "below 0.001" if p < 0.001 else words.number(p, 3) if p < 0.01 else words.number(p, 2)


def show_answer(r: Report, s: SimpleNamespace) -> None:
    """The two shares that answer the question, with their intervals."""
    show_table(
        marked(s.shares),
        f"{s.noun[1].capitalize()} that {s.what}",
        {
            "group": "Compared",
            "share": ("Share", "share_of"),
            "share:interval": ("95% interval", "interval"),
        },
    )
    if s.test["suppressed"].iloc[0]:
        show_sentences("The comparison rests on numbers too small to show.")
