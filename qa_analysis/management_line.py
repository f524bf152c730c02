"""Who manages a case, from its worker to the head of service, and whether an auditor is one of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from qa_analysis.clean_words import words_key
from qa_analysis.errors import UserError

_OF_CASE = {"worker": "worker", "manager": "manager"}
_OF_TEAM = {"team_manager": "team manager", "service_lead": "service lead", "head_of_service": "head of service"}
ROLES = (*_OF_CASE.values(), *_OF_TEAM.values())
_HIDDEN_NAME = r"P-[0-9a-f]{10}"  # as pseudonyms.pseudonym makes them


def management_line(cases: pd.DataFrame, establishment: pd.DataFrame | None = None) -> pd.DataFrame:
    """One row for each case and person in its line of management: case_id, person, role.

    The worker and the manager(s) come from the case; team managers, service lead and head of service from its team in
    the `establishment` of the case's month, or else of the team's last month before it, or else of its first after it.
    A person of several roles has the one nearest to the case. A case of which nobody is named has no row: see
    `line_not_known`. Works on the rows given: for a sample, give the cases drawn, not the whole frame.
    """
    line = _line(cases, "period", establishment)
    ids = cases["case_id"].astype("str").to_numpy(dtype=object)
    line = line.assign(case_id=pd.array(ids[line["row"].to_numpy()], dtype="str"))
    once = ~pd.DataFrame({"id": line["case_id"], "key": name_keys(line["person"])["full"]}).duplicated()
    return line.loc[once, ["case_id", "person", "role"]].reset_index(drop=True)


def line_not_known(cases: pd.DataFrame, line: pd.DataFrame) -> list[str]:
    """The ids of cases with nobody in `line`, whose auditors' independence can't be shown."""
    ids = cases["case_id"].astype("str")
    return ids[~ids.isin(line["case_id"].astype("str"))].tolist()


def independence(audits: pd.DataFrame, establishment: pd.DataFrame | None = None) -> pd.DataFrame:
    """Whether each audit's auditor was in the case's line of management, one row for each audit, in their order.

    Columns: audit_id, auditor, in_line (yes, no, not known), role (the auditor's in the line; missing where none),
    why (reason for not known). The line is that of `management_line` in the month of the audit. Not known where no
    auditor is named, where nobody of the line is, or where an initial ("J Smith") may stand for one of them. "no"
    says that the auditor is none of those named: a line may be named in part. Of several auditors (A;B) one in the
    line is enough. Raises UserError where one table holds names and the other pseudonyms.
    """
    line = _line(audits, "audit_date", establishment)
    row = np.arange(len(audits))
    who = _split(pd.DataFrame({"row": row, "person": audits["auditor"].to_numpy()}))
    refuse_mixed_names(line["person"], who["person"], "the management line holds", "the audits' auditors are given by")
    found = same_people(line, who, on=["row"])
    found = found.assign(rank=found["role"].map(ROLES.index)).sort_values(["row", "is_initial", "rank"], kind="stable")
    found = found.drop_duplicates("row").set_index("row").reindex(row)
    is_named, has_line = np.isin(row, who["row"]), np.isin(row, line["row"])
    may_be = found["is_initial"].eq(True).to_numpy()  # missing where nobody was found
    why = np.select([~is_named, may_be, ~has_line],
                    ["no auditor is named", "an initial may stand for someone in the line",
                     "nobody of the management line is named"], "")
    in_line = np.select([why != "", found["role"].notna().to_numpy()], ["not known", "yes"], "no")
    return pd.DataFrame({
        "audit_id": audits["audit_id"].to_numpy(), "auditor": audits["auditor"].to_numpy(), "in_line": in_line,
        "role": found["role"].to_numpy(), "why": pd.array(np.where(why == "", None, why), dtype="str")})


# --- names --------------------------------------------------------------------------------------------------------


def name_keys(names: pd.Series) -> pd.DataFrame:
    """What names are compared by: `full` (no case, no punctuation, one space), `short` (initial and last word; missing
    where there is but one word), `is_initial` (the first word is one letter)."""
    codes, distinct = pd.factorize(names)
    full = [words_key(str(name)) for name in distinct]
    words = [key.split() for key in full]
    keys = pd.DataFrame({"full": full, "short": [f"{w[0][0]} {w[-1]}" if len(w) > 1 else None for w in words],
                         "is_initial": [len(w) > 1 and len(w[0]) == 1 for w in words]})
    return keys.astype({"full": "str", "short": "str", "is_initial": bool}).iloc[codes].set_index(names.index)


def same_people(line: pd.DataFrame, people: pd.DataFrame, on: list[str] | None = None) -> pd.DataFrame:
    """The rows of both tables (column `person`, never missing) that name one person, joined.

    `on` names columns that must agree too. `is_initial` marks the pairs that are only possible, since one of the two
    is an initial form of the other.
    """
    on = on or []
    left = line.assign(**name_keys(line["person"]))
    right = people.drop(columns="person").assign(**name_keys(people["person"]))
    keys = ["full", "short", "is_initial"]
    exact = left.drop(columns=keys[1:]).merge(right.drop(columns=keys[1:]), on=[*on, "full"]).drop(columns="full")
    exact = exact.assign(is_initial=False)
    if not (left["is_initial"].any() or right["is_initial"].any()):
        return exact
    left, right = left[left["short"].notna()], right[right["short"].notna()]
    likely = left.merge(right, on=[*on, "short"])
    likely = likely[(likely["is_initial_x"] | likely["is_initial_y"]) & (likely["full_x"] != likely["full_y"])]
    return pd.concat([exact, likely.assign(is_initial=True)[exact.columns]], ignore_index=True)


def refuse_mixed_names(left: pd.Series, right: pd.Series, left_is: str, right_is: str,
                       fault: type[UserError] = UserError) -> None:
    """Raise where one side holds pseudonyms and the other names: nobody would ever be found in both."""
    hidden = [s.dropna().astype("str").str.fullmatch(_HIDDEN_NAME) for s in (left, right)]
    if not all(len(h) for h in hidden) or hidden[0].any() == hidden[1].any():
        return
    what = ["pseudonyms" if h.any() else "names" for h in hidden]
    raise fault(f"{left_is} {what[0]}, {right_is} {what[1]}: nobody can be found in both. Load the data for "
                "supervision (audience='supervision'), or give both sides pseudonyms made with one key.")


# --- the line of each row -----------------------------------------------------------------------------------------


def _line(rows: pd.DataFrame, when: str, establishment: pd.DataFrame | None) -> pd.DataFrame:
    """Position of the row, person, role; rows in order, nearest role first, each person once a row."""
    row = np.arange(len(rows))
    parts = [pd.DataFrame({"row": row, "person": rows[c].to_numpy(), "role": role})
             for c, role in _OF_CASE.items() if c in rows]
    if establishment is not None and len(establishment) and len(rows) and "team" in rows:
        team = _team_rows(rows, when, establishment)
        parts += [pd.DataFrame({"row": team["row"], "person": team[c], "role": role})
                  for c, role in _OF_TEAM.items() if c in team]
    if not parts:
        return pd.DataFrame({"row": row[:0], "person": pd.array([], dtype="str"), "role": pd.array([], dtype="str")})
    line = _split(pd.concat(parts, ignore_index=True)).sort_values("row", kind="stable", ignore_index=True)
    again = pd.DataFrame({"row": line["row"], "key": name_keys(line["person"])["full"]}).duplicated()
    return line[~again].reset_index(drop=True)


def _split(people: pd.DataFrame) -> pd.DataFrame:
    """One row for each person of a cell that names several (A;B), without blanks."""
    people = people[people["person"].notna()].astype({"person": "str"})
    if people["person"].str.contains(";", regex=False).any():
        people = people.assign(person=people["person"].str.split(";")).explode("person").astype({"person": "str"})
    people = people.assign(person=people["person"].str.strip())
    return people[people["person"] != ""].reset_index(drop=True)


def _team_rows(rows: pd.DataFrame, when: str, establishment: pd.DataFrame) -> pd.DataFrame:
    """The establishment's row of each row's team: of its month, else the last before it, else the first after it."""
    teams = establishment.assign(team_key=_key(establishment["team"]), month=_month(establishment["period"]))
    teams = teams[teams["month"].notna()].sort_values("month", kind="stable")
    month = _month(rows[when]) if when in rows else pd.Series(pd.NaT, index=rows.index, dtype="datetime64[ns]")
    wanted = pd.DataFrame({"row": np.arange(len(rows)), "team_key": _key(rows["team"]).to_numpy(),
                           "month": month.fillna(teams["month"].max()).to_numpy()})
    wanted["team_key"], teams["team_key"] = wanted["team_key"].astype("str"), teams["team_key"].astype("str")
    wanted = wanted[(wanted["team_key"] != "") & wanted["month"].notna()].sort_values("month", kind="stable")
    columns = ["team_key", "month", *[c for c in _OF_TEAM if c in teams]]
    then, later = (pd.merge_asof(wanted, teams[columns].assign(found=True), on="month", by="team_key", direction=d)
                   for d in ("backward", "forward"))
    return then.where(then["found"].notna(), later)


def _month(dates: pd.Series) -> pd.Series:
    days = pd.to_datetime(dates).astype("datetime64[ns]")
    return days - pd.to_timedelta(days.dt.day - 1, unit="D")


def _key(texts: pd.Series) -> pd.Series:
    return texts.astype("str").where(texts.notna(), "").str.split().str.join(" ").str.casefold()
