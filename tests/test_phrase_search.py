"""Where phrases stand: each sign of a phrase, and the index against a plain search word by word."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_analysis.codebook import Theme, parse_phrase
from qa_analysis.measures.phrase_search import index_texts, theme_spans


def found(phrases, *texts, excluded=()) -> list[list[str]]:
    """The words found in each text."""
    index = index_texts(texts)
    spans = theme_spans(index, Theme("t", "T", tuple(map(parse_phrase, phrases)), tuple(map(parse_phrase, excluded))))
    out = [[] for _ in texts]
    for first, last in zip(*index.words_of(spans), strict=True):
        text = index.text_no[first]
        out[text].append(texts[text][index.start[first]:index.end[last]])
    return out


@pytest.mark.parametrize(("phrase", "text", "words"), [
    ("supervis*", "Supervision by a supervisor", ["Supervision", "supervisor"]),
    ("plan", "planning", []),
    ("child's voice", "The CHILD’S voice", ["CHILD’S voice"]),
    ("child voice", "the child's voice", ["child's voice"]),
    ("pre-birth", "Pre birth, pre-birth and pre–birth", ["Pre birth", "pre-birth", "pre–birth"]),
    ("drift and delay", "drift & delay", ["drift & delay"]),
    ("oversight ~2 cases", "oversight of all cases", ["oversight of all cases"]),
    ("oversight ~2 cases", "oversight of all the cases", []),
    ("oversight ~9 cases", "Weak oversight. Some cases drift", []),
    ("oversight ~9 cases", "Weak oversight\ncases drift", []),
    ("health education", "health, education", []),
    ("health ~1 education", "health, education", ["health, education"]),
    ("(mash|front door)", "the front door", ["front door"]),
    ("late the? visit*", "late the visits; late visits", ["late the visits", "late visits"]),
    ("visit* + late", "The visit was good. It was late.", ["visit", "late"]),
    ("visit* + late", "The visit was good.", []),
    ("timescale* unless plan", "The plan has timescales", []),
    ("timescale* unless plan + clear", "The plan has timescales", ["timescales"]),
    ("grade 4.5", "grade 4.5", ["grade 4.5"]),
    ("s47", "S47 enquiry", ["S47"]),
])
def test_each_sign_of_a_phrase(phrase, text, words):
    assert sorted(found([phrase], text)[0]) == sorted(words)


def test_words_in_an_excluded_phrase_do_not_count():
    assert found(["plan*"], "permanence plans and care plans", excluded=["permanence plan*"]) == [["plans"]]


def test_of_overlapping_matches_only_the_longest_is_shown():
    assert found(["plan*", "pathway plan*", "plan* late"], "pathway plans late") == [["pathway plans", "plans late"]]


def test_a_phrase_does_not_reach_into_the_next_text():
    assert found(["care ~20 plan"], "good care", "plan missing") == [[], []]


def test_no_texts_and_empty_texts_hold_nothing():
    assert found(["plan"]) == [] and found(["plan"], "", " ; ") == [[], []]


WORDS = st.sampled_from(["plan", "plans", "late", "visit", "a", "the"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(WORDS, max_size=8), min_size=1, max_size=4), WORDS, st.integers(0, 3), WORDS)
def test_gaps_agree_with_a_search_by_regular_expression(texts, first, gap, second):
    # oracle: Python's re on the joined words, asked whether the text holds the phrase at all
    expected = [bool(re.search(rf"\b{first}(?: \w+){{0,{gap}}} {second}\b", " ".join(t))) for t in texts]
    assert [bool(f) for f in found([f"{first} ~{gap} {second}"], *map(" ".join, texts))] == expected


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(alphabet="abİß’'.,;& \n-é", max_size=20), max_size=4))
def test_any_text_can_be_searched_and_the_words_found_lie_in_it(texts):
    for text, words in zip(texts, found(["a*", "b ~2 a*"], *texts), strict=True):
        assert all(w in text for w in words)
