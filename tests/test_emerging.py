"""New wording that no theme covers."""

import pandas as pd
import pytest
from scipy.stats import fisher_exact

from qa_analysis.codebook import read_codebook
from qa_analysis.measures.emerging import emerging_phrases

BOOK = read_codebook({"themes": [{"id": "planning", "phrases": ["plan*"]}]})


def findings(*texts):
    return pd.DataFrame({"audit_id": [str(i) for i in range(len(texts))], "text": texts})


def emerging(now, before, **more):
    return emerging_phrases(findings(*now), findings(*before), BOOK, **more)


def test_a_new_phrase_is_found_with_its_audits_and_fishers_exact_test():
    table = emerging(["They use vaping kits daily"] * 4 + ["the plan is good"] * 6, ["the plan is good"] * 10)
    first = table.iloc[0]
    assert first["phrase"] == "use vaping kits daily"
    assert first[["n_audits_now", "n_audits_before", "n_now", "n_before"]].tolist() == [4, 0, 10, 10]
    assert first["p_value"] == pytest.approx(fisher_exact([[4, 6], [0, 10]], alternative="greater").pvalue)


def test_words_of_a_theme_are_in_no_phrase():
    phrases = emerging(["weak planning around vaping"] * 5, ["fine"] * 5)["phrase"]
    assert not phrases.str.contains("plan").any() and "vaping" in set(phrases)


def test_an_audit_counts_once_however_often_it_says_it():
    now = pd.DataFrame({"audit_id": ["1", "1", "2", "3"], "text": ["vaping seen"] * 4})
    assert emerging_phrases(now, findings("fine"), BOOK)["n_audits_now"].tolist() == [3]


def test_rare_and_falling_phrases_are_left_out():
    assert emerging(["vaping seen"] * 2 + ["fine"] * 8, ["fine"] * 10).empty
    assert "vaping seen" not in set(emerging(["vaping seen"] * 3 + [""] * 7, ["vaping seen"] * 10)["phrase"])


def test_names_and_numbers_are_in_no_phrase_and_masked_in_the_example():
    table = emerging(["Worker told Sarah Jones that vaping worries her aged 14"] * 4 + ["worker here"], ["fine"] * 9)
    assert not table["phrase"].str.contains("sarah|jones|14").any()
    example = table.loc[table["phrase"].str.contains("vaping"), "example"].iloc[0]
    assert "[…] […] that vaping" in example
    assert not any(secret in example for secret in ("Sarah", "Jones", "14"))


def test_no_text_before_leaves_the_test_missing():
    table = emerging(["vaping seen"] * 4, [])
    assert table["p_value"].isna().all() and table["n_before"].eq(0).all() and len(table)


def test_no_text_now_gives_an_empty_table_with_its_columns():
    assert "example" in emerging([], ["fine"]).columns and emerging([], ["fine"]).empty


def test_noise_alone_is_hardly_ever_below_the_adjusted_threshold():
    words = ["tea seen", "cups washed", "dogs walked", "bins emptied", "lights mended"]
    pool = [words[(i * 7 + i // 3) % 5] for i in range(200)]
    assert not (emerging(pool[:100], pool[100:])["p_adjusted"] < 0.05).any()


def test_a_phrase_that_the_audits_of_a_clearer_one_use_is_not_listed_again():
    now = ["vaping seen, kits found"] * 6 + ["vaping seen"] * 4
    assert emerging(now, ["fine"] * 10)["phrase"].tolist() == ["vaping seen"]
