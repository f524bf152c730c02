"""Voices beside the audits: complaints and compliments, the workforce, partners, and concerns taken further.

What children and families say otherwise is in `feedback`.
"""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from qa_analysis import narrative as words
from qa_analysis.context import Report
from qa_analysis.disclosure import marked, small_total, suppress_shares
from qa_analysis.measures import escalation, feedback, grades, partnership, survey
from qa_analysis.measures.actions import status_date
from qa_analysis.sections import parts
from qa_analysis.show import show_table

STAFF_SMALLEST = 6  # answers of fewer staff are never told apart, whoever reads: a manager would know who said it
STATES = ("in time", "in extended time", "late", "open", "open and late", "withdrawn", "no timescale")
MEASURES = {
    "answered in time": ("were answered in time", ("complaint due an answer", "complaints due an answer")),
    "upheld or partly": ("were upheld or partly upheld", ("complaint decided", "complaints decided")),
    "learning recorded": ("had learning recorded", ("complaint upheld or partly upheld", "complaints upheld or partly upheld")),
    "improvement recorded": ("show an improvement", ("complaint upheld or partly upheld", "complaints upheld or partly upheld")),
}


def complaints(r: Report) -> SimpleNamespace:
    """Complaints and compliments received: by stage and state, in time, upheld, with learning, with an improvement shown.

    Time runs in working days without bank holidays against the profile's timescale of the stage, as of the day received.
    Tables: states and outcomes (complaints of the period by stage), shares (of the period and of twelve months), done (you
    said, we did; only where free text may be shown), listed (each complaint; supervision only).
    """
    has = parts.in_force(r, lambda a: a.kind == "feedback" and a.recorded_in == "feedback")
    if not has:
        return parts.absent()
    table = r.data.feedback
    listed = feedback.complaints(table, r.period, r.profile)
    year = listed if r.year == r.period else feedback.complaints(table, r.year, r.profile)
    now = listed[listed["is_in_period"]]
    shares = pd.concat(
        [feedback.complaint_shares(t).assign(span=name) for name, t in {r.when: listed, r.year.name: year}.items()],
        ignore_index=True,
    )
    shares = r.shares(shares)
    praise = r.in_period(table[table["kind"].eq("compliment")], "date")
    did = feedback.you_said_we_did(table[table["kind"].ne("feedback")], r.period)
    return SimpleNamespace(
        exists=True,
        states=_by_stage(r, now, "state", STATES),
        outcomes=_by_stage(r, now, "upheld", (*feedback.DECIDED, "ongoing", "not recorded")),
        shares=shares,
        done=did if r.rule.show_free_text else did.iloc[:0],
        listed=listed if r.rule.show_cases else listed.iloc[:0],
        n=len(now),
        sentences=_complaint_words(r, listed, now, shares, len(praise)),
    )


def _by_stage(r: Report, now: pd.DataFrame, column: str, order: tuple[str, ...]) -> pd.DataFrame:
    """How many complaints of each stage are in each state, with the stage's number as base."""
    if now.empty:
        return pd.DataFrame(columns=["stage", column, "count", "n", "suppressed"])
    stage = now["stage"].astype("Int64").astype("str").where(now["stage"].notna(), "not recorded")
    there = [x for x in order if now[column].eq(x).any()]
    table = pd.crosstab(stage, now[column]).reindex(columns=there, fill_value=0)
    table = table.rename_axis("stage").reset_index().melt("stage", var_name=column, value_name="count")
    table["n"] = table.groupby("stage")["count"].transform("sum")
    place = table[column].map({x: i for i, x in enumerate(there)})
    table = table.assign(_place=place).sort_values(["stage", "_place"], kind="stable").drop(columns="_place")
    return r.counts(table, lines=[["stage"], [column]], n="n")


def _complaint_words(r: Report, listed: pd.DataFrame, now: pd.DataFrame, shares: pd.DataFrame, n_praise: int) -> list[str]:
    if not r.whole.feedback["kind"].isin(["complaint", "compliment"]).any():
        return ["The data hold no complaints and no compliments."]
    both = (parts.how_many(r, len(now), "complaint"), parts.how_many(r, n_praise, "compliment"))
    one = len(now) + n_praise == 1
    out = [f"{both[0]} and {both[1]} {parts.verb(r, 1 if one else 2)} received in {r.when}"]
    for measure, (what, of) in MEASURES.items():
        rows = shares[shares["measure"] == measure].to_dict("records")
        told = next((x for x in rows if not x["suppressed"] and not words.is_missing(x["share"])), None)
        if told:
            out.append(parts.share_words(told, what, of, told["span"]))
        elif rows and rows[0]["suppressed"]:
            out.append(parts.share_words(rows[0], what, of, rows[0]["span"]))
    late = int(now["state"].isin(["late", "open and late"]).sum())
    if len(now) and not small_total(len(now), r.rule.smallest_count):
        many = f"{parts.how_many(r, late, 'complaint')} {parts.verb(r, late, 'is', 'are')}" if late else "none is"
        out.append(f"of the complaints of {r.when}, {many} late beyond the longest time allowed")
    untimed = int(now["state"].eq("no timescale").sum())
    if untimed:
        out.append(f"for {parts.how_many(r, untimed, 'complaint')} the framework has no timescale or a date is missing")
    older = int((listed["is_open"] & ~listed["is_in_period"]).sum())
    if older:
        out.append(
            f"{parts.how_many(r, older, 'complaint')} from before {r.when} {parts.verb(r, older, 'is', 'are')} still unanswered"
        )
    return [words.sentence(s) for s in out]


def show_complaints(r: Report, s: SimpleNamespace) -> None:
    """By stage and state, the shares, what was changed; each complaint for supervision."""
    if not s.n and s.shares["n"].eq(0).all():
        return
    for table, column, header in ((s.states, "state", "State"), (s.outcomes, "upheld", "Outcome")):
        if len(table):
            show_table(
                marked(table),
                f"Complaints received in {r.when} by stage and {header.lower()}",
                {"stage": "Stage", column: header, "count": ("Complaints", "count"), "n": ("Of the stage", "count")},
                folded=column == "upheld",
            )
    table = s.shares[s.shares["n"].isna() | s.shares["n"].gt(0)]
    show_table(
        marked(table),
        "How complaints were answered and what they led to",
        {
            "measure": "Measure",
            "span": "Period",
            "share": ("Share", "share_of"),
            "share:interval": ("95% interval", "interval"),
        },
        folded=True,
        notes=["In time: within the working days of the stage, not extended; of those answered or already late."],
    )
    if len(s.done):
        columns = {"kind": "Kind", "comment": "You said", "learning": "What was learnt", "improvement": "We did"}
        show_table(s.done, f"What complaints and compliments of {r.when} changed", columns, folded=True)
    if len(s.listed):
        show_table(
            s.listed,
            f"Complaints of {r.when} and older ones still open: unanswered first",
            {
                "feedback_id": "Complaint",
                "stage": ("Stage", "count"),
                "service": "Service",
                "date": ("Received", "date"),
                "limit_days": ("Working days allowed", "count"),
                "days_taken": ("Working days so far", "count"),
                "state": "State",
                "upheld": "Outcome",
            },
            folded=True,
        )


# --- the workforce ----------------------------------------------------------------------------------------------------


def workforce(r: Report) -> SimpleNamespace:
    """The survey of the workforce: response rate of each wave, who agrees with what, change since the last wave.

    Tables: rates (waves of the twelve months; of the whole authority only, as each wave invites everybody), questions (the
    last wave of the period against the one before it, corrected for the number of questions), places (questions by service,
    or by team in a service's edition). Answers of fewer than `STAFF_SMALLEST` staff are withheld from every audience.
    """
    if not parts.in_force(r, lambda a: a.kind == "workforce" and a.recorded_in == "survey"):
        return parts.absent()
    table = r.data.survey
    wave, before = survey.last_two_waves(table, r.period)
    rates = _staff_gate(r, survey.response_rate(table, r.year)) if not r.place else pd.DataFrame()
    place = "team" if "service" in r.place else "service"
    questions, places = pd.DataFrame(), pd.DataFrame()
    if wave is not None:
        questions = _staff_changes(r, survey.agreement_change(table, wave, before))
        named = table[table[place].notna()]
        places = _staff_gate(r, survey.agreeing(named, wave, by=place), lines=[["question"]])
        places["n"] = places["n"].astype(float).mask(places["suppressed"])  # with the whole it would give a small one away
    return SimpleNamespace(
        exists=True,
        rates=rates,
        questions=questions,
        places=places,
        place=place,
        wave=wave,
        before=before,
        sentences=_workforce_words(r, table, wave, before, rates, questions, places, place),
    )


def _staff_gate(r: Report, table: pd.DataFrame, lines=()) -> pd.DataFrame:
    """Shares of staff, with the smallest number that is never gone below."""
    return suppress_shares(table, max(r.rule.smallest_count, STAFF_SMALLEST), lines=lines)


def _staff_changes(r: Report, table: pd.DataFrame) -> pd.DataFrame:
    least = max(r.rule.smallest_count, STAFF_SMALLEST)
    strict = r.rule.model_copy(update={"smallest_count": least})
    return Report(r.data, r.whole, r.profile, r.period, r.audience, strict, r.place).changes(table)


def _month(day: pd.Timestamp) -> str:
    return f"{day:%B %Y}"


def _workforce_words(r: Report, table, wave, before, rates, questions, places, place) -> list[str]:
    if wave is None:
        earlier = table.loc[table["wave"] <= r.period.end, "wave"]
        last = f"the last one was in {_month(earlier.max())}" if len(earlier) else "the data hold no earlier one"
        return [words.sentence(f"no survey of the workforce falls in {r.when}; {last}")]
    out = []
    now = rates[rates["wave"].eq(wave)].to_dict("records") if len(rates) else []
    for row in now:
        if words.is_missing(row["n"]) and not row["suppressed"]:
            out.append(f"how many were invited in {_month(wave)} is not recorded, so the response rate is not known")
        else:
            out.append(parts.share_words(row, "answered", ("person invited", "people invited"), _month(wave)))
    shown = questions[questions["share"].notna()]
    if len(shown) > 1:
        low, high = (shown.loc[shown["share"].eq(shown["share"].agg(f))].iloc[0] for f in ("min", "max"))
        if low["share"] < high["share"]:
            out.append(
                "; ".join(
                    f"the {word} agree with \u201c{row['question']}\u201d ({words.percent(row['share'])} of "
                    f"{words.number(row['n'])}, 95% interval {words.interval(row['share_lower'], row['share_upper'])})"
                    for word, row in (("fewest", low), ("most", high))
                )
            )
    elif shown.empty:
        out.append(f"too few answered in {_month(wave)} to give the share who agree with any question")
    if before is None:
        out.append("there is no earlier wave to compare with")
    elif len(shown):
        moved = [x for x in questions.to_dict("records") if x["verdict"] in (words.ROSE, words.FELL)]
        for verdict, word in ((words.FELL, "fewer"), (words.ROSE, "more")):
            named = [
                f"\u201c{x['question']}\u201d ({words.percent(x['share'])} of {words.number(x['n'])}, was "
                f"{words.percent(x['share_before'])} of {words.number(x['n_before'])})"
                for x in moved
                if x["verdict"] == verdict
            ]
            if named:
                out.append(f"{word} agree than in {_month(before)} with {words.listed(named)}")
        compared = questions["verdict"].ne(words.TOO_FEW)
        if not moved and compared.any():
            out.append(f"no question has a clear change since {_month(before)}")
        elif not compared.any():
            out.append(f"too few answered to compare with {_month(before)}")
    if len(places) and places["share"].isna().all():
        out.append(f"too few answered in {_month(wave)} to show any {place} by itself")
    return [words.sentence(s) for s in out]


def show_workforce(r: Report, s: SimpleNamespace) -> None:
    """Who agrees with each question and the change since the last wave; response rates and places folded."""
    if s.wave is None:
        return
    since = {"share_before": (f"In {_month(s.before)}", "percent"), "verdict": "Change"} if s.before is not None else {}
    show_table(
        marked(s.questions),
        f"Staff who agree with each statement, {_month(s.wave)}",
        {
            "question": "Statement",
            "share": ("Agree", "share_of"),
            "share:interval": ("95% interval", "interval"),
            "n": ("Answered", "count"),
            **since,
        },
        notes=["Agree: 4 or 5 on a scale of 5. A change is called only where it holds over all questions together."],
    )
    if len(s.rates):
        show_table(
            marked(s.rates),
            f"Response rate of each wave, {r.year.label}",
            {"wave": ("Wave", "month"), "share": ("Answered", "share_of"), "share:interval": ("95% interval", "interval")},
            folded=True,
        )
    if len(s.places) and s.places["share"].notna().any():
        show_table(
            marked(s.places),
            f"Staff who agree, by {s.place}, {_month(s.wave)}",
            {
                "question": "Statement",
                s.place: s.place.capitalize(),
                "share": ("Agree", "share_of"),
                "share:interval": ("95% interval", "interval"),
            },
            folded=True,
            notes=[f"Answers of fewer than {STAFF_SMALLEST} staff are withheld from every reader."],
        )


# --- partners ---------------------------------------------------------------------------------------------------------


def partners(r: Report) -> SimpleNamespace:
    """Audits with partners: done against due, who took part, how good practice was, themes over twelve months.

    Counted are activities of the type "multi-agency". Tables: coverage, agencies (twelve months), good (share good or
    better, period and twelve months, by how cases were chosen), themes (twelve months: a quarter holds few).
    """
    activities = parts.in_force(r, lambda a: a.audit_type == "multi-agency" and a.recorded_in == "audits")
    if not activities:
        return parts.absent()
    audits = parts.audits_of(r, activities)
    coverage = parts.done_and_due(r, activities)
    agencies = r.shares(partnership.agencies_taking_part(audits, r.year, by=None))
    graded = audits[audits["activity"].astype("str").isin([i for i, a in activities.items() if a.graded])]
    spans = {r.when: r.period, r.year.name: r.year}
    basis = grades.estimate_basis(graded)
    good = pd.concat(
        [
            grades.good_or_better(
                r.in_period(graded, "audit_date", p), basis=basis, good_grades=r.profile.good_grades
            ).assign(span=name)
            for name, p in spans.items()
        ],
        ignore_index=True,
    )
    good = r.shares(good, hide=["n_ungraded", "n_other_basis"])
    raised = parts.raised_themes(r, audits, basis=grades.EACH, period=r.year)
    return SimpleNamespace(
        exists=True,
        coverage=coverage,
        agencies=agencies,
        good=good,
        themes=raised,
        sentences=_partner_words(r, audits, activities, coverage, agencies, good, raised),
    )


def _partner_words(r: Report, audits, activities, coverage, agencies, good, raised) -> list[str]:
    out = parts.done_words(r, coverage, activities)
    if r.in_period(audits, "audit_date", r.year).empty:
        return out
    shown = agencies[agencies["share"].notna()].sort_values("share", ascending=False, kind="stable")
    if len(shown):
        row = shown.iloc[0]
        out.append(
            f"of the agencies{' that are shown' if agencies['suppressed'].any() else ''}, {row['agency']} took part most often: "
            f"in {words.percent(row['share'])} of {words.counted(row['n'], 'audit')} with partners over {r.year.name} "
            f"(95% interval {words.interval(row['share_lower'], row['share_upper'])})"
        )
    row = good.iloc[-1]
    if row["n"] != 0:
        of = ("graded audit with partners", "graded audits with partners")
        out.append(parts.share_words(row, f"were {parts.GOOD}", of, r.year.name))
    out += parts.theme_words(
        r, parts.main_basis(raised), "audit with partners", "audits with partners", f" over {r.year.name}"
    )
    return [words.sentence(s) for s in out]


def show_partners(r: Report, s: SimpleNamespace) -> None:
    """Agencies taking part, good or better, themes; all folded."""
    parts.show_done(r, s.coverage, "Audits with partners")
    if len(s.agencies):
        show_table(
            marked(s.agencies.sort_values("agency")),
            f"Agencies that took part, {r.year.label}",
            {"agency": "Agency", "share": ("Audits", "share_of"), "share:interval": ("95% interval", "interval")},
            folded=True,
        )
    if (s.good["n"].isna() | s.good["n"].gt(0)).any():
        show_table(
            marked(s.good),
            f"Audits with partners judged {parts.GOOD}",
            {
                "span": "Period",
                "basis": "How cases were chosen",
                "share": (parts.GOOD.capitalize(), "share_of"),
                "share:interval": ("95% interval", "interval"),
            },
            folded=True,
        )
    if len(s.themes):
        parts.show_themes(s.themes, f"Audits with partners, {r.year.label}", "Audits")


# --- concerns taken further -------------------------------------------------------------------------------------------


def escalations(r: Report) -> SimpleNamespace:
    """Concerns taken further: urgent ones escalated, hours or days until then, and days until they were resolved.

    Counted are urgent actions, actions with a date of escalation, and those of an activity by which concerns about
    practice themselves are recorded (kind "follow_up" of the component "leadership"). Tables: states (one row a state, of
    the period's concerns and those still open), in_time (urgent concerns escalated within the profile's timescale, period
    and twelve months), resolution (median days over twelve months, open ones counted so far), listed (supervision only).
    """
    found = parts.in_force(r, lambda a: a.kind == "follow_up" and a.recorded_in == "actions")
    if not found:
        return parts.absent()
    own = [i for i, a in found.items() if a.component == "leadership"]
    table = r.data.actions
    on = status_date(r.period, table["raised"], table["completed"])
    first = table["raised"].min()
    free = r.profile.calendar.holidays(int(first.year), int(on.year)) if pd.notna(first) else []
    now = escalation.escalations(table, r.period, own, free, on)
    year = now if r.year == r.period else escalation.escalations(table, r.year, own, free, on)
    limit = _limit(r)
    spans = {r.when: now, r.year.name: year}
    in_time = pd.concat(
        [escalation.escalated_in_time(t, *limit[:2], on=on).assign(span=name) for name, t in spans.items()], ignore_index=True
    )
    in_time = r.shares(in_time)
    done = year[r.year.holds(year["escalated"])]
    resolution = escalation.days_to_resolution(done)
    if len(resolution) and any(small_total(resolution[c].iloc[0], r.rule.smallest_count) for c in ("n", "n_closed")):
        resolution = resolution.iloc[:0]
    return SimpleNamespace(
        exists=True,
        states=_states(r, now),
        in_time=in_time,
        resolution=resolution,
        listed=now if r.rule.show_cases else now.iloc[:0],
        limit=limit[2],
        n=len(now),
        sentences=_escalation_words(r, now, in_time, resolution, limit[2]),
    )


def _limit(r: Report) -> tuple[float, str, str]:
    """How long escalation may take by the profile, in its unit and in words; a day where it says nothing."""
    scales = r.profile.timescales if r.period.kind == "all" else r.profile.on(r.period.end).timescales
    found = [t for t in scales.values() if t.counted_to == "escalated"]
    if not found:
        return 24, "hours", "within a day"
    limit, unit = found[0].limit, found[0].unit
    if unit in ("weeks", "months"):
        limit, unit = limit * (7 if unit == "weeks" else 30), "calendar days"
    if limit == 0:
        return 0, unit, "on the day they were raised"
    said = unit.removesuffix("s") if limit == 1 else unit
    return limit, unit, f"within {words.number(limit)} {said}"


def _states(r: Report, now: pd.DataFrame) -> pd.DataFrame:
    table = now["state"].value_counts().reindex(escalation.STATES, fill_value=0).rename_axis("state").reset_index(name="count")
    return r.counts(table)


def _escalation_words(r: Report, now, in_time, resolution, limit: str) -> list[str]:
    if r.whole.actions.empty:
        return ["The data hold no actions, so nothing can be said of concerns taken further."]
    if now.empty:
        return [words.sentence(f"no concern was raised to be taken further in {r.when}, and none is open from before")]
    n, waiting = len(now), int(now["state"].eq(escalation.STATES[0]).sum())
    many, open_ones = parts.how_many(r, n, "concern"), parts.how_many(r, waiting, "open concern")
    not_yet = f"{open_ones} {parts.verb(r, waiting, 'has', 'have')} not been escalated" if waiting else "none waits for it"
    out = [
        f"{many} {parts.verb(r, n)} raised or escalated in {r.when} or {parts.verb(r, n, 'is', 'are')} open from before; "
        f"{not_yet}"
    ]
    of = ("urgent concern", "urgent concerns")
    rows = in_time.to_dict("records")
    told = next((x for x in rows if not x["suppressed"] and not words.is_missing(x["share"])), None)
    if told is None:
        told = next((x for x in rows if x["suppressed"] or x["n"] > 0), None)
    if told is not None:
        out.append(parts.share_words(told, f"were escalated {limit} (records hold days, not hours)", of, told["span"]))
    if len(resolution):
        row = resolution.iloc[0]
        base = f"{words.counted(row['n'], 'concern')} escalated in {r.year.name}"
        if words.is_missing(row["days"]):
            out.append(f"fewer than half of {base} are resolved")
        else:
            low, high = row["days_lower"], row["days_upper"]
            upto = "no upper limit yet" if words.is_missing(high) else f"to {words.number(high)}"
            limits = "" if words.is_missing(low) else f" (95% interval {words.number(low)} {upto})"
            out.append(f"half of {base} were resolved within {words.counted(row['days'], 'day')}{limits}, open ones counted")
    return [words.sentence(s) for s in out]


def show_escalations(r: Report, s: SimpleNamespace) -> None:
    """How concerns stand and how fast they were taken further; each for supervision."""
    if not s.n:
        return
    show_table(
        marked(s.states),
        f"Concerns taken further, at the end of {r.when}",
        {"state": "State", "count": ("Concerns", "count")},
        folded=True,
    )
    table = s.in_time[s.in_time["n"].isna() | s.in_time["n"].gt(0)]
    if len(table):
        show_table(
            marked(table),
            f"Urgent concerns escalated {s.limit}",
            {"span": "Period", "share": ("In time", "share_of"), "share:interval": ("95% interval", "interval")},
            folded=True,
        )
    if len(s.listed):
        show_table(
            s.listed,
            f"Each concern, {r.when}: not escalated ones first",
            {
                "action_id": "Action",
                "service": "Service",
                "team": "Team",
                "owner": "Owner",
                "raised": ("Raised", "date"),
                "escalated": ("Escalated", "date"),
                "hours_to_escalation_at_most": ("Hours to escalation, at most", "count"),
                "state": "State",
                "days_to_resolution": ("Days to resolution", "count"),
            },
            folded=True,
        )
