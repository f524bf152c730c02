"""What each table must hold: its columns, their kinds, their other names, and what one row is.

This module declares; `read` finds the columns, `clean` makes the values fit, and
`validate` (pandera) proves that they do.
"""

from __future__ import annotations

from dataclasses import dataclass

YES_NO = ("yes", "partly", "no", "not applicable", "not known")


@dataclass(frozen=True)
class Column:
    """One column of a table.

    kind: id | person | text | long_text | date | integer | number | yes_no | choice |
    grade | service | locality | team | activity | standard | theme_list | text_list.
    `choices` maps each allowed value to its other spellings (kind "choice" only).
    `minimum` and `maximum` bound numbers; `unit` is shown in table headers.
    """

    name: str
    kind: str
    meaning: str
    required: bool = False
    aliases: tuple[str, ...] = ()
    choices: dict[str, tuple[str, ...]] | None = None
    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""


@dataclass(frozen=True)
class Table:
    """One table: what one row is, what makes a row unique, its columns and file-name aliases."""

    name: str
    one_row_is: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    file_aliases: tuple[str, ...] = ()
    key_may_be_made: bool = False  # a missing id is made from file and row, and said so
    several_files: bool = False  # one file for each draw, or from each team that answers; they are put together

    def column(self, name: str) -> Column:
        return next(c for c in self.columns if c.name == name)


def _col(name, kind, meaning, *aliases, required=False, **more) -> Column:
    return Column(name, kind, meaning, required=required, aliases=tuple(aliases), **more)


_SELECTION = {
    "random": ("random sample", "randomly selected", "random selection"),
    "purposive": ("targeted", "selected", "proposed by manager", "chosen", "focused"),
    "all": ("all cases", "whole cohort", "every case"),
    "not recorded": ("unknown", "not known"),
}
_AUDIT_TYPE = {
    "regular": ("routine", "case file audit", "standard", "monthly"),
    "thematic": ("themed", "deep dive", "thematic audit"),
    "multi-agency": ("multi agency", "multiagency", "partnership", "joint"),
    "focused": ("focussed", "performance", "focused audit"),
    "external": ("externally commissioned", "peer review", "inspection", "independent"),
}
_PLACE = (
    _col("service", "service", "service of the case", "service area", "division", "department"),
    _col("locality", "locality", "locality of the case", "area", "district", "locality area"),
    _col("team", "team", "team of the case", "team name", "social work team"),
)
_CHILD = (
    _col("age_years", "number", "age in years", "age", "childs age", "age of child",
         minimum=0, maximum=30, unit="years"),
    _col("sex", "text", "sex as recorded", "gender"),
    _col("ethnicity", "text", "ethnicity as recorded", "ethnic group"),
    _col("send", "yes_no", "special educational needs or disability", "disability", "sen",
         "send or disability", "ehcp"),
    _col("plan_type", "text", "legal status or type of plan", "legal status", "plan", "status type"),
)


def _yes(name, meaning, *aliases):
    return _col(name, "yes_no", meaning, *aliases)


TABLES: dict[str, Table] = {
    t.name: t
    for t in (
        Table("establishment", "a team in a month", ("period", "team"), (
            _col("period", "date", "first day of the month", "month", required=True),
            *_PLACE[:2],
            _col("team", "team", "team", "team name", required=True),
            _col("head_of_service", "person", "head of service", "hos"),
            _col("service_lead", "person", "service lead or locality manager", "service manager", "locality manager"),
            _col("team_manager", "person", "team manager(s), several split by ;", "manager"),
            _col("n_team_managers", "integer", "number of team managers", "team managers", minimum=0),
            _col("n_workers", "number", "practitioners (full-time equivalent)", "workers", "fte", minimum=0,
                 unit="FTE"),
        ), ("establishment", "teams", "structure")),
        Table("cases", "an open case in a month: the frame that samples are drawn from", ("period", "case_id"), (
            _col("period", "date", "first day of the month, or frame date", "month", "frame date", required=True),
            _col("case_id", "id", "case number", "case number", "case ref", "child id", "mosaic id", "lcs id",
                 required=True),
            *_PLACE,
            _col("worker", "person", "allocated worker", "social worker", "allocated worker"),
            _col("manager", "person", "worker's manager", "team manager"),
            *_CHILD,
            _col("opened", "date", "date the case opened", "date opened", "start date"),
        ), ("cases", "caseload", "open cases", "frame")),
        Table("audits", "one judgement event of an activity", ("audit_id",), (
            _col("audit_id", "id", "audit number", "audit number", "audit ref", "id"),
            _col("activity", "activity", "activity of the profile (id); file audit where none is given",
                 "audit activity", "qa activity", "form"),
            _col("audit_date", "date", "date of the judgement", "date of audit", "date", "date audited",
                 "completion time", required=True),
            _col("case_id", "id", "case number", "case number", "case ref", "child id", "mosaic id", "lcs id",
                 "case reference"),
            *_PLACE,
            _col("auditor", "person", "who judged", "name of auditor", "audited by", "auditor name"),
            _col("worker", "person", "worker audited", "social worker", "practitioner", "allocated worker"),
            _col("manager", "person", "worker's manager", "team manager", "line manager"),
            _col("audit_type", "choice", "type of audit", "type of audit", "type", choices=_AUDIT_TYPE),
            _col("selection", "choice", "how the case was chosen", "how selected", "how chosen", "selection method",
                 "how was the case chosen", choices=_SELECTION),
            *_CHILD,
            _yes("child_view_sought", "the child's view was sought for the audit", "childs view sought",
                 "child's view sought", "views of child sought", "was the child's view sought"),
            _yes("parent_view_sought", "the parent's or carer's view was sought", "parents view sought",
                 "parent's view sought", "parent/carer view sought", "was the parent's view sought"),
            _yes("worker_present", "the worker took part", "worker present", "was the worker present"),
            _col("overall_grade", "grade", "overall grade as the auditor gave it", "overall grade", "grade",
                 "overall judgement", "overall effectiveness", "audit grade", "overall"),
            _col("self_rating", "grade", "the worker's own rating", "workers own rating", "self rating", "self grade"),
            _yes("urgent", "immediate risk found", "immediate risk", "immediate risk flag", "urgent concern",
                 "safeguarding concern"),
            _col("strengths", "long_text", "what works well", "what is working well", "strengths identified",
                 "what went well", "good practice"),
            _col("improvements", "long_text", "what to do better", "areas for improvement", "areas for development",
                 "what could be better", "what are we worried about"),
            _col("strength_themes", "theme_list", "themes ticked as strengths (ids, split by ;)", "themes strengths",
                 "strength theme"),
            _col("improvement_themes", "theme_list", "themes ticked as needing improvement (ids, split by ;)", "themes",
                 "theme", "themes for improvement"),
            _col("agencies", "text_list", "agencies that took part (split by ;)", "partner agencies", "agency"),
            _col("outcome_for_child", "long_text", "difference made to the child", "outcome for the child", "impact"),
            _col("reaudit_of", "id", "audit that this one repeats", "re-audit of", "previous audit"),
        ), ("audits", "audit", "case audits", "file audits", "case file audits", "audit returns"),
              key_may_be_made=True),
        Table("ratings", "one standard's grade in one audit", ("audit_id", "standard"), (
            _col("audit_id", "id", "audit number", "audit number", "audit ref", required=True),
            _col("standard", "standard", "standard of the profile (id)", "golden thread", "thread", "area",
                 "practice standard",
                 required=True),
            _col("grade", "grade", "grade of the standard", "rating", "judgement"),
            _col("evidence", "long_text", "evidence for the grade", "analysis", "comment", "comments"),
        ), ("ratings", "thread grades", "standard grades")),
        Table("moderations", "a second opinion on an audit or on one of its standards",
              ("audit_id", "standard", "moderation_date"), (
            _col("audit_id", "id", "audit number", "audit number", "audit ref", required=True),
            _col("standard", "standard", "standard moderated (id); blank is the overall grade", "golden thread",
                 "thread"),
            _col("moderator", "person", "who moderated", "moderated by", "moderator name"),
            _col("moderation_date", "date", "date of the moderation", "date moderated", "date"),
            _col("grade_before", "grade", "grade before moderation", "auditor grade", "original grade"),
            _col("grade_after", "grade", "grade after moderation", "moderated grade", "moderator grade", "final grade"),
            _col("blind", "yes_no", "the moderator did not see the first grade", "blind moderation", "moderated blind"),
            _col("reason", "choice", "why this audit was moderated", "why chosen", "reason for moderation", choices={
                "random": ("random sample", "routine"), "every inadequate": ("inadequate", "all inadequate"),
                "targeted": ("requested", "request", "concern"), "not recorded": ("unknown",)}),
            _col("comment", "long_text", "reason for the change", "comments", "rationale"),
        ), ("moderations", "moderation", "moderated audits")),
        Table("actions", "one action from any activity", ("action_id",), (
            _col("action_id", "id", "action number", "action number", "action ref", "id"),
            _col("audit_id", "id", "audit that raised it", "audit number", "audit ref"),
            _col("activity", "activity", "activity that raised it (id)", "source"),
            *_PLACE,
            _col("theme", "theme_list", "theme (id)", "themes"),
            _col("action", "long_text", "what is to be done", "action required", "action description"),
            _col("owner", "person", "who is to do it", "action owner", "responsible", "assigned to"),
            _col("priority", "choice", "priority", choices={"high": ("h", "1"), "medium": ("m", "2", "med"),
                 "low": ("l", "3")}),
            _yes("urgent", "urgent safety concern", "immediate risk", "urgent concern"),
            _col("raised", "date", "date raised", "date raised", "raised on", "start", required=True),
            _col("due", "date", "date due", "due date", "target date", "deadline"),
            _col("revised_due", "date", "date due as revised", "revised due date", "revised date"),
            _col("completed", "date", "date completed", "completed date", "date completed", "closed", "closed date"),
            _col("status", "choice", "status as recorded", choices={
                "open": ("in progress", "ongoing", "not started", "outstanding", "overdue"),
                "closed": ("complete", "completed", "done"), "cancelled": ("no longer needed", "withdrawn")}),
            _col("evidence", "long_text", "evidence that it was done", "evidence of completion"),
            _col("verified_by", "person", "who verified it", "verifier", "checked by"),
            _col("verified", "date", "date verified", "date verified", "verified on"),
            _col("impact", "long_text", "impact on the child", "impact on the child", "difference made"),
            _col("escalated", "date", "date escalated", "date escalated", "escalation", "escalation date"),
            _col("reaudit_date", "date", "date of the re-audit", "re-audit date"),
            _col("reaudit_grade", "grade", "grade at re-audit", "re-audit grade"),
        ), ("actions", "action tracker", "action plan", "closing the loop"), key_may_be_made=True),
        Table("samples", "one draw of a sample", ("sample_id",), (
            _col("sample_id", "id", "sample", "sample", required=True),
            _col("activity", "activity", "activity it was drawn for (id)"),
            _col("theme", "text", "theme of the sample", "sample theme"),
            _col("question", "long_text", "what it was to answer, stated before the draw", "hypothesis"),
            _col("frame_date", "date", "date of the frame", "drawn from"),
            _col("population", "long_text", "the cases that the frame holds, in words", "filter"),
            _col("frame_size", "integer", "cases in the frame after exclusions", minimum=0),
            _col("n_excluded", "integer", "cases left out of the frame", minimum=0),
            _col("n_drawn", "integer", "cases drawn", "sample size", minimum=0),
            _col("method", "choice", "how the cases were drawn", choices={
                "random": ("simple random",), "stratified proportional": ("stratified",),
                "fixed per group": ("fixed",), "all": _SELECTION["all"], "purposive": _SELECTION["purposive"]}),
            _col("strata", "text_list", "columns that the draw was split by", "stratified by"),
            _col("margin", "number", "half the width of the interval that was planned for", minimum=0, maximum=1),
            _col("seed", "integer", "seed of the draw"),
            _col("exclusions", "long_text", "cases left out, and why", "excluded"),
            _col("indicators", "text_list", "indicators that stand beside it (ids, split by ;)", "linked indicators"),
        ), ("samples", "dip samples"), several_files=True),
        Table("sampled_cases", "one case drawn for a sample, or standing ready to replace one", ("sample_id", "case_id"), (
            _col("sample_id", "id", "sample", "sample", required=True),
            _col("case_id", "id", "case number", "case number", "case ref", "child id", required=True),
            *_PLACE,
            _col("worker", "person", "allocated worker", "social worker", "allocated worker"),
            _col("manager", "person", "worker's manager", "team manager"),
            _col("auditor", "person", "who is to look at it", "allocated to"),
            _col("role", "choice", "drawn, or standing ready", "drawn or replacement", choices={
                "sample": ("drawn",), "replacement": ("reserve", "spare")}),
            _col("draw_order", "integer", "place in the draw, in its group", minimum=1),
            _col("unsuitable", "long_text", "why the case proved unsuitable", "why unsuitable",
                 "case unsuitable why"),
            _col("replaces", "id", "case that it was taken in place of", "replacement for",
                 "taken in place of"),
        ), ("sampled_cases", "sampled cases", "sample list"), several_files=True),
        Table("questions", "one question of a sample, as it stood when the sample was drawn", ("sample_id", "question_id"), (
            _col("sample_id", "id", "sample", "sample", required=True),
            _col("question_id", "id", "question number", "question number", "q", required=True),
            _col("question", "long_text", "question in words", required=True),
            _col("guidance", "long_text", "what counts as a yes", "guidance for auditors"),
            _col("passes_at", "number", "share of yes from which practice passes", "pass mark", minimum=0, maximum=1),
            _yes("act_on_no", "a no means that the case needs action now"),
        ), ("questions", "sample questions", "question set"), several_files=True),
        Table("answers", "one question answered for one case in a dip sample",
              ("sample_id", "case_id", "question_id"), (
            _col("sample_id", "id", "sample", "sample", required=True),
            _col("case_id", "id", "case number", "case number", "case ref", "child id", required=True),
            _col("question_id", "id", "question number", "question number", "q", required=True),
            _col("question", "long_text", "question in words"),
            _col("answer", "yes_no", "answer", "response", "compliant"),
            *_PLACE,
            _col("auditor", "person", "who answered", "completed by"),
            _col("answered", "date", "date answered", "date answered", "date"),
            _col("comment", "long_text", "comment", "comments"),
        ), ("answers", "dip sample answers", "dip sample returns"), several_files=True),
        Table("feedback", "one piece of feedback, complaint or compliment", ("feedback_id",), (
            _col("feedback_id", "id", "number", "id", "ref", "complaint number"),
            _col("date", "date", "date received", "received", "date received", "completion time", required=True),
            _col("kind", "choice", "kind", "type", choices={
                "feedback": ("survey", "comment", "view"), "complaint": ("complaints", "statutory complaint"),
                "compliment": ("compliments", "praise", "thank you")}),
            _col("giver", "choice", "who gave it", "from", "given by", "relationship", choices={
                "child": ("young person", "child or young person", "yp", "care leaver"),
                "parent": ("mother", "father", "mum", "dad", "family"), "carer": ("foster carer", "kinship carer"),
                "partner": ("professional", "partner agency", "school"), "other": ()}),
            _col("channel", "text", "how it came", "method"),
            *_PLACE,
            _col("sentiment", "choice", "how the giver rated it", "rating", "overall view", choices={
                "positive": ("good", "happy", "satisfied"), "mixed": ("neutral", "ok"),
                "negative": ("poor", "unhappy", "dissatisfied")}),
            _yes("timely", "help came in time", "was help timely"),
            _yes("listened_to", "felt listened to", "did you feel listened to", "listened to"),
            _yes("respected", "felt respected", "did you feel respected"),
            _yes("knows_next", "knows what happens next", "do you know what happens next", "knew what happens next"),
            _col("comment", "long_text", "comment", "comments", "in your own words"),
            _col("stage", "integer", "complaint stage", "complaint stage", minimum=1, maximum=3),
            _col("responded", "date", "date of the response", "date responded", "response date"),
            _col("upheld", "choice", "outcome of the complaint", "outcome", choices={
                "upheld": ("fully upheld", "yes"), "partly upheld": ("partially upheld", "part upheld"),
                "not upheld": ("no", "not justified"), "withdrawn": (), "ongoing": ("open",)}),
            _col("learning", "long_text", "learning from it", "lessons", "learning identified"),
            _col("improvement", "long_text", "what was changed", "you said we did", "improvement made"),
        ), ("feedback", "complaints and compliments", "service user feedback"), key_may_be_made=True),
        Table("survey", "one answer of the workforce to one question", ("wave", "respondent_id", "question"), (
            _col("wave", "date", "first day of the survey's month", "survey date", "date", required=True),
            _col("respondent_id", "id", "respondent", "respondent", "id"),
            *_PLACE,
            _col("question", "text", "question", "item", required=True),
            _col("score", "integer", "answer, 1 strongly disagree to 5 strongly agree", "answer", "response",
                 minimum=1, maximum=5),
            _col("n_invited", "integer", "people invited to this wave", "invited", minimum=0),
        ), ("survey", "staff survey", "workforce survey")),
        Table("indicators", "one indicator for one area and period",
              ("indicator", "area_code", "area_level", "period"), (
            _col("indicator", "text", "indicator id", "indicator code", "measure_short", "measure", required=True),
            _col("indicator_name", "text", "indicator in words", "indicator name", "measure name"),
            _col("area_code", "id", "area code", "la_code", "code"),
            _col("area", "text", "area", "la_name", "authority", "area name"),
            _col("area_level", "choice", "level of the area", "geography", "geographic_level", choices={
                "authority": ("la", "local authority"), "region": ("regional",), "England": ("national",),
                "service": (), "team": ()}),
            _col("region", "text", "region of the area", "region_name"),
            _col("period", "text", "period as published, or YYYY-MM", "year", "time_period", "month", required=True),
            _col("numerator", "number", "numerator", minimum=0),
            _col("denominator", "number", "denominator", minimum=0),
            _col("value", "number", "value in the indicator's unit", "percentage", "rate"),
            _col("symbol", "text", "published symbol in place of the value", "suppression"),
            _col("unit", "text", "unit"),
            _col("polarity", "choice", "which way is better", choices={
                "high": ("higher is better", "increase"), "low": ("lower is better", "decrease"),
                "neither": ("-", "neutral")}),
        ), ("indicators", "performance", "performance data", "kpis")),
        Table("neighbours", "one statistical neighbour of one area in one model",
              ("model", "area_code", "neighbour_code"), (
            _col("model", "text", "year of the neighbour model", required=True),
            _col("area_code", "id", "area", "la_code", required=True),
            _col("area", "text", "area name", "la_name"),
            _col("rank", "integer", "1 is the closest", minimum=1),
            _col("neighbour_code", "id", "neighbour", required=True),
            _col("neighbour", "text", "neighbour's name", "neighbour_name"),
        ), ("neighbours", "statistical neighbours", "statistical_neighbours")),
        Table("providers", "one inspection of one provider: a school, a setting, a home", ("provider_id", "inspected"), (
            _col("provider_id", "id", "provider's number", "urn", "provider number", required=True),
            _col("provider", "text", "provider's name", "school", "setting", "provider name"),
            _col("provider_kind", "text", "what it is: primary school, children's home", "phase", "provider type",
                 "type of provider"),
            _col("inspected", "date", "date of the inspection", "inspection date", "inspection end date", required=True),
            _col("grade", "grade", "overall grade", "overall effectiveness", "overall judgement"),
            _col("places", "integer", "children who attend or live there", "pupils", "number of places", minimum=0),
        ), ("providers", "schools", "settings", "provider grades")),
        Table("training", "the take-up of one course by one agency or team", ("training_id",), (
            _col("training_id", "id", "number of the booking", "booking ref", "booking number", "training ref"),
            _col("course", "text", "name of the course", "course title", "course name", "training course", "title"),
            _col("date", "date", "date of the course", "date of course", "course date", "date delivered", "start date",
                 required=True),
            _col("theme", "theme_list", "theme of the codebook that it is on (ids, split by ;)", "themes", "course theme",
                 "topic"),
            _col("agency", "text", "agency that the places are for", "agency name", "organisation", "partner agency",
                 "employer"),
            *_PLACE,
            _col("places_offered", "integer", "places offered to the agency", "places", "places available", "capacity",
                 minimum=0),
            _col("places_taken", "integer", "places taken up", "places taken up", "attended", "number attended",
                 "attendance", minimum=0),
            _col("followed_up", "integer", "people asked afterwards, or seen at work", "people followed up",
                 "asked afterwards", "number followed up", minimum=0),
            _col("used_in_work", "integer", "of these, who said or showed that they use it in their work",
                 "use it in their work", "using it at work", "learning transferred", minimum=0),
        ), ("training", "courses", "training take up", "training records"), key_may_be_made=True),
        Table("practice", "one practice element on one case", ("case_id", "element"), (
            _col("case_id", "id", "case number", "case number", "case ref", required=True),
            *_PLACE,
            _col("worker", "person", "allocated worker", "social worker"),
            _col("element", "text", "practice element (id)", "practice element", required=True),
            _col("last_done", "date", "date last done", "date last done", "last completed"),
            _col("quality", "grade", "quality of it", "grade", "rating"),
            _col("scale", "integer", "scaling question, 0 to 10", "scaling", minimum=0, maximum=10),
        ), ("practice", "practice dashboard", "signs of safety")),
        Table("findings", "one finding in words: a strength, an improvement, or evidence",
              ("audit_id", "kind", "standard", "item_no"), (
            _col("audit_id", "id", "audit", "report_id", required=True),
            _col("kind", "choice", "what the text is", "item_type", choices={
                "strength": (), "improvement": ("improvement_item",), "evidence": ("paragraph",),
                "introduction": ("introduction_paragraph",)}),
            _col("standard", "standard", "standard it speaks of (id)", "section"),
            _col("item_no", "integer", "position", minimum=0),
            _col("text", "long_text", "the words", required=True),
        ), ("findings",)),
    )
}


# --- proof that a cleaned table is what it says ---------------------------------------------------------------------

_LISTED = ("grade", "yes_no", "choice", "activity", "standard", "service", "locality", "team")


def kinds_schema(table: Table, grade_labels: list[str] | None = None):
    """The pandera schema of a cleaned table's columns: that each is there and of its kind. Kinds need no rows."""
    import pandera.pandas as pa

    columns = {}
    for c in table.columns:
        allowed = {"yes_no": YES_NO, "choice": tuple(c.choices or ()), "grade": grade_labels}.get(c.kind)
        columns[c.name] = pa.Column(None, pa.Check(_is_of_kind(c.kind, allowed), name=f"is of kind {c.kind}"))
    columns |= {"source_file": pa.Column("str"), "source_row": pa.Column("int64")}
    return pa.DataFrameSchema(columns, name=table.name)


def values_schema(table: Table):
    """The pandera schema of a cleaned table's rows: what every row needs, bounds, and one row for each key."""
    import pandera.pandas as pa

    columns = {c.name: pa.Column(None, _bounds(c), nullable=not c.required) for c in table.columns
               if c.required or c.minimum is not None or c.maximum is not None}
    key = list(table.key)
    unique = pa.Check(lambda frame: _one_row_each(frame, key), name=f"one row for each {', '.join(key)}")
    return pa.DataFrameSchema(columns, checks=unique, name=table.name)


def _one_row_each(frame, key: list[str]) -> bool:
    """True where no two rows share a whole key; a key with a part missing is compared with none."""
    import pandas as pd

    from qa_analysis.coded import key_numbers

    whole = frame[key].notna().all(axis=1).to_numpy()
    numbers = key_numbers(frame, key)[whole]
    return pd.Series(numbers).is_unique


def _bounds(c: Column):
    import pandera.pandas as pa

    checks = []
    if c.minimum is not None:
        checks.append(pa.Check.ge(c.minimum))
    if c.maximum is not None:
        checks.append(pa.Check.le(c.maximum))
    return checks


def _is_of_kind(kind: str, allowed):
    import pandas as pd

    def holds(series) -> bool:
        if kind == "date":
            return pd.api.types.is_datetime64_any_dtype(series)
        if kind in ("number", "integer"):
            return pd.api.types.is_numeric_dtype(series)
        if kind in _LISTED:
            return isinstance(series.dtype, pd.CategoricalDtype) and (
                allowed is None or list(series.cat.categories) == list(allowed))
        return isinstance(series.dtype, pd.StringDtype)

    return holds


def validate(tables, grade_labels: list[str] | None = None) -> None:
    """Raises pandera's SchemaErrors, with all failures of one table together, where cleaning broke its promise."""
    for name, frame in tables.items():
        kinds_schema(TABLES[name], grade_labels).validate(frame.iloc[:0], lazy=True)
        values_schema(TABLES[name]).validate(frame, lazy=True)
