"""Perturbations of TextAttack and nlpaug in expressions, with the libraries themselves."""

import json
import os
import subprocess
import sys
from functools import reduce
from pathlib import Path
from re import escape

import numpy as np
import pytest

from installed import skip_module_without
from robustaudit.attacks import Attack, Mix, RewriterAttack, parse_attack
from robustaudit.core.edits import apply
from robustaudit.core.errors import UserError
from robustaudit.core.records import PerturbedText
from robustaudit.perturbations import TextBatch

skip_module_without("textattack", "nlpaug", target="test-peers")

TEXTS = (
    "It is good tea, and they don't serve it in a well-made cup anywhere else.",
    "The waffles were great, it is true!",
    "",
    " \n",
    "10 of 10 ❤ at Zoë’s café",
    "好吃的饭 hello",
)
DRAWN = (
    "textattack:WordSwapQWERTY",
    "textattack:WordSwapRandomCharacterInsertion(random_one=false)@0.1",
    "textattack:WordSwapContract",
    "textattack:WordInnerSwapRandom",
    "nlpaug:KeyboardAug(aug_char_max=1)",
    'nlpaug:char.RandomCharAug(action="swap")@0.5',
    "nlpaug:RandomWordAug",
    "nlpaug:SplitAug, qwerty | textattack:WordDeletion",
)
LISTED = (
    "textattack:WordSwapHomoglyphSwap",
    "textattack:WordSwapQWERTY(random_one=false)",
    "textattack:WordSwapNeighboringCharacterSwap(random_one=false, skip_first_char=true)",
)
each_attack = pytest.mark.parametrize("expression", [*DRAWN, *LISTED])


def draws(attack: Attack, texts: list[str], places: list[tuple[int, int]]) -> list[PerturbedText]:
    keys = attack.keys(seed=0, draws=[(texts[row], number) for row, number in places])
    return list(attack.draw(TextBatch(texts), np.array([row for row, _ in places], dtype=np.int64), keys))


PLACES = [(row, number) for row in range(len(TEXTS)) for number in range(3)]


@each_attack
def test_edits_replay_to_the_text(expression: str) -> None:
    for drawn in draws(parse_attack(expression).attack, list(TEXTS), PLACES):
        assert reduce(apply, drawn.edits_by_step, drawn.original) == drawn.text
        assert apply(drawn.original, drawn.edits) == drawn.text
        assert drawn.changed == (drawn.text != drawn.original) == bool(drawn.edits)


@each_attack
def test_a_draw_is_the_same_alone_and_in_any_order(expression: str) -> None:
    attack = parse_attack(expression).attack
    together = dict(zip(PLACES, draws(attack, list(TEXTS), PLACES), strict=True))
    assert any(drawn.changed for drawn in together.values())
    assert draws(attack, list(TEXTS), PLACES[::-1]) == [together[place] for place in PLACES[::-1]]
    for row, number in PLACES:
        assert draws(attack, [TEXTS[row]], [(0, number)]) == [together[row, number]]


def test_draws_are_the_same_in_another_process() -> None:
    code = "import json, test_bridges; print(json.dumps(test_bridges.drawn_texts()))"
    here = Path(__file__).parent
    environment = {**os.environ, "PYTHONPATH": f"{here}:{here.parent}", "PYTHONHASHSEED": "7"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == drawn_texts()


def drawn_texts() -> dict[str, list[str]]:
    return {
        expression: [drawn.text for drawn in draws(parse_attack(expression).attack, list(TEXTS), PLACES)]
        for expression in (*DRAWN, *LISTED)
    }


@each_attack
def test_an_expression_reads_back(expression: str) -> None:
    attack = parse_attack(expression).attack
    assert parse_attack(str(attack)).attack == attack


@pytest.mark.parametrize("expression", LISTED)
def test_what_is_listed_for_a_word_can_be_mixed(expression: str) -> None:
    assert isinstance(parse_attack(expression).attack, Mix)
    mixed = draws(
        parse_attack(f"{expression} + delete").attack, ["great waffles"], [(0, n) for n in range(40)]
    )
    assert {len(drawn.text) for drawn in mixed} == {len("great waffles"), len("great waffles") - 1}


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("textattack:WordSwapHomoglyphSwap", "homoglyph"),
        ("textattack:WordSwapQWERTY(random_one=false)", "qwerty"),
        ("textattack:WordSwapNeighboringCharacterSwap(random_one=false)", "neighbor_swap"),
    ],
)
def test_what_is_listed_is_what_the_native_perturbation_lists(theirs: str, ours: str) -> None:
    seen = [
        {
            drawn.text
            for drawn in draws(parse_attack(name, rate=0.1).attack, ["a tea"], [(0, n) for n in range(500)])
        }
        for name in (theirs, ours)
    ]
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    "expression",
    [
        "textattack:WordSwapQWERTY",
        "textattack:WordSwapRandomCharacterInsertion(random_one=false)",  # it says that it draws nothing
        "nlpaug:KeyboardAug",
    ],
)
def test_what_is_drawn_cannot_be_mixed(expression: str) -> None:
    assert isinstance(parse_attack(expression).attack, RewriterAttack)
    with pytest.raises(
        UserError, match=f"only perturbations that list their edits can be mixed, not '{escape(expression)}"
    ):
        parse_attack(f"{expression} + qwerty")


LONG = " ".join(f"waffles{number}" for number in range(100))


@pytest.mark.parametrize(
    ("expression", "edited"),
    [
        ("textattack:WordDeletion@0.2", 20),
        ("nlpaug:KeyboardAug@0.2", 20),
        ("nlpaug:KeyboardAug(aug_word_max=5)@0.2", 5),
        ("nlpaug:RandomWordAug@0.2", 20),
    ],
)
def test_the_rate_is_theirs_and_holds_for_long_texts(expression: str, edited: int) -> None:
    (drawn,) = draws(parse_attack(expression).attack, [LONG], [(0, 0)])
    words, left = LONG.split(), set(drawn.text.split())
    assert sum(word not in left for word in words) == edited


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("textattack:WordSwapQWERTZ", "transformation 'WordSwapQWERTZ': did you mean 'WordSwapQWERTY'?"),
        ("textattack:WordSwap", "unknown TextAttack transformation 'WordSwap'"),
        ("textattack:WordSwapQWERTY(random_on=true)", "'random_on': did you mean 'random_one'?"),
        ('textattack:WordSwapQWERTY(letters_to_isert="a")', "did you mean 'letters_to_insert'?"),
        (
            "textattack:WordSwapQWERTY(pct_words_to_swap=0.2)",
            "is set by the rate: textattack:WordSwapQWERTY@0.3",
        ),
        ("textattack:WordSwapGradientBased", "missing 1 required positional argument: 'model_wrapper'"),
        ("nlpaug:KeybordAug", "unknown nlpaug augmenter 'KeybordAug': did you mean 'KeyboardAug'?"),
        ("nlpaug:word.WordAugmenter", "unknown nlpaug augmenter 'WordAugmenter'"),
        ("nlpaug:KeyboardAug(aug_word_p=0.2)", "aug_word_p of nlpaug:KeyboardAug is set by the rate: "),
        ('nlpaug:KeyboardAug(lang="xx")', 'nlpaug:KeyboardAug(lang="xx") cannot be made: ValueError: '),
        ('nlpaug:RandomWordAug(action="fly")', "cannot be made: ValueError: Action must be one of"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(expression: str, complaint: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_attack(expression)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("nlpaug:SynonymAug", "nlpaug:SynonymAug"),
        ("textattack:WordSwapWordNet", "textattack:WordSwapWordNet cannot be made: LookupError: Resource"),
        (
            'nlpaug:KeyboardAug(aug_char_max="many")',
            'failed on "It is good tea, and they don\'t serve it ": TypeError: ',
        ),
    ],
)
@pytest.mark.usefixtures("empty_cache")
def test_what_a_library_lacks_is_said_in_one_line(expression: str, complaint: str) -> None:
    with pytest.raises(UserError) as caught:
        draws(parse_attack(expression).attack, list(TEXTS[:1]), [(0, 0)])
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


NO_NETWORK = """
import socket, sys
def forbidden(*args, **kwargs):
    raise AssertionError(f"reached out: {args}")
socket.socket.connect = forbidden
socket.getaddrinfo = forbidden
from robustaudit.cli.main import main
main()
"""


def test_nothing_is_fetched_and_nothing_left_behind(empty_cache: Path, tmp_path: Path) -> None:
    expression = "textattack:WordSwapHomoglyphSwap@0.1 | nlpaug:KeyboardAug@0.1"
    arguments = ["compose", expression, "--examples", "1"]
    done = subprocess.run(
        [sys.executable, "-c", NO_NETWORK, *arguments],
        cwd=tmp_path,
        env={**os.environ, "HOME": str(empty_cache)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "changes" in done.stdout
    assert "Traceback" not in done.stderr
    assert not list(empty_cache.rglob("post_install_check*[0-9]"))
