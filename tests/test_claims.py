"""Each figure in a sentence of the annual report stands in its evidence, and each claim there leads back to its rows."""

import re

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from executed import NOTEBOOKS, with_names

import qa_analysis as qa
from qa_analysis.exporter import export_html
from qa_analysis.sections import claims as evidence
from qa_analysis.sections.evidence_table import together
from qa_analysis.tables import percent

ANNUAL = next(n for n in NOTEBOOKS if n.stem == "annual_quality_of_practice")
REPORTS = {
    "supervision": {"audience": "supervision"},
    "board": {"audience": "board"},
    "a quarter of one service": {"audience": "supervision", "period": "2019-Q1", "service": "Early Help"},
    "all time": {"audience": "supervision", "period": "all"},
}
# under these headings sentences speak of figures whose claims stand with another part
ALSO = {
    "What works well": {"Themes"},
    "What to do better": {"Themes"},
    "Each practice standard's year": {"Themes", "Where the sources agree"},
    "Schools, settings and homes": {"Performance and the workforce"},
    "Cost beside outcome": {"Performance and the workforce"},
    "Training needs": {"Performance and the workforce"},
    "Where the sources agree and where they do not": {"Where the sources agree"},
    "Performance and the workforce": {"Beside other authorities"},
}
EVERY = {"What you need to know", "What else calls for action"}  # say again what the parts say
NOT_OF_DATA = {"Method", "Quality of practice"}


@pytest.fixture(scope="module")
def made(run_folder):
    patch = pytest.MonkeyPatch()
    patch.setenv("QA_STORE", str(run_folder / "store"))
    patch.setenv("QA_KEY", "a key for tests")
    kept = {}

    def of(name, **more):
        if name not in kept:
            book, names = with_names(ANNUAL, {**REPORTS.get(name, {}), **more})
            kept[name] = export_html(book), names
        return kept[name]

    yield of
    patch.undo()


def rows_of(row, r, counted=False):
    text = row["rows"][:-1] + (f", {row['counted']})" if counted else ")") if counted else row["rows"]
    return eval(text, {"qa": qa, "r": r})


def mismatches(claims: pd.DataFrame, r) -> list[str]:
    """Claims whose call gives another number of rows than they say, or whose narrower call another count."""
    wrong = []
    for row in claims[claims["rows"].str.startswith("qa.")].to_dict("records"):
        if (n := len(rows_of(row, r))) != row["n_rows"]:
            wrong.append(f"{row['figure']}: {n} rows, not {row['n_rows']:.0f}")
        if row["counted"] and pd.notna(row["count"]) and (n := len(rows_of(row, r, counted=True))) != row["count"]:
            wrong.append(f"{row['figure']}: {n} counted, not {row['count']:.0f}")
    return wrong


NOT_FIGURES = (r"\b(?:19|20)\d\d(?:-\d\d)?(?:-Q\d)?\b", "95% (?:interval|limits)", r"[Ff]ewer than \d+", r"the \d+ months to",
               r"[Oo]ver \d+ months", "\u201c.*\u201d")


def figures(text: str) -> list[str]:
    """The numbers of a sentence, without those that name a time or a level of confidence."""
    text = re.sub("|".join(NOT_FIGURES), "", text)
    return re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?%?", text)


def told(claims: pd.DataFrame) -> set[str]:
    out = {f for text in claims["figure"] for f in figures(text)}
    out |= {f"{v:,.0f}" for c in ("count", "n") for v in claims[c].dropna()}
    return out | {percent(v) for c in ("share", "share_lower", "share_upper") for v in claims[c].dropna()}


def sentences(html: str):
    """Each sentence of the page outside its tables and pictures, with the headings that it stands under."""
    page = BeautifulSoup(html, "lxml").find("main")
    for other in page.select("table, figure, details, nav, .qa-table, .qa-notes"):
        other.decompose()
    path: dict[str, str] = {}
    for one in page.find_all(["h1", "h2", "h3", "h4", "p", "li"]):
        if one.name.startswith("h"):
            path = {k: v for k, v in path.items() if k < one.name} | {one.name: one.get_text(" ", strip=True)}
        elif not one.find(["p", "li"]):
            yield list(path.values()), one.get_text(" ", strip=True)


def untraced(html: str, claims: pd.DataFrame, r) -> list[str]:
    """Sentences with a number that no claim of their part holds; the number of a team is its name."""
    out, teams = [], sorted(r.whole.audits["team"].dropna().astype(str).unique(), key=len, reverse=True)
    for path, text in sentences(html):
        for team in teams:
            text = text.replace(team, "a team")
        if set(path[-2:]) & NOT_OF_DATA or "By the rule below" in text or text.startswith(RULES):
            continue
        parts = {*path, *(p for h in path for p in ALSO.get(h, ()))}
        own = claims if EVERY & set(path) else claims[claims["part"].isin(parts)]
        missing = set(figures(text.rstrip("."))) - told(own) - counted_on_the_page(text)
        if missing:
            out.append(f"{path[-1]}: {text} ({', '.join(sorted(missing))})")
    return out


RULES = ("Mostly good:", "Strong from", "Prevalence:", "Severity:", "Trend:", "Evidence:", "All services,",
         "Early Help,")


def counted_on_the_page(text: str) -> set[str]:
    """Numbers of things that the page itself shows and a reader can count there: months, services, indicators, sources."""
    return {n for pattern in PAGE for n in re.findall(pattern, text)}


PAGE = (
    r"latest of (\d+) months", r"; (\d+) earlier months?", r"of (\d+) \w+s shown", r"; (\d+) \w+s? (?:is|are) not shown",
    r"[Oo]f (\d+) indicators?", r"none of (\d+) indicators", r"indicators?, (\d+) gives?", r"^(\d+) indicators? of the",
    r"^(\d+) sources agree", r"neighbours are the (\d+) of the model", r"open for more than (\d+) months",
    r"at most (\d+%) inadequate", r"at least (\d+%) good", r"first (\d+) priorities", r"(\d+) for the (?:worse|better)",
    r"(\d+) (?:is|are) out of step", r"of (\d+) percentage points",
)


@pytest.mark.parametrize("report", REPORTS)
def test_each_claim_leads_back_to_as_many_rows_as_it_says(made, report):
    _, names = made(report)
    assert mismatches(names["claims"], names["r"]) == []
    assert len(names["claims"]) > 80


@pytest.mark.parametrize("report", ["supervision", "board", "a quarter of one service"])
def test_each_figure_of_a_sentence_stands_in_the_evidence_of_its_part(made, report):
    html, names = made(report)
    assert untraced(html, names["claims"], names["r"]) == []


def test_a_part_without_its_claims_is_noticed(made):
    html, names = made("supervision")
    claims = names["claims"]
    for part in (
        "How much was done", "How good practice was", "Each practice standard's year", "Themes", "What difference it made",
        "What children, families and partners say", "Performance and the workforce", "Where the sources agree",
        "Can the grades be trusted", "How far the figures can be trusted",
    ):
        assert untraced(html, claims[claims["part"] != part], names["r"]), part


def test_a_claim_that_counts_other_rows_is_noticed(made):
    _, names = made("supervision")
    claims = names["claims"].copy()
    first = claims.index[claims["counted"].ne("") & claims["count"].gt(1)][0]
    claims.loc[first, ["count", "n_rows"]] = claims.loc[first, ["count", "n_rows"]] - 1
    assert len(mismatches(claims.loc[[first]], names["r"])) == 2


def test_the_claims_answer_the_three_questions_in_order(made):
    claims = made("board")[1]["claims"]
    assert list(dict.fromkeys(claims["question"])) == list(evidence.QUESTIONS)


def test_the_share_of_a_claim_is_its_count_over_its_n_and_what_is_no_sample_has_no_interval(made):
    claims = made("board")[1]["claims"]
    known = claims[claims["share"].notna()]
    assert len(known) > 60 and np.allclose(known["share"], known["count"] / known["n"])
    limits = known[known["share_lower"].notna()]
    assert (limits["share_lower"] <= limits["share"]).all() and (limits["share"] <= limits["share_upper"]).all()
    done = claims[claims["figure"].str.endswith("done of what was due")]
    assert len(done) and done["share_lower"].isna().all()


def test_no_small_count_and_no_small_remainder_is_in_the_evidence_of_a_wider_audience(made):
    _, names = made("board")
    claims, small = names["claims"], names["r"].rule.smallest_count
    own = claims[~claims["source"].isin(["Indicators", "Providers", "Work done"])]
    for values in (own["count"], own["n"], own["n"] - own["count"]):
        assert not values.between(1, small - 1).any()
    assert own["suppressed"].any() and own.loc[own["suppressed"], ["share", "share_lower"]].isna().all(axis=None)


def test_a_count_that_leaves_few_is_withheld_and_a_published_one_is_not(made):
    r = made("board")[1]["r"]
    few = [evidence.claim("Part", "left", "audits", {}, count=17, n=20), evidence.claim("Part", "small", "audits", {}, count=3),
           evidence.claim("Part", "shown", "audits", {}, count=9, n=20),
           evidence.claim("Part", "published", "providers of concern", {}, count=3)]
    table = together(r, few).set_index("figure")
    assert table["suppressed"].to_dict() == {"left": True, "small": True, "shown": False, "published": False}
    assert table.loc[["left", "small"], "count"].isna().all() and table.loc["published", "count"] == 3


def test_what_a_section_withheld_stays_withheld_even_where_the_rest_is_large(made):
    r = made("board")[1]["r"]
    hidden = evidence.share("Part", "hidden", {"count": 30, "n": 90, "suppressed": True}, "audits", {}, good=True)
    assert together(r, hidden)["suppressed"].tolist() == [True] and together(r, hidden)["share"].isna().all()


def test_a_report_of_published_inspections_traces_its_claims_too(shared, made):
    given = {"data": str(shared / "data"), "profile": "ofsted_ilacs", "period": "2023-24", "audience": "public",
             "area": "Barnsley", "inspections": str(shared / "data")}
    _, names = made("real", **given)
    assert mismatches(names["claims"], names["r"]) == [] and len(names["claims"]) > 40
