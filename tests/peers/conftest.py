"""Tests beside the libraries that do the like; `make test-peers` has an environment with these."""

import warnings

import pytest

from robustaudit.perturbations.bridges import build_library_perturbation


@pytest.fixture(scope="session", autouse=True)
def _imported() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of theirs, while they are imported
        build_library_perturbation("textattack:WordSwapExtend", {})
        build_library_perturbation("nlpaug:KeyboardAug", {})
