"""A notebook with every kind of chart, table and sentence, with long names, gaps and withheld numbers; invented.

Its cells are run here in one namespace and what they display is kept, so that no kernel has to start.
"""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import nbformat
import numpy as np
import pandas as pd

from qa_analysis import charts, show
from qa_analysis.tables import Column

GRADES = ["Inadequate", "Requires improvement to be good", "Good", "Outstanding"]
SERVICES = [
    "Locality social work",
    "Permanence",
    "Leaving care",
    "Early help",
    "Fostering",
    "Complex safeguarding",
    "Youth justice",
]
STANDARDS = [
    "Assessment",
    "Planning",
    "Chronologies",
    "Management supervision",
    "The child's voice",
    "Parent and carer engagement",
]


def wilson(count: Any, n: Any) -> tuple[Any, Any]:
    """Only so that the pictures have likely intervals; the project's own are tested elsewhere."""
    count, n = np.asarray(count, float), np.maximum(np.asarray(n, float), 1)
    p, z = count / n, 1.96
    centre, half = (p + z * z / (2 * n)), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return np.clip((centre - half) / (1 + z * z / n), 0, 1), np.clip((centre + half) / (1 + z * z / n), 0, 1)


def with_share(table: pd.DataFrame) -> pd.DataFrame:
    lower, upper = wilson(table["count"], table["n"])
    seen = table["n"] > 0
    return table.assign(
        share=(table["count"] / table["n"].where(seen)),
        share_lower=np.where(seen, lower, np.nan),
        share_upper=np.where(seen, upper, np.nan),
    )


def grade_table(groups: list[str], seed: int = 1, most: int = 24, by: str = "service") -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for group in groups:
        counts = rng.multinomial(rng.integers(6, most), [0.08, 0.27, 0.5, 0.15])
        rows += [
            {by: group, "grade": g, "count": int(c), "n": int(counts.sum())}
            for g, c in zip(GRADES[::-1], counts[::-1], strict=True)
        ]
    table = with_share(pd.DataFrame(rows))
    return table.assign(grade=pd.Categorical(table["grade"], GRADES, ordered=True))


def month_table(n_months: int = 13, seed: int = 2, gap: int | None = None) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    months = pd.date_range(end="2024-06-01", periods=n_months, freq="MS")
    n = rng.integers(18, 60, n_months)
    if gap is not None:
        n[gap] = 0
    return with_share(
        pd.DataFrame({"month": months, "count": rng.binomial(n, np.linspace(0.5, 0.72, n_months)), "n": n})
    )


def spc_points(n_points: int = 24, seed: int = 3) -> pd.DataFrame:
    table = month_table(n_points, seed)
    mean = table["share"][: n_points // 2].mean()
    half = 3 * np.sqrt(mean * (1 - mean) / table["n"])
    kind = np.where(
        table["share"] > mean + half,
        "special_cause_improvement",
        np.where(table["share"] < mean - half, "special_cause_concern", "common_cause"),
    )
    if n_points >= 16:
        kind[-7:] = "special_cause_improvement"
        kind[4] = "special_cause_concern"
    return pd.DataFrame(
        {
            "date": table["month"],
            "value": table["share"],
            "mean": mean,
            "lpl": np.clip(mean - half, 0, 1),
            "upl": np.clip(mean + half, 0, 1),
            "point_type": kind,
        }
    )


def heat_table() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    rows = [
        {"standard": s, "service": v, "n": int(n), "count": int(rng.binomial(n, rng.uniform(0.2, 0.95)))}
        for s in STANDARDS
        for v, n in zip(SERVICES, rng.integers(0, 22, len(SERVICES)), strict=True)
    ]
    table = with_share(pd.DataFrame(rows)).astype({"share": object, "count": object, "n": object})
    table.loc[3, ["share", "count", "n"]] = "[c]"
    table.loc[table["n"].map(lambda v: isinstance(v, int) and v < 3), "share"] = None
    return table


def _demo_cells() -> list[tuple[str, str]]:
    """Each cell: markdown or code, and its source."""
    return [
        (
            "markdown",
            "# Monthly themes and findings: June 2024\n\nFor heads of service and the quality assurance board. "
            "All seven services, 1 to 30 June 2024.",
        ),
        ("code", "show.show_headline(headline)"),
        (
            "code",
            "show.show_chart(charts.grade_bars(grades_all, title='Six in ten audits were good or better in June', "
            "subtitle='Share of audits with each overall grade, all services, June 2024', source=source))",
        ),
        (
            "markdown",
            "## Grades by service\n\nOverall grades after moderation. Groups of fewer than six audits are not shown.",
        ),
        (
            "code",
            "show.show_chart(charts.grade_bars(grades, 'service', title='Services differ no more than chance allows', "
            "subtitle='Share of audits with each overall grade, June 2024', source=source))",
        ),
        (
            "code",
            "show.show_table(table, 'Audits good or better, by service, June 2024', {'service': 'Service', "
            "'share': ('Good or better', 'share_of'), 'share:interval': ('95% interval', 'interval'), "
            "'days': ('Time to moderation', 'number', 'days'), 'last': ('Last audit', 'date')}, "
            "notes=['Audits of cases chosen at random.'])",
        ),
        ("code", "show.show_heading('Change over time', 3)"),
        (
            "code",
            "show.show_chart(charts.share_trend(months, target=0.7, "
            "title='The share good or better rose over the year', "
            "subtitle='Share of graded audits, July 2023 to June 2024, 95% interval', source=source))",
        ),
        (
            "code",
            "show.show_chart(charts.control_chart(points, title='Seven months above the mean: a real improvement', "
            "target=0.75, subtitle='Share of graded audits good or better, p-chart, 24 months', source=source))",
        ),
        (
            "code",
            "show.show_chart(charts.small_multiples(by_service, 'service', title='Only two services have moved', "
            "subtitle='Share good or better by month', source=source))",
        ),
        ("markdown", "## Standards\n\nThe six golden threads."),
        (
            "code",
            "show.show_chart(charts.heat_map(heat, rows='standard', columns='service', title='Chronologies hold grades "
            "down in most services', subtitle='Share good or better, April to June 2024', source=source))",
        ),
        ("markdown", "## Moderation\n\nA second opinion on one audit in three."),
        (
            "code",
            "show.show_chart(charts.agreement_grid(agreement, title='Moderators agreed with 41 of 60 grades', "
            "subtitle='Random moderation, April to June 2024', source=source))",
        ),
        ("markdown", "## What works well and what to do better"),
        ("code", "show.show_columns(strengths, improvements)"),
        ("markdown", "## Actions"),
        (
            "code",
            "show.show_chart(charts.ageing_bars(ageing, 'service', title='Permanence holds most of actions open for "
            "three months or more', subtitle='Open actions by days since raised, 30 June 2024', source=source))",
        ),
        (
            "code",
            "show.show_chart(charts.survival_steps(survival, due_day=42, title='Half of the actions are closed within "
            "five weeks', subtitle='Share still open by days since raised, 95% band', source=source))",
        ),
        (
            "code",
            "show.show_chart(charts.survival_steps(survival_by, 'priority', title='High priority closes sooner', "
            "subtitle='Share still open by days since raised', source=source))",
        ),
        ("markdown", "## Activity and places"),
        (
            "code",
            "show.show_chart(charts.coverage_bars(coverage, 'activity', title='Observations fell short of the plan', "
            "subtitle='Activities done and due, June 2024', source=source))",
        ),
        (
            "code",
            "show.show_chart(charts.interval_dots(dots, 'standard', title='One thread rose, the rest did not', "
            "now='April to June 2024', before='January to March 2024', target=0.7, "
            "subtitle='Share good or better by golden thread, 95% interval', source=source))",
        ),
        (
            "code",
            "show.show_chart(charts.funnel_chart(teams, curve, average=0.62, title='Two of 45 teams lie outside chance "
            "limits', subtitle='Share good or better by team, July 2023 to June 2024', source=source))",
        ),
        ("code", "show.show_table(tracker, 'Longest open actions', folded=True)"),
        ("code", "show.show_sentences(['Twelve actions are overdue.', 'Three have no date.'], 'In short')"),
    ]


def namespace() -> dict[str, Any]:
    grades = grade_table([*SERVICES, "Intensive family support and specialist assessment (north and central)"])
    grades = grades.astype({"count": object, "n": object, "share": object})
    grades.loc[grades["service"] == "Leaving care", ["count", "n", "share"]] = "[c]"
    grades.loc[grades["service"] == "Youth justice", ["share"]] = None
    by_service = pd.concat([month_table(12, seed=i).assign(service=s) for i, s in enumerate(SERVICES)])
    table = with_share(
        pd.DataFrame(
            {
                "service": SERVICES,
                "count": [14, 9, 3, 22, 5, 7, 0],
                "n": [21, 12, 7, 31, 7, 11, 0],
                "days": [3.25, 4.0, np.nan, 2.5, 7.75, 12.0, np.nan],
                "last": pd.to_datetime(
                    ["2024-06-03", "2024-06-28", "2024-06-14", None, "2024-06-21", "2024-06-30", None]
                ),
            }
        )
    )
    table = table.astype({"share": object, "count": object, "n": object})
    table.loc[2, ["share", "count", "n"]] = "[c]"
    rng = np.random.default_rng(7)
    bands = pd.CategoricalDtype(["0 to 30", "31 to 60", "61 to 90", "over 90"], ordered=True)
    ageing = pd.DataFrame(
        [
            {"service": s, "band_days": b, "count": int(rng.integers(0, 14)), "n_overdue": 1}
            for s in SERVICES
            for b in bands.categories
        ]
    ).astype({"band_days": bands})
    ageing.loc[ageing["service"] == "Fostering", "count"] = 0
    ageing["count"] = ageing["count"].astype(float).mask(ageing["service"] == "Youth justice")
    ageing["suppressed"] = ageing["service"] == "Youth justice"
    days = np.arange(1, 121, 3)

    def decay(speed: float) -> pd.DataFrame:
        share = np.exp(-days / speed)
        return pd.DataFrame(
            {
                "day": days,
                "share_open": share,
                "share_open_lower": np.clip(share - 0.07, 0, 1),
                "share_open_upper": np.clip(share + 0.07, 0, 1),
                "n_at_risk": (140 * share).astype(int) + 1,
            }
        )

    dots = with_share(pd.DataFrame({"standard": STANDARDS, "count": [34, 29, 28, 40, 51, 44], "n": [68] * 6}))
    lower, upper = wilson([30, 31, 26, 41, 33, 45], [66] * 6)
    dots = dots.assign(
        share_before=np.array([30, 31, 26, 41, 33, 45]) / 66, share_before_lower=lower, share_before_upper=upper
    )
    n_team = rng.integers(4, 60, 45)
    teams = pd.DataFrame(
        {
            "team": [f"Team {i + 1}" for i in range(45)],
            "n": n_team,
            "count": rng.binomial(n_team, 0.62),
            "position": "within",
        }
    )
    teams.loc[3, ["team", "n", "count", "position"]] = [
        "Family support and specialist assessment north",
        40,
        13,
        "below 99.8%",
    ]
    teams.loc[17, ["n", "count", "position"]] = [52, 46, "above 99.8%"]
    teams = with_share(teams)
    ns = np.arange(1, 61)
    half = np.sqrt(0.62 * 0.38 / ns)
    curve = pd.DataFrame(
        {"n": ns}
        | {
            f"{side}_{name}": np.clip(0.62 + sign * z * half, 0, 1)
            for name, z in (("95", 1.96), ("998", 3.09))
            for side, sign in (("lower", -1), ("upper", 1))
        }
    )
    return {
        "ageing": ageing,
        "survival": decay(52.0),
        "dots": dots,
        "teams": teams,
        "curve": curve,
        "survival_by": pd.concat(
            [
                decay(20.0).assign(priority="High"),
                decay(45.0).assign(priority="Medium"),
                decay(110.0).assign(priority="Low"),
            ]
        ),
        "coverage": pd.DataFrame(
            {
                "activity": [
                    "Case audits",
                    "Direct observations",
                    "Feedback from families",
                    "Supervision audits",
                    "Dip samples",
                ],
                "done": [42, 9, 31, 7, 1],
                "due": [45, 14, 28, 7, 0],
            }
        ),
        "tracker": pd.DataFrame(
            {
                "service": SERVICES[:3],
                "raised": pd.to_datetime(["2024-01-03"] * 3),
                "open_days": [179, 140, 133],
                "source_row": [3, 4, 5],
            }
        ),
        "show": show,
        "charts": charts,
        "Column": Column,
        "pd": pd,
        "np": np,
        "source": "Source: audit returns, 154 graded audits, extracted 3 July 2024.",
        "headline": [
            "62% of audits were good or better in June (95 of 154), as in May.",
            "Chronologies are the weakest thread: 41% good or better (28 of 68), below every other thread.",
            "Twelve actions are overdue, four of them urgent; Permanence holds seven.",
        ],
        "grades_all": grade_table(["All services"], most=60),
        "grades": grades,
        "table": table,
        "months": month_table(13, gap=5),
        "points": spc_points(),
        "by_service": by_service,
        "heat": heat_table(),
        "agreement": pd.DataFrame(
            [[6, 3, 0, 0], [1, 21, 8, 0], [0, 2, 11, 3], [0, 0, 2, 3]], GRADES[::-1], GRADES[::-1]
        ),
        "strengths": [
            "Direct work is rich: children's own words are quoted in 9 of 12 assessments.",
            "Plans are reviewed on time and with the family in the room.",
        ],
        "improvements": [
            "Chronologies stop at the last transfer; nobody owns them afterwards.",
            "Supervision records decisions without the reasons, and reflection is seldom seen.",
            "Fathers who live elsewhere are not asked for their views.",
        ],
    }


def run_cells(cells: list[tuple[str, str]], names: dict[str, Any]) -> Any:
    """A notebook as if executed: each code cell with what it displayed."""
    nb = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    for kind, source in cells:
        if kind == "markdown":
            nb.cells.append(nbformat.v4.new_markdown_cell(source))
            continue
        shown: list[dict[str, Any]] = []
        with patch.object(show, "_display_bundle", shown.append):
            exec(compile(source, "cell", "exec"), names)  # noqa: S102
        outputs = [nbformat.v4.new_output("display_data", data=bundle) for bundle in shown]
        nb.cells.append(nbformat.v4.new_code_cell(source, outputs=outputs))
    return nb


def demo_notebook() -> Any:
    return run_cells(_demo_cells(), namespace())


LONG = "Intensive family support, specialist assessment and edge of care service (north, east and central) 👩‍👧"
RIGHT_TO_LEFT = "فريق الدعم العائلي"
ONE_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


def hard_namespace() -> dict[str, Any]:
    """Sixty teams, 36 months, one month, nothing at all, long and foreign names, a table of 2,000 rows."""
    teams = [*(f"Team {i:02d} of a locality" for i in range(57)), LONG, RIGHT_TO_LEFT, ONE_WORD]
    threads = [*STANDARDS, LONG]
    nothing = month_table(5).assign(share=np.nan, share_lower=np.nan, share_upper=np.nan, n=0, count=0)
    cells = [
        {"standard": s, "team": t, "n": 12, "count": (i * 7 + j * 3) % 13}
        for i, s in enumerate(threads)
        for j, t in enumerate(teams)
    ]
    grid = with_share(pd.DataFrame(cells))
    return namespace() | {
        "LONG": LONG,
        "grades60": grade_table(teams, by="team"),
        "one_audit": grade_table(["Fostering"]).assign(n=1),
        "no_grades": grade_table(["Fostering"]).iloc[:0],
        "months36": month_table(36, gap=3),
        "month1": month_table(1),
        "no_months": month_table(1).iloc[:0],
        "nothing": nothing,
        "points36": spc_points(36),
        "points8": spc_points(8),
        "point1": spc_points(1).assign(lpl=np.nan, upl=np.nan),
        "months60": pd.concat([month_table(12, seed=i).assign(team=t) for i, t in enumerate(teams)]),
        "grid60": grid,
        "grid14": grid[grid["team"].isin(teams[-14:])],
        "coverage60": pd.DataFrame({"team": teams, "done": range(60), "due": 30}),
        "ageing60": pd.DataFrame(
            [
                {"team": t, "band_days": b, "count": i % 7}
                for i, t in enumerate(teams)
                for b in ["0 to 30", "31 to 60", "over 60"]
            ]
        ),
        "dots60": with_share(pd.DataFrame({"team": teams, "n": [0, 1, 7] * 20, "count": [0, 1, 5] * 20})),
        "rows2000": pd.DataFrame(
            {"case": [f"C{i}" for i in range(2000)], "note": "Seen at home 🌍, alone", "open_days": range(2000)}
        ),
    }


_HARD_CELLS = [
    ("markdown", "# Hard cases\n\nNames, numbers and tables that pages break on."),
    ("markdown", "## Grades"),
    ("code", "show.show_chart(charts.grade_bars(grades60, 'team', title=LONG, subtitle=LONG, source=source))"),
    ("code", "show.show_chart(charts.grade_bars(one_audit, title='One audit', source=source))"),
    ("code", "show.show_chart(charts.grade_bars(no_grades, 'service', title='No audits', source=source))"),
    ("markdown", "## Time"),
    ("code", "show.show_chart(charts.share_trend(months36, title='36 months', target=0.6, source=source))"),
    ("code", "show.show_chart(charts.share_trend(month1, title='One month', source=source))"),
    ("code", "show.show_chart(charts.share_trend(no_months, title='No month', source=source))"),
    ("code", "show.show_chart(charts.share_trend(nothing, title='Months without audits', source=source))"),
    ("code", "show.show_chart(charts.control_chart(points36, title='36 points', source=source))"),
    ("code", "show.show_chart(charts.control_chart(points8, title='8 points', source=source))"),
    ("code", "show.show_chart(charts.control_chart(point1, title='One point', source=source))"),
    ("code", "show.show_chart(charts.small_multiples(months60, 'team', title='60 teams', source=source))"),
    ("markdown", "## Places"),
    (
        "code",
        "show.show_chart(charts.heat_map(grid14, rows='standard', columns='team', title='14 teams', source=source))",
    ),
    (
        "code",
        "show.show_chart(charts.heat_map(grid60, rows='team', columns='standard', title='60 rows', source=source))",
    ),
    ("code", "show.show_chart(charts.coverage_bars(coverage60, 'team', title='Done and due', source=source))"),
    ("code", "show.show_chart(charts.ageing_bars(ageing60, 'team', title='Ages', source=source))"),
    ("code", "show.show_chart(charts.interval_dots(dots60, 'team', title='Shares', source=source))"),
    ("markdown", "## Tables and lists"),
    ("code", "show.show_table(rows2000, 'Two thousand rows')"),
    ("code", "show.show_table(no_months, 'Months')"),
    ("code", "show.show_columns([], [LONG, '<b>bold</b> &amp; **strong** text', RIGHT])"),
]


def hard_notebook() -> Any:
    return run_cells(_HARD_CELLS, hard_namespace() | {"RIGHT": RIGHT_TO_LEFT})
