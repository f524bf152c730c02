"""Themes: what a phrase of the codebook matches, what is suggested, and how it is counted."""

import pandas as pd

from qa_analysis.measures.themes import load_codebook, suggest_themes


def themes_of(text: str) -> set[str]:
    return set(suggest_themes(pd.DataFrame({"text": [text]}), load_codebook())["theme"])


def test_council_jargon_is_understood():
    assert themes_of("VoC not evident; mgmt oversight weak, drift & delay") == {
        "childs_voice", "supervision", "timeliness"}
