"""Blank workbooks for the next round: a dip sample's answers, or the audits and actions of an activity.

What is asked stands in the profile and in the sample's own files, so what comes back is what cleaning reads: every
header is a name that `headers` knows, every drop-down holds the profile's own words.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from rapidfuzz import process

from qa_analysis.errors import UserError
from qa_analysis.formats.form_workbook import Entry, Form, Sheet, write_form
from qa_analysis.loading import Data, load
from qa_analysis.profile import Profile, fold
from qa_analysis.profile_model import Activity
from qa_analysis.schema import TABLES, YES_NO, Table

ANSWERS_FILE = "answers.xlsx"
_SAMPLE_TABLES = ["samples", "sampled_cases", "questions"]
_WHO = (
    "Only those who do this work, and those they answer to in supervision. It names cases: keep it where case records "
    "are kept, don't send it by open e-mail, and delete copies once it has been handed in."
)
_BOOK = (
    "Fill in the white cells, or yellow ones for replacements; grey cells and headers are locked. Select a cell to see "
    "what to enter. The sheet Guidance lists it for every column, the sheet Lists holds the words of the drop-downs."
)
_PLAIN_BOOK = _BOOK.replace(", or yellow ones for replacements;", ";")
_BLANKS = "Leave a cell empty where nobody has looked yet: it counts as not answered, never as no."
_OWN_NUMBER = "Your own number, used once; begin it with your team's initials"
_TOUCH = "Don't change headers, and don't add or delete columns."


def make_form(
    target: str | Path,
    profile: Profile,
    *,
    data: str | Path | None = None,
    out: str | Path | None = None,
    sample: str | Path | None = None,
    rows: int = 50,
    due: dt.date | None = None,
    contact: str = "",
    replace: bool = False,
    today: dt.date | None = None,
) -> Path:
    """The workbook written for a sample's folder or for an activity of the profile; where it stands.

    A sample that was drawn for an activity's audits, not for questions, has that activity's form.
    `data` gives the teams for the drop-down; `sample` prefills an activity's form with one row for each sampled case;
    `due` and `contact` are said on the first sheet. Raises UserError where the target is neither, the folder is no
    sample's, the activity keeps no audits, or the file is there already.
    """
    today = today or dt.date.today()
    folder = Path(target)
    if rows < 1:
        raise UserError(f"--rows {rows}: a form needs one row or more.")
    drawn = read_sample(folder, profile) if folder.is_dir() else read_sample(Path(sample), profile) if sample else None
    if folder.is_dir() and len(drawn.questions):
        return write_form(answers_form(drawn, today, due, contact), out or folder / ANSWERS_FILE, replace)
    activity = find_activity(_activity_of(drawn, folder) if folder.is_dir() else str(target), profile)
    teams = teams_of(data, profile) if data else ()
    cases = drawn.sampled_cases if drawn else None
    form = audit_form(profile, activity, today, rows=rows, cases=cases, teams=teams, due=due, contact=contact)
    return write_form(form, out or (folder if folder.is_dir() else Path()) / f"audits_{activity.id}.xlsx", replace)


def _activity_of(drawn: Data, folder: Path) -> str:
    """The activity that a sample without questions was drawn for: its form is that of the activity's audits."""
    activities = drawn.samples["activity"].dropna()
    if activities.empty or activities.iloc[0] == "dip_sample":
        raise UserError(f"'{folder}': questions.csv has no question for the sample. Draw it again.")
    return str(activities.iloc[0])


def teams_of(folder: str | Path, profile: Profile) -> tuple[str, ...]:
    """The teams that a data folder's establishment names, in order of name."""
    teams = load(folder, profile, store=None, tables=["establishment"]).establishment["team"]
    return tuple(sorted(teams.dropna().unique()))


def find_activity(target: str, profile: Profile) -> Activity:
    """The activity of that id or label. Raises UserError where there is none, or where none of its work is an audit."""
    on_form = [a for a in profile.activities.values() if a.recorded_in == "audits"]
    known = ", ".join(a.id for a in on_form)
    found = profile.lookup("activities").get(fold(target))
    if found is None or found not in profile.activities:
        near = process.extractOne(fold(target), [a.id for a in profile.activities.values()], score_cutoff=60)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise UserError(
            f"'{target}' is no folder, and no activity of the profile {profile.name}.{hint} Name the folder that "
            f"'qa sample' made, or one of: {known}."
        )
    activity = profile.activities[found]
    if activity.kind == "dip_sample":
        raise UserError(
            f"{activity.label}: its form holds the cases drawn. Draw them with 'qa sample' first, then name the folder "
            "that it made."
        )
    if activity.recorded_in != "audits":
        raise UserError(
            f"{activity.label}: is recorded in {activity.recorded_in.replace('nowhere', 'no table')}, so there is no "
            f"audit form for it. Forms exist for: {known}."
        )
    return activity


def read_sample(folder: Path, profile: Profile) -> Data:
    """The draw, its cases and its questions (none where it was drawn for audits), from a folder that `qa sample` made.
    Raises UserError where a file of the three is missing or the folder holds several samples."""
    if not folder.is_dir():
        raise UserError(f"'{folder}': there is no such folder. Name the folder that 'qa sample' made.")
    missing = [t for t in _SAMPLE_TABLES if not (folder / f"{t}.csv").is_file()]
    if missing:
        raise UserError(
            f"'{folder}': has no {' and no '.join(f'{m}.csv' for m in missing)}, so it is no folder of a sample. Name "
            "the folder that 'qa sample' made."
        )
    data = load(folder, profile, store=None, tables=_SAMPLE_TABLES)
    ids = data.sampled_cases["sample_id"].dropna().unique()
    if len(ids) != 1:
        raise UserError(
            f"'{folder}': holds the cases of {len(ids)} samples{': ' * bool(len(ids))}{', '.join(ids)}. A form is for "
            "one: name the folder of one sample."
        )
    return data


# --- answers of a dip sample ----------------------------------------------------------------------------------------


def answers_form(data: Data, today: dt.date, due: dt.date | None = None, contact: str = "") -> Form:
    """The form for a dip sample's answers: a row for each case, a column for each question as it stood at the draw.

    Cases that stand ready as replacements come below the sample, marked.
    """
    sample_id = data.sampled_cases["sample_id"].dropna().iloc[0]
    sample = data.samples[data.samples["sample_id"].eq(sample_id)]
    questions = data.questions[data.questions["sample_id"].eq(sample_id)]
    is_spare = data.sampled_cases["role"].eq("replacement")
    drawn, spare = data.sampled_cases[~is_spare], data.sampled_cases[is_spare]
    frame_dates = sample["frame_date"].dropna()
    frame_date = frame_dates.iloc[0].date() if len(frame_dates) else None
    entries = (
        Entry("Case number", "The case to look at.", 13, prefilled=True, names_row=True),
        Entry("Drawn or replacement", "A replacement is used only where a drawn case is unsuitable.", 15, prefilled=True),
        *(Entry(name, f"{name} of the case.", 18, prefilled=True) for name in ("Service", "Locality", "Team")),
        Entry("Auditor", "Who looked at the case. Change it if somebody else does.", 18, prefilled=True, open=True),
        *(Entry(f"{q.question_id}: {q.question}", _guidance_of(q), 17, YES_NO) for q in questions.itertuples()),
        Entry("Date answered", "The day on which the case was looked at.", 13, is_date=True, earliest=frame_date),
        Entry("Comment", "What the answers rest on, and what else the case shows. No names.", 40),
        Entry(
            "Case unsuitable: why",
            "Only where the case can't be looked at (closed by mistake, another authority's): say why, and leave the "
            "questions empty.",
            30,
        ),
    )
    if len(spare):
        use = "For a replacement that was used: the number of the drawn case that it stands for."
        entries += (Entry("Taken in place of", use, 14, tuple(drawn["case_id"])),)
    entries += (Entry("Sample", "The sample that the case was drawn for.", 17, prefilled=True),)
    n_open = len(entries) - 7
    rows = tuple(
        (case["case_id"], role, *(_or_blank(case[c]) for c in ("service", "locality", "team", "auditor")))
        + ("",) * n_open
        + (sample_id,)
        for cases, role in ((drawn, "drawn"), (spare, "replacement"))
        for case in cases.to_dict("records")
    )
    sheet = Sheet("Answers", entries, rows, len(rows), frozenset(range(len(drawn), len(rows))))
    theme = "".join(f": {t}" for t in sample["theme"].dropna()[:1])
    cover = (
        ("What this is", _what_a_sample_is(sample, len(drawn), len(spare), len(questions), frame_date)),
        (
            "How to fill it in",
            (
                _BOOK if len(spare) else _PLAIN_BOOK,
                "Answer yes, partly, no, not applicable or not known.",
                _BLANKS,
                f"{_TOUCH} Several people may each fill in a copy with their own cases.",
            ),
        ),
        *_ends(
            due,
            contact,
            "Save it under a name that begins with answers, for instance answers_north_team.xlsx. It goes as it is into "
            "the folder of exports, beside the sample's other files.",
        ),
    )
    return Form(f"Dip sample {sample_id}{theme}", cover, (sheet,), today, data.profile.authority)


def _what_a_sample_is(
    sample: pd.DataFrame, n_drawn: int, n_spare: int, n_questions: int, frame_date: dt.date | None
) -> tuple[str, ...]:
    """What the sample is to answer and how many cases wait, in sentences."""
    opened = f" from those open on {_day(frame_date)}" if frame_date else ""
    lines = [f"The sample is to answer: {asks}" for asks in sample["question"].dropna()[:1]]
    lines.append(
        f"{_count(n_drawn, 'case was', 'cases were')} drawn{opened}. The sheet Answers holds one row for each, with "
        f"{_count(n_questions, 'question', 'questions')} to answer."
    )
    if n_spare:
        lines.append(
            f"{_count(n_spare, 'more case stands', 'more cases stand')} ready below them. Use one only where a drawn "
            "case is unsuitable: say why in the drawn case's row, and in the replacement's row which case it stands for."
        )
    return tuple(lines)


def _guidance_of(question) -> str:
    said = [question.guidance if isinstance(question.guidance, str) else question.question]
    if question.act_on_no == "yes":
        said.append("A no means that the case needs action now: tell the team manager the same day.")
    return " ".join(s if s.endswith((".", "?", "!")) else f"{s}." for s in said)


def _count(n: int, one: str, several: str) -> str:
    return f"{n} {one if n == 1 else several}"


def _or_blank(value) -> str:
    return value if isinstance(value, str) else ""


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%B %Y}"


def _ends(due: dt.date | None, contact: str, hand_in: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The end of the first sheet: by when, whom to ask, who may see it."""
    when = f"By {_day(due)}." if due else "By the day that was given with this workbook."
    return (
        ("By when, and where to", (when, hand_in)),
        ("Whom to ask", (contact or "Whoever sent you this workbook.",)),
        ("Who may see it", (_WHO,)),
    )


# --- audits and actions of an activity ------------------------------------------------------------------------------


def audit_form(
    profile: Profile,
    activity: Activity,
    today: dt.date,
    rows: int = 50,
    cases: pd.DataFrame | None = None,
    teams: Sequence[str] = (),
    due: dt.date | None = None,
    contact: str = "",
) -> Form:
    """The form for an activity's audits and the actions from them, by the profile as it stands today.

    An activity that is not graded asks for no grade. With `cases` (of a sample) each has a row, its facts filled in.
    """
    audits = audit_entries(profile, activity, today, teams, prefilled=cases is not None)
    given = _case_rows(cases, activity, list(audits)) if cases is not None else _blank_rows(rows, activity, list(audits))
    n, n_spare = len(given), 0 if cases is None else int(cases["role"].eq("replacement").sum())
    actions = action_entries(profile, activity, today, teams)
    fixed = tuple(activity.label if name == "activity" else "" for name in actions)
    sheets = (
        Sheet("Audits", tuple(audits.values()), given, n, frozenset(range(n - n_spare, n))),
        Sheet("Actions", tuple(actions.values()), (fixed,) * max(2 * n, 1), max(2 * n, 1)),
    )
    judged = "graded" if _is_graded(profile, activity) else "not graded: it asks for no grade"
    cover = (
        (
            "What this is",
            (
                f"{activity.label}: one row for each on the sheet Audits. It is {judged}.",
                "Each action that follows has a row on the sheet Actions, under the number of its audit.",
            ),
        ),
        ("How to fill it in", (_BOOK if n_spare else _PLAIN_BOOK, _BLANKS, _TOUCH)),
        *_ends(
            due,
            contact,
            "Save it under a name of your own, for instance with your team's name. It goes as it is into the folder of "
            "exports; several teams' workbooks may lie there side by side.",
        ),
    )
    return Form(activity.label, cover, sheets, today, profile.authority)


def _is_graded(profile: Profile, activity: Activity) -> bool:
    return activity.graded and bool(profile.grade_scale)


def audit_entries(
    profile: Profile, activity: Activity, today: dt.date, teams: Sequence[str] = (), prefilled: bool = False
) -> dict[str, Entry]:
    """The columns of an activity's audits by the name of ours that each is read as; "planning/grade" and
    "planning/evidence" are those of a standard."""
    table, graded = TABLES["audits"], _is_graded(profile, activity)
    grades = tuple(g.label for g in profile.grades)
    of_case = activity.kind == "audit"
    themes = tuple(t.label for t in profile.themes.values())
    made = {
        "audit_id": Entry(
            "Audit number",
            f"{_OWN_NUMBER}. The sheet Actions refers to it.",
            16,
            unique=True,
            prefilled=prefilled,
            names_row=True,
        ),
        "case_id": Entry("Case number", "One case only, no name.", 13, prefilled=prefilled, names_row=True),
        "audit_date": Entry("Date of audit", "The day of the audit. A row without it can't be counted.", 13, is_date=True),
        **_place_entries("case", profile, teams, prefilled),
        "auditor": Entry("Auditor", "Who judged: first name and surname.", 18, prefilled=prefilled, open=True),
        "worker": Entry("Social worker", "Whose work it is: first name and surname.", 18, prefilled=prefilled, open=True),
        "manager": Entry("Team manager", "The worker's manager.", 18, prefilled=prefilled, open=True),
        "activity": Entry("Activity", "Filled in already.", 22, prefilled=True),
        "audit_type": _choice(table, "audit_type", "Type of audit", 14),
        "selection": _choice(table, "selection", "How was the case chosen?", 15),
    }
    if of_case:
        made |= {
            "age_years": Entry("Age", "The child's age in whole years.", 8, between=(0, 30)),
            "sex": Entry("Gender", "As recorded.", 12),
            "ethnicity": Entry("Ethnic group", "As recorded.", 16),
            "send": Entry("SEND or disability", "Special educational needs or a disability.", 13, YES_NO),
            "plan_type": Entry("Legal status", "Legal status or type of plan.", 18),
        }
    if activity.family_views:
        made |= {
            "child_view_sought": Entry("Was the child's view sought?", "For this audit.", 14, YES_NO),
            "parent_view_sought": Entry("Was the parent's view sought?", "A parent's or carer's, for this audit.", 14, YES_NO),
        }
    if activity.self_rated:
        made["worker_present"] = Entry("Was the worker present?", "The worker took part in the audit.", 14, YES_NO)
    for standard in profile.standards_for(activity.id, today):
        said = standard.definition or standard.label
        if graded:
            made[f"{standard.id}/grade"] = Entry(f"{standard.label} grade", f"{said}.", 18, grades)
        made[f"{standard.id}/evidence"] = Entry(
            f"{standard.label} evidence", f"{said}: what you saw that shows it. No names.", 36
        )
    if graded and profile.has_overall_grade_on(today, activity.standards):
        made["overall_grade"] = Entry("Overall grade", "The one grade that fits the whole.", 18, grades)
    if graded and activity.self_rated:
        made["self_rating"] = Entry("Worker's own rating", "As the worker sees it, before hearing yours.", 18, grades)
    several = "Choose one; for several, write them with a semicolon between. The sheet Lists holds them all."
    made |= {
        "urgent": Entry("Immediate risk?", "Yes means: told to a manager the same day.", 13, YES_NO),
        "strengths": Entry("What is working well?", "One point a line. No names.", 36),
        "improvements": Entry("Areas for improvement", "One point a line. No names.", 36),
        "strength_themes": Entry("Themes: strengths", several, 22, themes, only_options=False),
        "improvement_themes": Entry("Themes for improvement", several, 22, themes, only_options=False),
    }
    if activity.audit_type == "multi-agency" or activity.evidence_from == "partners":
        made["agencies"] = Entry("Partner agencies", "All that took part, with a semicolon between.", 26)
    made["outcome_for_child"] = Entry("Outcome for the child", "What is different for the child. No names.", 36)
    made["reaudit_of"] = Entry("Re-audit of", "The number of the audit that this one repeats.", 14)
    return made


def action_entries(
    profile: Profile, activity: Activity, today: dt.date, teams: Sequence[str] = ()
) -> dict[str, Entry]:
    """The columns of the actions that follow from an activity's audits, by the name of ours."""
    table = TABLES["actions"]
    themes = tuple(t.label for t in profile.themes.values())
    made = {
        "action_id": Entry("Action number", f"{_OWN_NUMBER}.", 14, unique=True, names_row=True),
        "audit_id": Entry("Audit number", "The audit that raised it, as on the sheet Audits.", 16),
        **_place_entries("case", profile, teams),
        "theme": Entry("Theme", "What the action is about.", 22, themes, only_options=False),
        "action": Entry("Action required", "What is to be done, so that anybody can tell when it is done. No names.", 40),
        "owner": Entry("Action owner", "One person: first name and surname.", 18),
        "priority": _choice(table, "priority", "Priority", 11),
        "urgent": Entry("Immediate risk", "Yes means: told to a manager the same day.", 13, YES_NO),
        "activity": Entry("Activity", "Filled in already.", 22, prefilled=True),
        "raised": Entry("Date raised", "A row without it can't be counted.", 13, is_date=True),
        "due": Entry("Due date", "The day by which it is to be done.", 13, is_date=True, may_be_future=True),
        "completed": Entry("Date completed", "Only when it is done.", 13, is_date=True),
        "status": _choice(table, "status", "Status", 12),
        "evidence": Entry("Evidence of completion", "What shows that it was done. No names.", 36),
        "verified_by": Entry("Checked by", "Who saw that it was done: not the owner.", 18),
        "verified": Entry("Date verified", "The day on which that was seen.", 13, is_date=True),
        "impact": Entry("Impact on the child", "What is different for the child. No names.", 36),
    }
    if _is_graded(profile, activity):
        grades = tuple(g.label for g in profile.grades)
        made["reaudit_date"] = Entry("Re-audit date", "Where the case was audited again.", 13, is_date=True)
        made["reaudit_grade"] = Entry("Re-audit grade", "The overall grade of that audit.", 18, grades)
    return made


def _place_entries(what: str, profile: Profile, teams: Sequence[str], prefilled: bool = False) -> dict[str, Entry]:
    """Service, locality and team, by drop-downs of the profile's own words; a new name is taken where its list is
    open."""
    made = {}
    for name, kind in (("service", "services"), ("locality", "localities")):
        labels = tuple(x.label for x in getattr(profile, kind).values())
        made[name] = Entry(
            name.capitalize(), f"{name.capitalize()} of the {what}.", 18, labels, not profile.is_open(kind), prefilled=prefilled
        )
    made["team"] = Entry("Team", f"Team of the {what}.", 24, tuple(teams), only_options=False, prefilled=prefilled)
    return made


def _choice(table: Table, column: str, header: str, width: int) -> Entry:
    ours = table.column(column)
    return Entry(header, f"{ours.meaning[0].upper()}{ours.meaning[1:]}.", width, tuple(ours.choices or ()))


def _blank_rows(n: int, activity: Activity, names: list[str]) -> tuple[tuple[str, ...], ...]:
    """Rows in which only the activity stands, with its type and way of choosing where the profile fixes them."""
    fixed = {"activity": activity.label, "audit_type": activity.audit_type, "selection": activity.selection}
    return (tuple(fixed.get(name) or "" for name in names),) * n


def _case_rows(cases: pd.DataFrame, activity: Activity, names: list[str]) -> tuple[tuple[str, ...], ...]:
    """A row for each case drawn, replacements last; the audit's number is the sample's with a running one, because a
    case number would tell which child an audit was of."""
    is_spare = cases["role"].eq("replacement")
    ordered = pd.concat([cases[~is_spare], cases[is_spare]])
    fixed = {"activity": activity.label, "audit_type": activity.audit_type, "selection": "random"}
    return tuple(
        tuple(
            f"{case['sample_id']}-{number:03}" if name == "audit_id" else fixed.get(name) or _or_blank(case.get(name))
            for name in names
        )
        for number, case in enumerate(ordered.to_dict("records"), start=1)
    )
