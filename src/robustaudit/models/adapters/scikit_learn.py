"""`sklearn:FILE`: a fitted pipeline that takes texts, saved by skops, or pickled by joblib."""

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from robustaudit.core.errors import UserError
from robustaudit.core.extras import extra
from robustaudit.core.files import is_file, write_atomically
from robustaudit.core.spelling import option
from robustaudit.models.adapters.model_files import check_label_names, digest_of, read_files
from robustaudit.models.adapters.model_uri import ModelUri, Trust, scheme
from robustaudit.models.adapters.outputs import Outputs, parse_outputs
from robustaudit.models.adapters.python import foreign_errors
from robustaudit.models.classifier import ExternalModel
from robustaudit.models.hardening_record import as_recorded

_MOST_BYTES = 2**28
_MOST_TIMES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _NoOptions:
    pass


class SklearnClassifier:
    """A fitted estimator; one without `predict_proba` answers with labels alone."""

    def __init__(self, estimator: Any, where: str) -> None:  # noqa: ANN401
        self._estimator = estimator
        self._where = where
        self.labels = _labels_of(estimator, where)

    @property
    def steps(self) -> list[Any]:
        """The steps of a pipeline, also of one that was the best of a search, or the estimator alone."""
        found = getattr(self._estimator, "best_estimator_", self._estimator)
        return [step for _, step in getattr(found, "steps", [("", found)])]

    def fitted_again(self, texts: Sequence[str], classes: Sequence[int], *, seed: int) -> "SklearnClassifier":
        """The same estimator, of a search the best, fitted anew to texts and the numbers of their classes.

        Raises:
            UserError: it is none that scikit-learn can copy, or its fit fails.
        """
        found = getattr(self._estimator, "best_estimator_", self._estimator)
        labels = np.array(self._estimator.classes_)[list(classes)]
        with extra("sklearn"):
            from sklearn.base import clone  # noqa: PLC0415  (heavy)
        try:
            with seeded(seed):
                made = clone(found).fit(list(texts), labels)
        except Exception as error:
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            raise UserError(f"{self._where} cannot be fitted again: {reason}") from error
        return SklearnClassifier(made, self._where)

    def save(self, path: Path) -> None:
        """Write the estimator as skops reads it, without pickle.

        Raises:
            UserError: it holds what skops cannot write, or the file cannot be written.
        """
        with extra("sklearn"):
            from skops.io import dumps  # noqa: PLC0415  (heavy)
        try:
            content = dumps(self._estimator)
        except Exception as error:
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            raise UserError(f"{self._where} cannot be saved by skops: {reason}") from error
        write_atomically(path, content)

    @property
    def positions(self) -> range:
        """The class of each of the estimator's classes."""
        return range(len(self.labels))

    def predict(self, texts: Sequence[str]) -> Outputs:
        """Probabilities of shape (n_texts, n_classes), or each text's class."""
        method = "predict_proba" if hasattr(self._estimator, "predict_proba") else "predict"
        given = foreign_errors(getattr(self._estimator, method))(list(texts))
        return parse_outputs(given, self.labels, texts=texts, where=self._where)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """NumPy's global generator, which estimators without a random_state draw from, seeded for a while."""
    before = np.random.get_state()  # noqa: NPY002  (what others draw from)
    np.random.seed(seed % 2**32)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002


@scheme("sklearn")
def scikit_learn(reference: ModelUri) -> ExternalModel:
    """The estimator in a file; it is loaded for its labels, as far as the user trusts the file."""
    reference.options(_NoOptions)
    path = check_file(reference)
    make = partial(_load, path, reference.trust, reference.name)
    classifier = make()
    files = read_files([path])
    source = ExternalModel(
        name=reference.name,
        title=f"scikit-learn, {path.name}",
        labels=classifier.labels,
        digest=digest_of(files),
        make=make,
        files=files,
    )
    return as_recorded(source, path.parent)


def check_file(reference: ModelUri) -> Path:
    """The file of the model; a pickle is refused unless the user trusts it."""
    path = reference.path
    if not is_file(path):
        raise UserError(f"{reference.name!r}: the file {str(path)!r} does not exist")
    if not zipfile.is_zipfile(path):
        _check_trusted(reference.trust, reference.name)
    return path


def _check_trusted(trust: Trust, name: str) -> None:
    """Refuse a pickle that the user does not trust."""
    if not trust.pickle:
        trusting = option("trust_pickle", value=True)
        raise UserError(
            f"{name!r} is no skops file; a pickle can run any code while it is loaded: save the model with "
            f"skops.io.dump, or, if you know where the file is from, load it with {trusting}"
        )


def _load(path: Path, trust: Trust, name: str) -> SklearnClassifier:
    estimator = (
        _load_skops(path, trust, name) if zipfile.is_zipfile(path) else _load_pickle(path, trust, name)
    )
    return SklearnClassifier(estimator, f"model {name!r}")


def _load_skops(path: Path, trust: Trust, name: str) -> Any:  # noqa: ANN401
    _check_unpacked(path, name)
    with extra("sklearn"):
        from skops.io import get_untrusted_types, load  # noqa: PLC0415  (heavy)
    try:
        wanted = get_untrusted_types(file=path)
    except Exception as error:
        raise _unreadable(name, error) from error
    if unknown := [kind for kind in wanted if kind not in trust.types]:
        options = " ".join(option("trust", kind) for kind in unknown)
        raise UserError(
            f"{name!r} holds types that are not scikit-learn's own: {', '.join(unknown)}; "
            f"if you know where the file is from, load it with {options}"
        )
    try:
        return load(path, trusted=wanted)
    except Exception as error:
        raise _unreadable(name, error) from error


def _check_unpacked(path: Path, name: str) -> None:
    """Refuse a file that unpacks to far more than its size."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except Exception as error:
        raise _unreadable(name, error) from error
    if size > max(_MOST_BYTES, _MOST_TIMES * path.stat().st_size):
        raise UserError(
            f"{name!r} unpacks to {size:,} bytes, more than {_MOST_BYTES:,} and than {_MOST_TIMES} times its "
            "file: if you know where it is from, load it and save it anew with skops.io.dump, uncompressed"
        )


def _load_pickle(path: Path, trust: Trust, name: str) -> Any:  # noqa: ANN401
    _check_trusted(trust, name)
    with extra("sklearn"):
        import joblib  # noqa: PLC0415  (heavy)
    try:
        return joblib.load(path)
    except Exception as error:
        raise _unreadable(name, error) from error


def _unreadable(name: str, error: Exception) -> UserError:
    reason = " ".join(f"{type(error).__name__}: {error}".split())
    return UserError(f"{name!r} cannot be loaded: {reason}")


def _labels_of(estimator: Any, where: str) -> tuple[str, ...]:  # noqa: ANN401
    classes = np.array(getattr(estimator, "classes_", None))
    if classes.ndim != 1 or not hasattr(estimator, "predict"):
        kind = type(estimator).__name__
        raise UserError(f"{where} must be a fitted classifier with one label for each text, got a {kind}")
    return check_label_names(classes.tolist(), where)
