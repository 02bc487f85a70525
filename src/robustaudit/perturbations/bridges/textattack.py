"""Transformations of TextAttack: `textattack:WordSwapQWERTY`."""

import io
import logging
import os
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from inspect import isclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from robustaudit.core.calls import Value
from robustaudit.core.errors import UserError
from robustaudit.core.extras import check_installed
from robustaudit.core.validation import check_known
from robustaudit.perturbations.bridges.library_classes import (
    LibraryCall,
    call,
    load,
    make,
    replace,
    seeded_global_generators,
    summary,
    without_downloads,
)
from robustaudit.perturbations.protocol import WordPerturbation

_BASES = {"Transformation", "SentenceTransformation", "CompositeTransformation", "WordSwap"}
_BASES |= {"WordInsertion", "WordMerge", "WordSwapDifferentialEvolution"}
_PROBES = ("great", "Don't", "2nd")


@dataclass(frozen=True, slots=True)
class WordSwaps(WordPerturbation):
    """A perturbation by a transformation of TextAttack that lists the replacements of a word."""

    call: LibraryCall

    @property
    def expression(self) -> str:
        return str(self.call)

    def replacements(self, word: str) -> Sequence[str]:
        try:
            found = _transformation(self.call)._get_replacement_words(word)  # noqa: SLF001  # it has no other
        except Exception as error:  # foreign code may raise what it likes
            raise UserError(f"{self.call} failed on {word!r}: {summary(error)}") from error
        return sorted(new for new in found if new != word)  # some gather them in a set, which has no order


@dataclass(frozen=True, slots=True)
class TextAttackRewriter:
    """A rewriter by TextAttack's Augmenter with one transformation."""

    call: LibraryCall

    def rewrite(self, text: str, *, rate: float) -> str:
        rewritten: str = _augmenter(self.call, rate).augment(text)[0]
        return rewritten

    def __str__(self) -> str:
        return str(self.call)


def build(name: str, parameters: Mapping[str, Value]) -> WordSwaps | TextAttackRewriter:
    """The transformation of that name: a perturbation if it lists its edits, else a rewriter."""
    known = _transformations()
    check_known("TextAttack transformation", name, known)
    written = f"textattack:{name}"
    reserved = {"pct_words_to_swap": f"the rate: {written}@0.3"}
    what = call(written, known[name], parameters, reserved=reserved)
    return WordSwaps(what) if _lists_words(what) else TextAttackRewriter(what)


def _lists_words(what: LibraryCall) -> bool:
    """Whether it lists the replacements of single words, and draws no random numbers, as it claims."""
    transformation = _transformation(what)
    word_by_word = _module().WordSwap._get_transformations  # noqa: SLF001
    if not transformation.deterministic or type(transformation)._get_transformations is not word_by_word:  # noqa: SLF001
        return False
    with seeded_global_generators() as seed:
        seed(0)
        untouched = random.random(), np.random.random()  # noqa: NPY002, S311
        seed(0)
        for word in _PROBES:
            WordSwaps(what).replacements(word)
        return (random.random(), np.random.random()) == untouched  # noqa: NPY002, S311


@cache
def _module() -> Any:  # noqa: ANN401
    check_installed("textattack", ("textattack", "nltk"))
    with _first_import():
        return load("textattack", "textattack.transformations")


@cache
def _transformations() -> dict[str, type[Any]]:
    module = _module()
    classes = {name: thing for name, thing in vars(module).items() if isclass(thing)}
    return {
        name: cls
        for name, cls in classes.items()
        if issubclass(cls, module.Transformation) and name not in _BASES
    }


@lru_cache(maxsize=32)
def _transformation(what: LibraryCall) -> Any:  # noqa: ANN401
    with _homoglyph_file():
        return make(what, _transformations()[what.name.removeprefix("textattack:")])


@lru_cache(maxsize=32)
def _augmenter(what: LibraryCall, rate: float) -> Any:  # noqa: ANN401
    augmentation = load("textattack", "textattack.augmentation")
    return augmentation.Augmenter(_transformation(what), pct_words_to_swap=rate)


@contextmanager
def _first_import() -> Iterator[None]:
    """Keep TextAttack's first import from downloading data, which the bridge does not use."""
    nltk = import_module("nltk")
    downloaded = Path(os.environ.get("TA_CACHE_DIR", "~/.cache/textattack")) / "post_install_check_3"
    with without_downloads(), ExitStack() as undo:
        if not (downloaded := downloaded.expanduser()).exists():
            undo.callback(downloaded.unlink, missing_ok=True)  # it will believe that it has them
        if "stanza" not in sys.modules:
            sys.modules["stanza"] = None  # type: ignore[assignment]  # makes importing it fail
            undo.callback(sys.modules.pop, "stanza")
        try:
            nltk.corpus.stopwords.words("english")
        except LookupError:
            replace(undo, nltk.corpus, "stopwords", SimpleNamespace(words=lambda *_: []))
        undo.callback(logging.disable, logging.root.manager.disable)
        logging.disable(logging.INFO)
        yield


@contextmanager
def _homoglyph_file() -> Iterator[None]:
    """Provide a file that TextAttack's wheel lacks; its word swaps have their own map and do not use it."""
    module = import_module("textattack.transformations.word_swaps.word_swap_homoglyph_swap")
    (package,) = import_module("textattack").__path__
    with ExitStack() as undo:
        if not Path(package, "shared", "intentional_homoglyphs.txt").exists():
            replace(undo, module, "open", lambda *_, **__: io.StringIO())
        yield
