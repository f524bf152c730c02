"""Which training was taken up over the year, and whether what was learnt is used at work: by theme and by agency."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from qa_analysis import narrative as words
from qa_analysis.context import Report
from qa_analysis.disclosure import count_in_words
from qa_analysis.measures import training as measure
from qa_analysis.show import show_table

_TEST = ["rest_share", "difference", "difference_lower", "difference_upper", "p", "p_adjusted"]


def taken_up(r: Report) -> SimpleNamespace:
    """Training of the year: places taken of those offered, and people followed up who use what they learnt.

    Tables: themes, agencies (one row each: n_courses, and count, n, share, limits, rest_share and verdict against all others,
    once for places and once with the ending `_used`; `suppressed` and `suppressed_used`). `exists` is False where the data
    hold no training at all, `any` where the year has none; `held`: the themes of all bookings, with or without numbers;
    `whole`: one row of all training for places_taken and one for used_in_work.
    """
    whole, table = r.whole.training, r.data.training
    nothing = SimpleNamespace(exists=bool(len(whole)), any=False, themes=pd.DataFrame(), agencies=pd.DataFrame())
    if whole.empty:
        return SimpleNamespace(**vars(nothing), sentences=[words.sentence(
            "the data hold no record of training, so who took it up and whether it is used can't be told")])
    now = measure.in_period(table, r.year)
    if now.empty:
        earlier = table.loc[table["date"] <= r.year.end, "date"]
        last = f"; the last was in {earlier.max():%B %Y}" if len(earlier) else ""
        return SimpleNamespace(**vars(nothing), sentences=[words.sentence(
            f"no training {'of ' + r.where + ' ' if r.place else ''}is recorded in {r.year.name}{last}")])
    themes, agencies = (_both(r, table, by) for by in ("theme", "agency"))
    whole = {of[0]: _gated(r, measure.share_of_places(table, r.year, of=of)) for of in (measure.TAKEN, measure.USED)}
    named = r.profile.themes
    themes["theme_label"] = [named[t].label if t in named else str(t).capitalize() for t in themes["theme"]]
    held = {theme for cell in now["theme"].dropna() for theme in str(cell).split(";")}
    return SimpleNamespace(exists=True, any=True, themes=themes, agencies=agencies, whole=whole, held=held,
                           n_left_out=measure.left_out(table, r.year),
                           sentences=_sentences(r, table, themes, agencies, whole))


def _both(r: Report, table: pd.DataFrame, by: str) -> pd.DataFrame:
    taken = _gated(r, measure.share_of_places(table, r.year, by))
    used = _gated(r, measure.share_of_places(table, r.year, by, measure.USED))
    return taken.merge(used, on=by, how="outer", suffixes=("", "_used")).sort_values(
        by, key=lambda c: c.eq("not recorded"), kind="stable", ignore_index=True)


def _gated(r: Report, table: pd.DataFrame) -> pd.DataFrame:
    """Small numbers withheld, and the verdict that would tell of them."""
    if not len(table):
        return table.assign(suppressed=pd.Series(dtype=bool))
    shown = r.shares(table, lines=[()], hide=_TEST)
    return shown.assign(verdict=shown["verdict"].mask(shown["suppressed"], words.TOO_FEW))


def _sentences(r: Report, table: pd.DataFrame, themes: pd.DataFrame, agencies: pd.DataFrame, wholes: dict) -> list[str]:
    out, year = [], r.year.name
    for of, what, of_what, one in ((measure.TAKEN, "were taken up", "training places", "training place"),
                                   (measure.USED, "use it in their work", "people followed up after training",
                                    "person followed up after training")):
        whole = wholes[of[0]]
        if len(whole):
            out.append(words.share_now(whole.iloc[0], what, of_what, year, one))
        elif of == measure.USED:
            out.append(f"nobody was followed up after training in {year}, so whether it is used can't be told")
        else:
            out.append(f"places offered and taken are not recorded together for any training in {year}")
    apart = [*_apart(themes, "theme_label", ""), *_apart(agencies, "agency", "")]
    out += apart or _none_apart(["theme", "agency"], (themes, agencies), "")
    used, apart = not_used(themes), _apart(agencies, "agency", "_used")
    out += [*used, *apart]
    out += [] if apart else _none_apart([*([] if used else ["theme"]), "agency"], (themes, agencies), "_used")
    left, least = measure.left_out(table, r.year), r.rule.smallest_count
    if left:
        out.append(f"{count_in_words(left, least, noun='booking')} {words.verb(left, 'is', 'are', least)} left out of a share, "
                   f"because a number is missing or larger than it can be; the error list names each")
    return [words.sentence(s) for s in out]


def not_used(themes: pd.DataFrame) -> list[str]:
    """The themes after whose training clearly fewer, or more, use what they learnt than after all other training."""
    out = []
    for row in themes.to_dict("records") if len(themes) else ():
        if row.get("verdict_used") not in ("lower", "higher"):
            continue
        taken = "" if words.is_missing(row["share"]) else (
            f" ({words.percent(row['share'])} of {words.counted(row['n'], 'place')} taken up)")
        few = "fewer" if row["verdict_used"] == "lower" else "more"
        out.append(words.sentence(
            f"after training on {row['theme_label']}{taken} clearly {few} use it in their work than after other training: "
            f"{words.percent(row['share_used'])} of {words.number(row['n_used'])} followed up, against "
            f"{words.percent(row['rest_share_used'])}"))
    return out


_WHAT = {"": "of the places offered were taken", "_used": "use it in their work"}


def _apart(table: pd.DataFrame, label: str, end: str) -> list[str]:
    """Which themes or agencies differ clearly from all others."""
    out = []
    for verdict, word in (("lower", "fewer"), ("higher", "more")):
        named = [f"{row[label]} ({words.percent(row[f'share{end}'])} of {words.number(row[f'n{end}'])}, others "
                 f"{words.percent(row[f'rest_share{end}'])})"
                 for row in table[table[f"verdict{end}"] == verdict].to_dict("records")]
        if named:
            out.append(f"clearly {word} {_WHAT[end]} than elsewhere: {words.listed(named)}")
    return out


def _none_apart(nouns: list[str], tables: tuple[pd.DataFrame, ...], end: str) -> list[str]:
    """That none differs, where any could be compared at all."""
    if not any(t[f"verdict{end}"].eq("no clear difference").any() for t in tables):
        return []
    return [f"no {' or '.join(nouns)} differs clearly from the others in how many {_WHAT[end]}"]


# two shares beside each other in one table: the second has its own number
SHARES = {
    "share": ("Places taken", "share_of"),
    "share:interval": ("95% interval", "interval"),
    "share_used": ("Use it at work", "percent"),
    "share_used:interval": ("95% interval", "interval"),
    "n_used": ("Of people followed up", "count"),
}
NOTE = "Use it at work: of the people followed up after a course, those who said or showed that they use what they learnt."


def show_training(r: Report, s: SimpleNamespace) -> None:
    """Take-up and use by theme of the codebook, and by agency."""
    if not s.any:
        return
    show_table(with_symbols(s.themes), f"Training by theme, {r.year.name}", {"theme_label": "Theme", **SHARES},
               notes=[NOTE, "A course on several themes counts for each."])
    show_table(with_symbols(s.agencies), f"Training by agency, {r.year.name}", {"agency": "Agency", **SHARES}, folded=True)


def with_symbols(table: pd.DataFrame) -> pd.DataFrame:
    """The table for display: [c] where a figure is withheld, [z] where nobody was offered a place or followed up."""
    out = table.copy()
    for end in ("", "_used"):
        hidden = table[f"suppressed{end}"].eq(True)
        none = table[f"n{end}"].fillna(0).eq(0) & ~hidden
        for column in (f"{c}{end}" for c in ("count", "n", "share", "share_lower", "share_upper")):
            figures = table[column].astype(object).mask(hidden & table[column].isna(), "[c]")
            out[column] = figures.mask(none, 0 if column == f"n{end}" else "[z]")
    out = out.drop(columns=["suppressed", "suppressed_used"])
    return out.rename(columns={f"share_{x}_used": f"share_used_{x}" for x in ("lower", "upper")})
