import pytest

from robustaudit.core.errors import MissingExtra
from robustaudit.core.extras import extra


def test_a_missing_library_names_the_extra_that_brings_it():
    message = r"torch is not installed: pip install 'robustaudit\[models\]'"
    with pytest.raises(MissingExtra, match=message), extra("models"):
        raise ModuleNotFoundError("No module named 'torch.nn'", name="torch.nn")


def test_a_missing_module_of_our_own_is_our_defect():
    with pytest.raises(ModuleNotFoundError, match="nowhere"), extra("models"):
        raise ModuleNotFoundError("nowhere", name="robustaudit.nowhere")
