"""Learning from inspections: what inspectors wrote of similar authorities by theme, beside what local audits say."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pandas as pd

from qa_analysis.codebook import load_codebook
from qa_analysis.context import Report, find_folder
from qa_analysis.disclosure import marked
from qa_analysis.loading import Data, load
from qa_analysis.measures import inspections as measure
from qa_analysis.measures import themes
from qa_analysis.measures.benchmarks import neighbour_codes
from qa_analysis.narrative import inspections as told
from qa_analysis.sections.performance import _bare_name, own_area
from qa_analysis.show import show_sentences, show_table

PROFILE = "ofsted_ilacs"
_TABLES = ["audits", "ratings", "findings", "neighbours"]
LEAST_REPORTS = 2  # a theme that one report names is not called common


def learning_from_inspections(
    r: Report, inspections: str | Path = "", area: str = "", *, published: Data | None = None, model: str | None = None
) -> SimpleNamespace:
    """Themes of the newest inspection report of each statistical neighbour beside the year's themes of local audits.

    `inspections`: the folder of published inspections, read by the profile `ofsted_ilacs`; empty: the section is absent
    (`exists` is False), unless the report's own data are inspections. `area`: name or code of an authority (its statistical
    neighbours are compared) or of a region (its authorities are); without it the report's own. Inspections after the end of
    the report's period are left out. Where the report's own data are inspections, the authority's own newest report stands
    in the place of local audits. `published`: the folder loaded already.

    Tables: themes (one row per kind and theme: count of n reports with share and limits, local_count of local_n with
    local_share as this audience may see it), reports (those that it rests on).
    """
    own_are_inspections = r.profile.name == PROFILE or not r.profile.activities.keys() - {"inspection"}
    if published is None:
        if not inspections and not own_are_inspections:
            return SimpleNamespace(exists=False, sentences=[], themes=pd.DataFrame(), reports=pd.DataFrame())
        published = r.whole if not inspections else load(find_folder(inspections), profile=PROFILE, tables=_TABLES)
    codebook = load_codebook(r.profile)
    findings = published.tables["findings"]
    until = None if r.period.kind == "all" else r.period.end
    name, group, wanted = _similar(r, published, area, model)
    reports = measure.newest_reports(published.audits, findings, _teams(published, wanted), until)
    found = measure.report_themes(reports, published.ratings, findings, codebook, published.profile.good_grades)
    table = measure.theme_shares(found, len(reports), codebook)
    if own_are_inspections:
        local, counts = _own_report(published, codebook, name, until)
    else:
        local, counts = f"local audits of {r.year.name}", _local(r, codebook)
    table = table.merge(counts, on=["kind", "theme"], how="left")
    there = sorted(reports["team"].astype("str"))
    shown_names = {_key(t) for t in there}
    days = reports["audit_date"].sort_values()
    first, last = (f"{days.iloc[i]:%B %Y}" for i in (0, -1)) if len(days) else ("", "")
    sentences = told.whose_reports(group, len(wanted), there, [w for w in wanted if _key(w) not in shown_names], first, last)
    if len(reports):
        sentences += _sentences(table, len(reports), local)
        sentences += [told.no_local(name)] if not local and name not in set(published.audits["locality"]) else []
    return SimpleNamespace(exists=True, area=name, group=group, local=local, own_report=own_are_inspections and bool(local),
                           themes=table, reports=reports,
                           sentences=[s for s in sentences if s])


def _similar(r: Report, published: Data, area: str, model: str | None) -> tuple[str, str, list[str]]:
    """The authority or region in words, what the group is called, and the names of those in it."""
    regions = published.audits["locality"].dropna().astype("str").unique()
    wanted = area or r.place.get("locality", "")
    if hit := [x for x in regions if wanted and _key(x) == _key(wanted)]:
        audits = published.audits
        names = sorted(audits.loc[audits["locality"].astype("str").eq(hit[0]), "team"].dropna().astype("str").unique())
        return hit[0], f"authorities of {hit[0]} with an inspection in the data", names
    for tables in (published.neighbours, r.whole.neighbours):
        for asked in dict.fromkeys((area, r.profile.authority, r.place.get("team", ""), own_area(r, area) or "")):
            own = tables[tables["area_code"].eq(asked) | tables["area"].map(_key).eq(_key(asked))] if asked else tables[:0]
            if len(own):
                code = str(own.sort_values("model")["area_code"].iloc[-1])
                name = str(own.sort_values("model")["area"].iloc[-1])
                codes, used = neighbour_codes(tables, code, model)
                rows = own[own["area_code"].eq(code) & own["model"].astype("str").eq(str(used))].sort_values("rank")
                return name, f"statistical neighbours of {name} (model of {used})", rows["neighbour"].astype("str").tolist()
    return area or "the authority", f"authorities that are similar to {area or 'this one'}", []


def _teams(published: Data, names: list[str]) -> list[str]:
    """The spellings under which the inspections have these authorities."""
    wanted = {_key(n) for n in names}
    return [t for t in published.audits["team"].dropna().astype("str").unique() if _key(t) in wanted]


def _key(name: object) -> str:
    return _bare_name(str(name)).replace("&", "and")


def _local(r: Report, codebook) -> pd.DataFrame:
    """Themes of the year's local audits: random ones, or all where there are none, as this audience may see them."""
    chosen = r.in_period(r.data.audits, "audit_date", r.year)
    findings = r.data.findings[r.data.findings["audit_id"].isin(chosen["audit_id"])]
    counts = themes.theme_counts(chosen, findings, codebook, basis=None)
    true = counts["count"].gt(0).where(counts["n"].gt(0))  # whether a theme is named at all is no small number
    out = r.shares(counts, hide=["n_ticked", "n_suggested", "n_both"]).assign(is_named=true)
    return _as_local(out)


def _own_report(published: Data, codebook, name: str, until) -> tuple[str, pd.DataFrame]:
    own = measure.newest_reports(published.audits, published.tables["findings"], _teams(published, [name]), until)
    found = measure.report_themes(own, published.ratings, published.tables["findings"], codebook,
                                  published.profile.good_grades)
    table = measure.theme_shares(found, len(own), codebook)
    local = f"inspectors of {name} in {own['audit_date'].iloc[0]:%B %Y}" if len(own) else ""
    return local, _as_local(table.assign(is_named=table["count"].gt(0).where(table["n"].gt(0))))


def _as_local(table: pd.DataFrame) -> pd.DataFrame:
    columns = ["count", "n", "share", "share_lower", "share_upper", "suppressed"]
    kept = table[["kind", "theme", "is_named", *[c for c in columns if c in table]]]
    return kept.rename(columns={c: f"local_{c}" for c in columns})


def _sentences(table: pd.DataFrame, n: int, local: str) -> list[str]:
    out = []
    for kind in (measure.CRITICISED, measure.PRAISED):
        rows = table[table["kind"].eq(kind) & table["count"].ge(LEAST_REPORTS)]
        rows = rows.sort_values(["count", "label"], ascending=[False, True], kind="stable")
        out.append(told.most_often(kind, rows.to_dict("records"), n))
        out.append(told.beside_local(kind, rows.to_dict("records"), local) if len(rows) and local else "")
    improve = table[table["kind"].eq(measure.CRITICISED)]
    only = improve[improve["count"].eq(0) & improve["is_named"].eq(True)]
    return [*out, told.local_only(only["label"].tolist(), local) if local else ""]


def show_learning_from_inspections(r: Report, s: SimpleNamespace) -> None:
    """What reports of similar authorities ask for and praise, in words, and a folded table for each of the two."""
    if not s.exists:
        return
    show_sentences(s.sentences, as_list=True)
    if not len(s.reports):
        return
    columns = {"label": "Theme", "count": ("Reports", "count"), "n": ("Out of", "count"), "share": ("Share", "percent"),
               "share:interval": ("95% interval", "interval")}
    notes = ["A report counts once for a theme: to improve where an item to improve speaks of it, praised where three sentences "
             "or more on areas graded good or better do so with a word of praise and none of reserve."]
    if s.own_report:  # one report: a count and share of it would say less than yes or no
        columns["own"] = "Own report"
        notes = [f"Own report: whether {s.local} did so.", *notes]
    elif s.local:
        columns |= {"local_count": ("Local", "count"), "local_n": ("Local: out of", "count"),
                    "local_share": ("Local: share", "percent")}
        notes = [f"Local is {s.local}.", *notes]
    for kind, word in ((measure.CRITICISED, "ask to improve"), (measure.PRAISED, "praise")):
        rows = s.themes[s.themes["kind"].eq(kind)].sort_values(["count", "label"], ascending=[False, True], kind="stable")
        rows = rows.assign(own=rows["is_named"].map({True: "yes", False: "no"}))
        rows = marked(rows.assign(suppressed=rows["local_suppressed"])) if "local_suppressed" in rows else rows
        show_table(rows, f"Themes that reports on {s.group} {word}", columns, folded=True, notes=notes)
