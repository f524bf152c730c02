"""The codebook: what a user may write, and what is said of a fault."""

import pytest

from qa_analysis.codebook import CodebookError, Either, Run, Word, load_codebook, parse_phrase, read_codebook
from qa_analysis.profile import load_profile


def one_theme(*phrases, **more):
    return {"themes": [{"id": "voice", "phrases": list(phrases)}], **more}


def fault_of(content) -> str:
    with pytest.raises(CodebookError) as error:
        read_codebook(content, "mine.yml")
    return str(error.value)


def test_a_gap_stands_between_two_words():
    assert parse_phrase("oversight ~3 case*").together == (Run((Word("oversight"), Word("case*")), (3,)),)


def test_a_word_that_may_be_missing_makes_two_ways_and_keeps_the_wider_gap():
    assert parse_phrase("plan ~2 of? review").together == (Either((
        Run((Word("plan"), Word("of"), Word("review")), (2, 0)), Run((Word("plan"), Word("review")), (2,)))),)


def test_hyphens_possessives_and_quotes_are_written_as_one_likes():
    assert parse_phrase("Pre-birth").together == parse_phrase("pre birth").together
    assert parse_phrase("child’s voice").together == parse_phrase("child voice").together
    assert parse_phrase("drift & delay").together == parse_phrase("drift and delay").together


def test_a_list_stands_for_any_of_its_phrases():
    phrase = parse_phrase("<who> decision", {"who": ["manager*", "team leader"]})
    assert phrase.together == (Run((Either((Word("manager*"), Run((Word("team"), Word("leader")), (0,)))),
                                    Word("decision")), (0,)),)


@pytest.mark.parametrize(("phrase", "says"), [
    ("(plan", "a bracket is not closed"),
    ("plan)", "a bracket is closed that was not opened"),
    ("(plan|)", "words are missing"),
    ("~3 plan", "between words"),
    ("plan ~3", "words are missing"),
    ("plan ~99 late", "up to 20"),
    ("plan ~ late", "must be ~ and a number"),
    ("<nobody> plan", "no list <nobody>; lists: who"),
    ("<who plan", "< without >"),
    ("who> plan", "> without <"),
    ("dad?", "a phrase needs a word that must be there"),
    ("? dad", "must follow a word"),
    ("plan +", "may not be empty"),
    ("plan unless", "may not be empty"),
    ("*vision", "can't begin with *"),
    ("--", "holds no word"),
])
def test_a_faulty_phrase_is_named_with_its_place_and_what_is_wrong(phrase, says):
    message = fault_of(one_theme("fine", phrase, lists={"who": ["manager"]}))
    assert "mine.yml, themes[0] (voice).phrases[1]" in message and says in message


def test_all_faults_are_told_at_once():
    message = fault_of({"themes": [{"id": "a", "phrases": ["(b"], "colour": "red"}, {"label": "no id"},
                                   {"id": "a", "excluded": [{"b": "c"}]}, {"id": "d", "phrases": "one text"}]})
    for part in ("themes[0] (a).phrases[0] '(b'", "themes[0] (a): colour not known; a theme has excluded, id, label",
                 "themes[1]: a theme needs an id", "themes[2] (a): this id stands twice",
                 "themes[2] (a).excluded[0]: {'b': 'c'} is not a phrase", "themes[3] (d).phrases: must be a list"):
        assert part in message


def test_a_codebook_without_themes_is_refused():
    assert "`themes` must be a list" in fault_of({"phrases": []})


def test_a_missing_or_unreadable_file_is_named(tmp_path):
    with pytest.raises(CodebookError, match="there is no such file"):
        load_codebook(tmp_path / "none.yml")
    (tmp_path / "bad.yml").write_text("themes: [", encoding="utf-8")
    with pytest.raises(CodebookError, match="bad.yml: not readable as YAML"):
        load_codebook(tmp_path / "bad.yml")
    (tmp_path / "text.yml").write_text("only words", encoding="utf-8")
    with pytest.raises(CodebookError, match="this file has none"):
        load_codebook(tmp_path / "text.yml")


def test_the_shipped_codebook_has_phrases_for_every_theme_of_the_common_profile():
    shipped, common = load_codebook(), load_profile("common")
    assert set(shipped.labels) == set(common.themes)
    assert all(theme.phrases for theme in shipped.themes)


def test_a_profile_gives_its_labels_and_adds_its_phrases(tmp_path):
    profile = load_profile("common")
    themes = dict(profile.themes)
    themes["planning"] = themes["planning"].model_copy(update={"label": "Our plans", "phrases": ("road map*",)})
    codebook = load_codebook(profile.model_copy(update={"themes": themes}))
    planning = next(t for t in codebook.themes if t.id == "planning")
    assert planning.label == "Our plans" and planning.phrases[-1].text == "road map*" and len(planning.phrases) > 1


def test_a_faulty_phrase_in_a_profile_is_named():
    profile = load_profile("common")
    themes = {"planning": profile.themes["planning"].model_copy(update={"phrases": ("(plan",)})}
    with pytest.raises(CodebookError, match=r"profile common, themes.planning.phrases\[0\] '\(plan'"):
        load_codebook(profile.model_copy(update={"themes": themes}))


def test_a_profile_can_be_named():
    assert load_codebook("manchester").labels == load_codebook().labels
