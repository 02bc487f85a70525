"""What benchmarks/perturb.py asks of a peer, in the peer's own environment: one JSON line in, one out.

{"call": NAME, "texts": [...]}  ->  {"seconds": CPU}, or {} where the peer is not installed
"""

import importlib.util
import json
import os
import random
import sys
import time
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import numpy as np

RATE = 0.3

TEXTATTACK = {
    "contract": "WordSwapContract",
    "extend": "WordSwapExtend",
    "homoglyph": "WordSwapHomoglyphSwap",
    "neighbor_swap": "WordSwapNeighboringCharacterSwap",
    "qwerty": "WordSwapQWERTY",
    "delete": "WordSwapRandomCharacterDeletion",
    "insert": "WordSwapRandomCharacterInsertion",
    "substitute": "WordSwapRandomCharacterSubstitution",
}


@cache
def contender(call: str) -> Callable[[list[str]], object]:
    peer, _, what = call.partition(" ")
    match peer:
        case "nlpaug":
            # One character in 30 % of the words, however long the text: by default it stops at ten words.
            characters = import_module("nlpaug.augmenter.char")
            return characters.KeyboardAug(aug_word_p=RATE, aug_word_max=None, aug_char_max=1).augment
        case "langtest":
            return import_module("langtest.transform.robustness").AddTypo.transform
        case _:
            return textattack(what)


def textattack(what: str) -> Callable[[list[str]], object]:
    make_importable()
    swap = getattr(import_module("textattack.transformations"), TEXTATTACK[what])()
    augmentation = import_module("textattack.augmentation")
    augmenter = augmentation.Augmenter(swap, pct_words_to_swap=RATE, transformations_per_example=1)
    return lambda texts: [augmenter.augment(text) for text in texts]


def make_importable() -> None:
    """TextAttack 0.3.11 without NLTK's stop words, which it loads but does not use here, and with a file
    that its wheel lacks; nothing is downloaded."""
    corpus = import_module("nltk.corpus")
    corpus.stopwords = SimpleNamespace(words=lambda *_: [])
    cache_folder = Path(os.environ.setdefault("TA_CACHE_DIR", str(Path.home() / ".cache/textattack-offline")))
    cache_folder.mkdir(parents=True, exist_ok=True)
    (cache_folder / "post_install_check_3").touch()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    (installed,) = importlib.util.find_spec("textattack").submodule_search_locations
    (Path(installed) / "shared" / "intentional_homoglyphs.txt").touch()


def answer(call: str, texts: list[str]) -> dict[str, float]:
    try:
        augment = contender(call)
    except ImportError:
        return {}
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002  # what the peers draw from
    start = time.process_time()
    augment(texts)
    return {"seconds": time.process_time() - start}


if __name__ == "__main__":
    replies, sys.stdout = sys.stdout, sys.stderr  # peers print what they like
    for line in sys.stdin:
        print(json.dumps(answer(**json.loads(line))), file=replies, flush=True)
