"""Every part of the quarter over an invented authority: each kind of period, one service, each audience."""

import dataclasses
import re

import pytest
from quarter_tables import assert_gated, assert_well_said, report, tables_of
from test_parts import SECTIONS

from qa_analysis.example import make_tables
from qa_analysis.scope import narrow
from qa_analysis.sections import parts


@pytest.mark.parametrize(("profile", "period", "place", "audience"), [
    ("manchester", "2019-09", "", "board"), ("manchester", "all", "", "supervision"),
    ("quality_management", "2019-Q2", "service", "supervision"), ("quality_management", "2018-19", "", "public")])
def test_every_part_reads_well_and_names_nobody_to_wide_audiences(profile, period, place, audience, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda bundle, **_: shown.append(str(bundle)))
    made = tables_of(profile) | make_tables(seed=2, profile=profile, months=15, scale=0.4)
    where = {place: str(made["audits"][place].dropna().astype(str).mode().iloc[0])} if place else {}
    whole = report(profile, period, audience, tables=made)
    r = dataclasses.replace(whole, data=narrow(whole.data, **where), place=where)
    for name, (make, show) in SECTIONS.items():
        s = make(r)
        parts.show_part(name, s, show, r)
        assert_well_said(s)
        if audience != "supervision":
            assert_gated(s)
    people = {p for c in ("auditor", "worker", "manager") for p in made["audits"][c].dropna()}
    cases = set(made["audits"]["case_id"].dropna())
    text = " ".join(shown)
    words = set(re.findall(r"(?<![\d.])\d{6}(?!\d)", text)) | {p for p in people if p in text}
    named = words & (people | cases)
    assert bool(named) == (audience == "supervision"), sorted(named)[:5]  # so the search itself can find them
