"""How chains of defences are written, and which model stands behind one."""

import pytest

from robustaudit.core.errors import UserError
from robustaudit.defences import Chain, behind, is_open


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("strip,fold,spell", "strip,fold,spell"),
        (" strip , fold( words = 'all' )", 'strip,fold(words="all")'),
        ("spell(distance=2)", "spell"),
        ('spell(distance=1, words="a,b).txt")', 'spell(distance=1, words="a,b).txt")'),
    ],
)
def test_a_chain_is_written_in_one_way(written: str, shown: str) -> None:
    chain = Chain.parse(written)
    assert str(chain) == shown
    assert Chain.parse(shown) == chain


def test_defences_clean_in_the_order_in_which_they_are_written() -> None:
    chain = Chain.parse("strip,fold,spell")
    assert chain.clean(["mоv\u200bei is gre\u00adat", "Perfect."]) == ["movie is great", "Perfect."]
    # The other way round, words are corrected that are in pieces.
    assert Chain.parse("spell,strip").clean(["rec\u200bieved"]) != ["received"]


def test_a_digest_tells_orders_parameters_and_versions_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    written = ["strip,fold", "fold,strip", "fold", 'fold(words="all"),strip', "strip,fold,nfkc"]
    digests = {Chain.parse(each).digest for each in written}
    assert len(digests) == len(written)
    assert Chain.parse("fold, strip").digest in digests
    (fold,) = Chain.parse("fold").defences
    monkeypatch.setattr(type(fold), "version", 2)
    assert Chain.parse("fold").digest not in digests


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("spel", "unknown defence 'spel': did you mean 'spell'?"),
        ("spell(far=1)", "unknown parameter of spell 'far': it takes distance, words"),
        ("spell(distance=3)", "distance of spell must be at most 2, got 3"),
        (
            "spell(distance=[1])",
            "parameter distance of spell must be a number, true, false or a string",
        ),
        ('fold(words="some")', "words of fold must be one of 'mixed', 'all', got 'some'"),
        ("spell(1)", "defences must be names separated by commas, such as strip,fold,spell, got 'spell(1)'"),
        ("strip)(", "defences must be names separated by commas, such as strip,fold,spell, got 'strip)('"),
        ("", "defences must be names separated by commas, such as strip,fold,spell, got ''"),
        ("strip" * 500, "defences must be at most 2,000 characters, got 2,500"),
        ("strip(**{'a': 1})", "defences must be names separated by commas, such as strip,fold,spell, got"),
        ("(" * 900, "defences must be names separated by commas, such as strip,fold,spell, got"),
    ],
)
def test_what_is_no_chain_is_refused_in_one_line(written: str, message: str) -> None:
    with pytest.raises(UserError) as refused:
        Chain.parse(written)
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


def test_a_file_of_words_that_is_not_there_is_refused() -> None:
    with pytest.raises(UserError, match=r"words of spell must be a file .*, got 'none.txt': there is none"):
        Chain.parse('spell(words="none.txt")').clean(["anything"])


def test_the_model_behind_a_chain_is_found_whatever_its_name_holds() -> None:
    assert behind("hf:a(b),c") == (None, "hf:a(b),c")
    assert behind("clean(strip,fold):4") == ("strip,fold", "4")
    assert behind("clean(spell(words='a)b')) : hf:a") == ("spell(words='a)b')", "hf:a")
    assert is_open("clean(strip")
    assert not is_open("clean(strip):4")
    for wrong in ("clean(strip):", "clean(strip", "clean(strip)4"):
        with pytest.raises(UserError, match=r"must be clean\(DEFENCES\):MODEL"):
            behind(wrong)
    with pytest.raises(UserError, match="two chains of defences: write one"):
        behind("clean(strip):clean(fold):4")
