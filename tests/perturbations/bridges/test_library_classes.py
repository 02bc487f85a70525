import pytest

from robustaudit.core.errors import MissingExtra, UserError
from robustaudit.perturbations.bridges import LibraryCall, build_library_perturbation, summary
from robustaudit.perturbations.bridges.library_classes import call, load, make
from robustaudit.perturbations.parameters import Value


class Base:
    def __init__(self, letters: str = "abc", **others: object) -> None:
        self.letters, self.others = letters, others


class Swap(Base):
    def __init__(self, most: int = 3, share: float = 0.5, **given: object) -> None:
        super().__init__(**given)
        self.share = share
        if most < 1:
            raise ValueError("most must be at least 1\nTraceback of theirs")


class Plain:
    pass


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ({}, "lib:Swap"),
        ({"most": 2}, "lib:Swap(most=2)"),
        ({"most": 3, "letters": "abc"}, "lib:Swap"),
        ({"share": 0.00001, "most": 2, "letters": "x"}, 'lib:Swap(letters="x", most=2, share=0.00001)'),
        ({"most": True}, "lib:Swap(most=true)"),
        ({"share": 1.0}, "lib:Swap(share=1.0)"),
    ],
)
def test_a_call_is_written_with_what_is_not_at_its_default(given: dict[str, Value], written: str) -> None:
    assert str(call("lib:Swap", Swap, given, reserved={})) == written


@pytest.mark.parametrize(
    ("cls", "given", "complaint"),
    [
        (Swap, {"mst": 1}, "unknown parameter of lib:X 'mst': did you mean 'most'?"),
        (Swap, {"lettrs": 1}, "unknown parameter of lib:X 'lettrs': did you mean 'letters'?"),
        (Swap, {"rate": 0.1}, "rate of lib:X is set by the rate: lib:X@0.3"),
        (Plain, {"most": 1}, "lib:X has no parameters, got most=1"),
    ],
    ids=["misspelt", "misspelt, of a base", "the rate", "none"],
)
def test_a_parameter_that_is_not_there_is_refused(cls: type, given: dict[str, Value], complaint: str) -> None:
    with pytest.raises(UserError) as caught:
        call("lib:X", cls, given, reserved={"rate": "the rate: lib:X@0.3"})
    assert str(caught.value) == complaint


def test_what_a_library_will_not_make_is_said_in_one_line() -> None:
    what = LibraryCall("lib:Swap", (("most", 0),))
    with pytest.raises(UserError) as caught:
        make(what, Swap)
    assert str(caught.value) == "lib:Swap(most=0) cannot be made: ValueError: most must be at least 1"


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            ValueError("\n***\n  Resource \x1b[93mwordnet\x1b[0m not found.\n"),
            "ValueError: Resource wordnet not found.",
        ),
        (ValueError("\x07ring"), "ValueError: <U+0007>ring"),
        (KeyError(), "KeyError"),
    ],
    ids=["as NLTK says it", "hostile", "nothing said"],
)
def test_an_error_is_summed_up_in_one_line(error: Exception, line: str) -> None:
    assert summary(error) == line


def test_a_library_that_is_not_there_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("robustaudit.core.extras.find_spec", lambda _: None)
    with pytest.raises(MissingExtra) as caught:
        load("nlpaug", "nlpaug.augmenter.char")
    assert str(caught.value) == "nlpaug is not installed: pip install 'robustaudit[nlpaug]'"


def test_a_library_that_is_not_known_is_refused() -> None:
    with pytest.raises(UserError, match="unknown library 'textatack': did you mean 'textattack'"):
        build_library_perturbation("textatack:WordSwapQWERTY", {})
