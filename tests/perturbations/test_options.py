import pytest

from robustaudit.perturbations import letters as options
from robustaudit.perturbations.letters import WordCache


def test_a_word_is_asked_about_once() -> None:
    asked: list[str] = []

    def replacements(word: str) -> tuple[str, ...]:
        asked.append(word)
        return (word.upper(), word + word) if word.islower() else ()

    memory = WordCache(replacements)
    form, found = memory.look_up(["so", "SO", "so", "OK"])
    again, more = memory.look_up(["it", "so"])
    assert asked == ["so", "SO", "OK", "it"]
    assert [found[place] for place in form.tolist()] == [("SO", "soso"), (), ("SO", "soso"), ()]
    assert [more[place] for place in again.tolist()] == [("IT", "itit"), ("SO", "soso")]
    assert (found.counts.tolist(), more.counts.tolist()) == ([0, 2], [0, 2, 2])
    assert (len(more), list(more[1:])) == (3, [("SO", "soso"), ("IT", "itit")])


def test_a_memory_that_is_full_begins_anew_and_spoils_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, "_MOST_WORDS", 2)
    memory = WordCache(lambda word: (word.upper(),))
    form, found = memory.look_up(["a", "b", "c"])
    later, more = memory.look_up(["d"])
    assert [found[place] for place in form.tolist()] == [("A",), ("B",), ("C",)]
    assert [more[place] for place in later.tolist()] == [("D",)]
    assert len(more) == 2
