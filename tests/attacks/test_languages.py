"""The table of languages shows edits that are made, and a dash where nothing can be edited."""

import re
from pathlib import Path

import pytest

from robustaudit.attacks import EditExample, LanguageEntry, list_languages, parse_attack
from robustaudit.perturbations import TextBatch
from robustaudit.reports.listing import languages_markdown

LANGUAGES = list_languages()
DOCS = Path(__file__).parents[2] / "docs" / "perturbations.md"


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda each: each.name)
def test_an_edit_is_shown_where_the_sentence_has_a_site_and_else_a_dash(language: LanguageEntry) -> None:
    for name, edit in language.edits.items():
        if name == "keyboard":
            assert (edit is None) == (language.layout is None)
        else:
            batch = TextBatch([language.sentence])
            texts = parse_attack(name).attack.single_edits(batch).texts(batch)
            assert (edit is None) == (len(texts) == 0), name
            assert edit is None or _made_once(language.sentence, edit) & set(texts), name


def _made_once(sentence: str, edit: EditExample) -> set[str]:
    """The sentence with the edit at one of the places where its words stand."""
    places = re.finditer(re.escape(edit.before), sentence)
    return {sentence[: each.start()] + edit.after + sentence[each.end() :] for each in places}


def test_each_script_has_some_edit_and_a_reader_sees_which_has_none_of_the_reference_keyboard() -> None:
    without = {each.name for each in LANGUAGES if each.edits["qwerty"] is None}
    assert without == {"Russian", "Arabic", "Hindi", "Chinese", "Japanese"}
    assert all(each.edits["delete"] for each in LANGUAGES)


def test_the_docs_have_the_table_of_languages() -> None:
    """`scripts/update-docs list languages` writes it anew."""
    (quoted,) = re.findall(
        r"<!-- output: robustaudit list languages --markdown -->\n(.*?)<!-- end -->",
        DOCS.read_text(encoding="utf-8"),
        re.DOTALL,
    )
    assert quoted == languages_markdown(LANGUAGES)
