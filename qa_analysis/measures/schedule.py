"""Whether the work that the framework plans was done: each activity's expected count beside what the data hold.

What is due comes from the profile (how many, for each of whom, how often) and from the establishment (which teams,
managers and leads there are in a month). Where either can't tell, the count due is missing and never 0. An activity
whose round is longer than the period is judged on one whole round that ends with the period, so that a quarterly
observation is not overdue in the first month of the quarter.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from qa_analysis.measures.shares import SOURCE, By, add_share, is_among, listed
from qa_analysis.periods import Period

ALL = "whole authority"
NOT_TOLD_APART = "not told apart"  # the records do not say whose they are
PLACES = ("service", "locality", "team")
NAMED_ROLES = {"service_lead": "service_lead", "head_of_service": "head_of_service"}
STATES = ("done", "behind", "as needed", "count due not known", "not recorded in the data")
NAMES_ACTIVITY = ("audits", "samples")  # tables whose records say which activity they belong to
_DATES = {"audits": "audit_date", "moderations": "moderation_date", "feedback": "date", "samples": "frame_date",
          "survey": "wave"}
TOLD_APART = ("audits", "moderations", "feedback")  # tables whose records say in which team the work was done
_UNIT_COLUMNS = ["activity", "per", "unit", *PLACES, "n_due"]
_WINDOW = ["window_start", "window_end"]
Span = tuple[pd.Timestamp, pd.Timestamp]


def expected_activity(profile, establishment: pd.DataFrame | None, period: Period,
                      data_span: Span | None = None) -> pd.DataFrame:
    """How many of each activity are due in the period from each manager, lead, team, service or the authority.

    One row for each activity with a count in the profile (as it stood on the period's last day) and each unit that
    owes it: activity, per (the kind of unit), unit (team, or the lead's name), service, locality, team (missing where
    the unit spans several), n_due: count for each round, times units, times months / months of a round; missing where
    neither the establishment nor the profile says how many units there are. A month takes the establishment of the
    latest month listed up to it (the first one listed where none is). `data_span`: first and last day that the data
    cover; months outside it are not due.
    """
    months = _months_due(period, establishment, data_span)
    parts = []
    for activity in _in_force(profile, period).values():
        if activity.expected is None or activity.months_per_round is None:
            continue
        units = _units(activity.expected, establishment, months)
        due = activity.expected.count / activity.months_per_round
        parts.append(units.assign(activity=activity.id, per=activity.expected.per, n_due=units["n_units"] * due))
    if not parts:
        return pd.DataFrame({c: pd.Series(dtype="float64" if c == "n_due" else "str") for c in _UNIT_COLUMNS})
    return _no_place_as_missing(pd.concat(parts, ignore_index=True)[_UNIT_COLUMNS])


def activity_done(profile, period: Period, tables: dict[str, pd.DataFrame],
                  since: pd.Timestamp | None = None) -> pd.DataFrame:
    """Every piece of recorded work: activity, date, service, locality, team, person (who did it), source_file, source_row.

    `tables`: the clean tables by name (audits, moderations, feedback, samples, survey; any may be absent). Audits and
    samples name their activity. One audit moderated is one moderation, on its first day. The other tables name none, so
    their rows count for the one activity of the profile with an expected count that is recorded there; where several
    are, the data can't tell them apart and the rows count for none. Complaints and compliments are no work: they come
    and are not done. From the day `since` (the period's first) to the period's last.
    """
    found = _in_force(profile, period)
    since = period.start if since is None else since
    audits_of = tables.get("audits")
    tables = {name: table[table[_DATES[name]].between(since, period.end)] for name, table in tables.items()
              if name in _DATES and table is not None}
    parts = []
    if (audits := tables.get("audits")) is not None:
        parts.append(_records(audits, audits["activity"], audits["audit_date"], audits["auditor"]))
        if (second := tables.get("moderations")) is not None and (own := _only(found, "moderations")):
            first = second[second["standard"].isna()].sort_values("moderation_date").drop_duplicates("audit_id")
            own_audits = audits_of.loc[is_among(audits_of["audit_id"], first["audit_id"]), ["audit_id", *PLACES]]
            first = first.merge(own_audits, on="audit_id", how="left")
            parts.append(_records(first, own, first["moderation_date"], first["moderator"]))
    if (feedback := tables.get("feedback")) is not None and (own := _only(found, "feedback")):
        given = feedback[feedback["kind"] == "feedback"]
        parts.append(_records(given, own, given["date"], None))
    if (samples := tables.get("samples")) is not None:
        parts.append(_records(samples, samples["activity"], samples["frame_date"], None))
    if (survey := tables.get("survey")) is not None and (own := _only(found, "survey")):
        waves = survey.drop_duplicates("wave").reindex(columns=["wave", *SOURCE])
        parts.append(_records(waves, own, waves["wave"], None))
    if not parts:
        return pd.DataFrame({c: pd.Series(dtype="str") for c in ("activity", *PLACES, "person", *SOURCE)}).assign(
            date=pd.Series(dtype="datetime64[ns]"))
    return pd.concat(parts, ignore_index=True)


def schedule_units(profile, establishment: pd.DataFrame | None, period: Period, tables: dict[str, pd.DataFrame],
                   data_span: Span | None = None) -> pd.DataFrame:
    """Each activity and each unit that owes it, with what was due and what was done.

    Columns: activity, frequency, per, unit, service, locality, team, window_start, window_end (the period, or one whole
    round that ends with it), n_due, n_done, n_overdue (whole ones missing), last_done (date). Work goes to the team it
    was done in; of leads and heads of service to the one who did it, else to the one over its team or alone in its
    service. Work of no unit known has a row with unit 'not told apart' and n_due of 0; samples and surveys have no
    place, so there the units are taken together. n_done is missing where the data do not record the activity.
    """
    found = _in_force(profile, period)
    since = min([period.start, *(_window(period, a.months_per_round).start for a in found.values())])
    done = activity_done(profile, period, tables, since)
    recordable = {k for k in (*NAMES_ACTIVITY, "moderations", "feedback", "survey") if tables.get(k) is not None}
    parts = []
    for activity in found.values():
        window = _window(period, activity.months_per_round)
        own = done[(done["activity"] == activity.id) & window.holds(done["date"])]
        known = activity.recorded_in in recordable and (
            activity.recorded_in in NAMES_ACTIVITY or _only(found, activity.recorded_in) == activity.id)
        due = _due_of(profile, establishment, window, data_span, activity)
        if due is None and own.empty:
            continue
        parts.append(_matched(due, own, establishment, known, activity.recorded_in in TOLD_APART).assign(
            activity=activity.id, frequency=activity.frequency, window_start=window.start, window_end=window.end))
    columns = ["activity", "frequency", "per", "unit", *PLACES, *_WINDOW, "n_due", "n_done", "n_overdue", "last_done"]
    if not parts:
        return pd.DataFrame(columns=columns)
    return _no_place_as_missing(pd.concat(parts, ignore_index=True)[columns])


def schedule_coverage(profile, establishment: pd.DataFrame | None, period: Period, tables: dict[str, pd.DataFrame],
                      by: By = None, data_span: Span | None = None, whole: bool = True) -> pd.DataFrame:
    """Each activity in one row (or one for each group of `by`): due, done, and the share done of what was due.

    Columns: `by`, activity, label, who (roles), frequency, window_start, window_end, n_due, n_done, count (done of
    those due: one unit's extra work does not make up for another's missing), n (due), share, share_lower, share_upper
    (all the work, not a sample: the limits show how far chance alone moves so small a number), n_overdue,
    n_units_not_known (units with no number to expect, in n_done only), state: 'done', 'behind', 'as needed' (nothing
    due), 'count due not known' or 'not recorded in the data'. `by`: service, locality or team; units that span several
    are left out there. `whole`: False where the tables hold one place only; what the authority as a whole owes is
    then left out.
    """
    keys, found = listed(by), _in_force(profile, period)
    units = schedule_units(profile, establishment, period, tables, data_span)
    if not whole or keys:
        units = units[units["per"] != "authority"]
    if keys:
        units = units[units[keys].notna().all(axis=1)]
    units = units.assign(met=np.minimum(units["n_done"].astype(float), units["n_due"].astype(float)))
    groups = units.groupby([*keys, "activity", "frequency", *_WINDOW], sort=False, dropna=False)
    if units.empty:
        return pd.DataFrame(columns=[*keys, *_COVERAGE])
    table = groups.agg(
        n_due=("n_due", _sum_known), n_done=("n_done", _sum_known), count=("met", _sum_known),
        n_overdue=("n_overdue", _sum_known), n_units_not_known=("n_due", lambda d: int(d.isna().sum())),
        needed=("per", lambda p: (p == "").all())).reset_index()
    due, done = table["n_due"], table["n_done"]
    table["n_due"] = due.mask(table["needed"])
    state = np.select([done.isna(), table["needed"], due.isna(), table["n_overdue"] > 0],
                      ["not recorded in the data", "as needed", "count due not known", "behind"], "done")
    counts = {"n": table["n_due"].where(done.notna()), "count": table["count"].where(~table["needed"])}
    table = table.assign(**counts, state=state)
    table["label"] = [found[a].label for a in table["activity"]]
    table["who"] = ["; ".join(profile.label("roles", r) for r in found[a].who) for a in table["activity"]]
    order = pd.Categorical(table["activity"], list(found), ordered=True)
    table = add_share(table, min_n=1).assign(_order=order).sort_values([*keys, "_order"], kind="stable")
    return table[[*keys, *_COVERAGE]].reset_index(drop=True)


def schedule_overdue(profile, establishment: pd.DataFrame | None, period: Period, tables: dict[str, pd.DataFrame],
                     data_span: Span | None = None) -> pd.DataFrame:
    """What is overdue and who owes it: one row for each activity and role holder or team with work missing.

    Columns: activity, label, role, unit, service, locality, team, window_start, window_end, n_due, n_done, n_overdue,
    last_done (missing: none in the data before the window's end). In the order of the profile, then of the units.
    """
    units = schedule_units(profile, establishment, period, tables, data_span)
    late = units[(units["n_overdue"] > 0).fillna(False).astype(bool)]
    found = _in_force(profile, period)
    late = late.assign(label=[found[a].label for a in late["activity"]], role=[
        profile.label("roles", p) if p in profile.roles else p.replace("_", " ") for p in late["per"]])
    return late[["activity", "label", "role", "unit", *PLACES, *_WINDOW, "n_due", "n_done", "n_overdue",
                 "last_done"]].reset_index(drop=True)


_COVERAGE = ["activity", "label", "who", "frequency", *_WINDOW, "n_due", "n_done", "count", "n", "share", "share_lower",
             "share_upper", "n_overdue", "n_units_not_known", "state"]


def _in_force(profile, period: Period) -> dict:
    return profile.on(period.end).activities if period.kind != "all" else profile.activities


def _window(period: Period, months_per_round: int | None) -> Period:
    if period.kind == "all" or months_per_round is None or months_per_round <= period.n_months:
        return period
    return period.last_months(months_per_round)


def _months_due(period: Period, establishment: pd.DataFrame | None, data_span: Span | None) -> list[pd.Timestamp]:
    start, end = period.start, period.end
    if data_span is not None:
        start, end = max(start, data_span[0]), min(end, data_span[1])
    elif period.kind == "all":
        if establishment is None or establishment.empty:
            return []
        start, end = establishment["period"].min(), establishment["period"].max()
    return [] if start > end else list(pd.period_range(start, end, freq="M").to_timestamp())


def _staff_of(establishment: pd.DataFrame, month: pd.Timestamp) -> pd.DataFrame:
    listed_months = establishment["period"]
    earlier = listed_months[listed_months <= month]
    return establishment[listed_months == (earlier.max() if len(earlier) else listed_months.min())]


def _units(expected, establishment: pd.DataFrame | None, months: list[pd.Timestamp]) -> pd.DataFrame:
    """Unit-months of one kind of unit: unit, service, locality, team, n_units (units times months)."""
    blank = {"unit": ALL if expected.per == "authority" else NOT_TOLD_APART, "service": "", "locality": "", "team": ""}
    if expected.per == "authority":
        return pd.DataFrame([blank | {"n_units": float(len(months))}])
    told = establishment is not None and not establishment.empty and expected.per != "pair"
    parts = [_units_in_month(expected, _staff_of(establishment, m)) for m in months] if told else []
    parts = [p for p in parts if len(p)]
    if not parts:
        many = np.nan if expected.units is None else float(expected.units * len(months))
        return pd.DataFrame([blank | {"n_units": many}])
    table = pd.concat(parts)
    return table.groupby(["unit", *PLACES], sort=True)["n_units"].sum(min_count=1).reset_index()


def _units_in_month(expected, staff: pd.DataFrame) -> pd.DataFrame:
    staff = staff.assign(**{c: staff[c].astype("str").where(staff[c].notna(), "") for c in PLACES})
    if expected.services:
        staff = staff[staff["service"].isin(expected.services)]
    if expected.per in NAMED_ROLES or expected.per in ("service", "locality"):
        name = NAMED_ROLES.get(expected.per, expected.per)
        named = staff[staff[name].notna() & (staff[name] != "")]
        return named.groupby(name, sort=True)[list(PLACES)].agg(_if_one).rename_axis("unit").reset_index().assign(
            n_units=1.0)
    counts = {"team": 1.0, "team_manager": _managers(staff), "practitioner": staff["n_workers"]}
    return staff[list(PLACES)].assign(unit=staff["team"], n_units=counts[expected.per])


def _managers(staff: pd.DataFrame) -> pd.Series:
    """Managers in post: the number given, else the names listed; missing where neither is."""
    named = staff["team_manager"].astype("str").str.strip(" ;").str.count(";") + 1
    return staff["n_team_managers"].fillna(named.where(staff["team_manager"].notna())).astype(float)


def _if_one(values: pd.Series) -> str:
    found = values.unique()
    return found[0] if len(found) == 1 else ""


def _only(found: dict, table: str) -> str | None:
    """The one activity with an expected count whose records lie in a table that names no activity."""
    own = [a for a in found.values() if a.recorded_in == table and a.expected is not None]
    if table == "feedback":  # a report on all feedback is no piece of feedback
        own = [a for a in own if a.expected.per != "authority"]
    return own[0].id if len(own) == 1 else None


def _records(table: pd.DataFrame, activity, date: pd.Series, person) -> pd.DataFrame:
    blank = pd.Series("", index=table.index, dtype="str")
    text = {c: table[c].astype("str").where(table[c].notna(), "") if c in table else blank for c in PLACES}
    act = activity if isinstance(activity, pd.Series) else pd.Series(activity, index=table.index)
    act = act.astype("str")
    who = blank if person is None else person.astype("str").where(person.notna(), "")
    source = table.reindex(columns=SOURCE)
    return pd.DataFrame({"activity": act, "date": date, **text, "person": who, **source}).reset_index(drop=True)


def _due_of(profile, establishment, window: Period, data_span, activity) -> pd.DataFrame | None:
    if activity.expected is None or activity.months_per_round is None:
        return None
    units = _units(activity.expected, establishment, _months_due(window, establishment, data_span))
    return units.assign(per=activity.expected.per,
                        n_due=units["n_units"] * activity.expected.count / activity.months_per_round)


def _matched(due: pd.DataFrame | None, own: pd.DataFrame, establishment, known: bool, placed: bool) -> pd.DataFrame:
    """The units of one activity with the records that belong to each; one row for all where records have no place."""
    if due is None:
        places = own.groupby(list(PLACES), as_index=False).agg(n_done=("date", "size"), last_done=("date", "max"))
        return places.assign(unit=ALL, per="", n_due=0.0, n_overdue=0.0)
    per = due["per"].iloc[0]
    own = own.assign(unit=_unit_of(own, due, per, establishment))
    if per != "authority" and not placed and not own.empty:
        due = pd.DataFrame([{"unit": NOT_TOLD_APART, "service": "", "locality": "", "team": "", "per": per,
                             "n_due": due["n_due"].sum(min_count=len(due))}])
        own = own.assign(unit=NOT_TOLD_APART)
    counts = own.groupby("unit").agg(n_done=("date", "size"), last_done=("date", "max")).reset_index()
    table = due.drop(columns="n_units", errors="ignore").merge(counts, on="unit", how="outer", sort=True)
    table["per"] = table["per"].fillna(per)
    table["n_due"] = table["n_due"].where(table["unit"].isin(due["unit"]), 0.0)
    table[list(PLACES)] = table[list(PLACES)].fillna("")
    table["n_done"] = table["n_done"].fillna(0).astype(float) if known else np.nan
    whole = np.floor(table["n_due"] + 1e-9)  # thirds of a round add up to just under one
    table["n_overdue"] = np.maximum(0, whole - table["n_done"])
    return table


def _unit_of(own: pd.DataFrame, due: pd.DataFrame, per: str, establishment) -> pd.Series:
    if per == "authority" or (len(due) == 1 and due["unit"].iloc[0] == NOT_TOLD_APART):
        return pd.Series(due["unit"].iloc[0], index=own.index)
    if per in ("service", "locality"):
        return own[per].where(own[per].isin(due["unit"]), NOT_TOLD_APART)
    if per not in NAMED_ROLES:
        return own["team"].where(own["team"].isin(due["unit"]), NOT_TOLD_APART)
    role = NAMED_ROLES[per]
    latest = establishment.sort_values("period").drop_duplicates("team", keep="last")
    over_team = dict(zip(latest["team"].astype("str"), latest[role], strict=True))
    alone = latest.groupby(latest["service"].astype("str"))[role].agg(lambda s: s.iloc[0] if s.nunique() == 1 else None)
    by_name = own["person"].where(own["person"].isin(due["unit"]))
    unit = by_name.fillna(own["team"].map(over_team)).fillna(own["service"].map(alone))
    return unit.where(unit.isin(due["unit"]), NOT_TOLD_APART)


def _no_place_as_missing(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(**{c: table[c].where(table[c] != "") for c in PLACES})


def _sum_known(values: pd.Series) -> float:
    """The sum of what is known; missing where nothing is."""
    return values.sum(min_count=1)
