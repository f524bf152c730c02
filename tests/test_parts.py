"""What the parts of the quarter share: a part is there only with its activity, and every sentence keeps to the gate."""

import dataclasses
import re

import pandas as pd
import pytest
from quarter_tables import audit, report

from qa_analysis.sections import (
    learning,
    learning_circle,
    method,
    observation,
    parts,
    random_sample,
    supervision,
    themed,
    voice,
)

SECTIONS = {
    "supervision": (supervision.supervision, supervision.show_supervision),
    "observation": (observation.observation, observation.show_observation),
    "learning audits": (learning.learning_audits, learning.show_learning_audits),
    "learning visits": (learning.learning_visits, learning.show_learning_visits),
    "random sample": (random_sample.random_sample, random_sample.show_random_sample),
    "themed audits": (themed.themed_audits, themed.show_themed_audits),
    "complaints": (voice.complaints, voice.show_complaints),
    "workforce": (voice.workforce, voice.show_workforce),
    "partners": (voice.partners, voice.show_partners),
    "escalations": (voice.escalations, voice.show_escalations),
    "learning circle": (learning_circle.learning_circle, learning_circle.show_learning_circle),
}
# which parts a framework has, read from its paper
LACKS = {
    "ofsted_ilacs": set(SECTIONS),
    "manchester": {"learning audits", "learning visits", "random sample"},
    "dorset": {"learning audits", "learning visits", "random sample"},
    "quality_management": set(),
    "common": {"learning audits", "learning visits", "random sample"},
}


@pytest.fixture
def shown(monkeypatch):
    """What a section displays, as plain values."""
    out = []
    monkeypatch.setattr("IPython.display.display", lambda bundle, **_: out.append(bundle))
    return out


@pytest.mark.parametrize(("profile", "lacks"), LACKS.items())
def test_a_part_is_there_only_where_the_framework_has_its_activity(profile, lacks, shown):
    r = report(profile, audience="board")
    for name, (make, show) in SECTIONS.items():
        s = make(r)
        assert s.exists == (name not in lacks), (profile, name)
        if not s.exists:
            assert s.sentences == []
            parts.show_part("Heading", s, show, r)
    assert shown == []


@pytest.fixture(scope="module")
def empty():
    return report("quality_management")  # the one framework that has every part


@pytest.mark.parametrize("name", SECTIONS)
def test_an_empty_authority_gets_a_plain_line_and_no_figure(name, empty, shown):
    make, show = SECTIONS[name]
    s = make(empty)
    assert 1 <= len(s.sentences) <= 3
    for said in s.sentences:
        assert said.endswith(".") and said[0].isupper()
        assert not re.search(r"\bnan\b|\bNone\b(?! of)|\binf\b|NaT|%", said), said
    parts.show_part("Heading", s, show, empty)
    assert any("Heading" in str(b) for b in shown)


def test_how_many_and_its_verb_agree_and_a_small_count_is_not_told():
    r = report("manchester")
    board = dataclasses.replace(r, rule=r.profile.disclosure["board"])
    assert [parts.how_many(r, n, "audit") for n in (0, 1, 2)] == ["no audits", "1 audit", "2 audits"]
    assert [parts.verb(r, n) for n in (0, 1, 2)] == ["were", "was", "were"]
    assert parts.how_many(board, 1, "audit") == "fewer than 6 audits" and parts.verb(board, 1) == "were"


def row(count, n, share=True, suppressed=False):
    return {"count": count, "n": n, "share": count / n if share and n else float("nan"), "share_lower": 0.1,
            "share_upper": 0.9, "suppressed": suppressed}


@pytest.mark.parametrize(("given", "said"), [
    (row(5, 20), "Of 20 audits in May, 25% were late (95% interval 10% to 90%)."),
    (row(0, 20), "Of 20 audits in May, none were late (95% interval 10% to 90%)."),
    (row(20, 20), "Of 20 audits in May, all were late (95% interval 10% to 90%)."),
    (row(1, 3, share=False), "1 of 3 audits in May were late: too few to give a share."),
    (row(1, 1, share=False), "1 of 1 audit in May were late: too few to give a share."),
    (row(0, 0), "There are no audits in May of which it could be said that they were late."),
    (row(2, 9, suppressed=True), "The share of audits in May that were late is not shown, because the numbers are small.")])
def test_a_share_is_told_with_its_n_and_interval_or_why_not(given, said):
    assert parts.share_words(given, "were late", ("audit", "audits"), "May") == said


def test_how_a_case_was_chosen_is_the_frameworks_rule_where_none_is_recorded():
    r = report("quality_management", audits=[
        audit(1, "learning_audit", selection=None), audit(2, "learning_audit", selection="random"),
        audit(3, "random_sampling_audit", selection="not recorded"), audit(4, "supervision_audit", selection=None)])
    got = parts.audits_of(r, ["learning_audit", "random_sampling_audit", "supervision_audit"]).set_index("audit_id")
    assert got["selection"].tolist() == ["purposive", "random", "random", "not recorded"]


def test_work_owed_by_the_whole_authority_is_told_as_done_in_a_services_edition():
    rows = [audit(1, "learning_visit", "2019-08-01"), audit(2, "random_sampling_audit", "2018-10-01"),
            audit(3, "random_sampling_audit", "2019-09-30")]  # the data cover a year
    r = report("quality_management", audits=rows)
    one = dataclasses.replace(r, place={"service": "Fostering"})
    activities = parts.in_force(r, lambda a: a.kind == "visit")
    said = parts.done_words(one, parts.done_and_due(one, activities), activities)
    assert said == ["Learning visit: 1 done in July to September 2019."]
    whole = parts.done_words(r, parts.done_and_due(r, activities), activities)
    assert whole == ["Learning visit: 1 of 4 due in the 12 months to September 2019 were done (25%)."]


def test_a_theme_that_several_share_is_told_together_and_one_that_none_shares_is_not_called_frequent():
    r = report("manchester")

    def table(*rows):
        return pd.DataFrame([{"kind": "improvement", "label": label, "count": c, "n": n, "share": float("nan"),
                              "suppressed": False} for label, c, n in rows])

    two = parts.theme_words(r, table(("Plans", 2, 4), ("Risk", 2, 4), ("Voice", 1, 4)), "audit", "audits")
    assert two == ["Most often among areas for improvement are Plans and Risk: each in 2 of 4 audits."]
    one = parts.theme_words(r, table(("Plans", 1, 4), ("Risk", 1, 4)), "audit", "audits")
    assert one == ["No theme among areas for improvement is raised by more than one of 4 audits."]
    assert parts.theme_words(r, table().reindex(columns=["kind", "count", "suppressed"]), "audit", "audits") == []


def test_themes_whose_numbers_are_withheld_are_counted_and_not_listed_row_for_row(shown):
    rows = [("strength", "Planning", 12, 40, 0.3), ("strength", "Voice", None, 40, None),
            ("improvement", "Voice", None, 40, None)]
    table = pd.DataFrame(rows, columns=["kind", "label", "count", "n", "share"]).assign(
        basis="random or all", share_lower=0.2, share_upper=0.5, suppressed=lambda t: t["count"].isna())
    parts.show_themes(table, "Visits", "Visits")
    first, second = (str(b) for b in shown)
    assert "Planning" in first and "Voice" not in first and "1 more withheld, because the numbers are small." in first
    assert "Visits: areas for improvement are recorded, in numbers too small to show." in second and "Voice" not in second


@pytest.mark.parametrize("audience", ["supervision", "board"])
def test_data_without_any_row_of_a_source_say_so_and_stop_no_report(audience, shown):
    r = report("manchester", audience=audience)
    method.show_confidence(r, method.data_confidence(r))
    assert "No source was read." in str(shown[0])
