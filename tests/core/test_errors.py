import pickle

import pytest

from robustaudit.core.errors import MissingExtra, ModelError, NetworkUnavailable, RobustAuditError, UserError


@pytest.mark.parametrize("kind", [UserError, MissingExtra, NetworkUnavailable])
def test_what_the_user_can_mend_is_a_user_error_and_a_bad_value(kind: type[Exception]) -> None:
    assert issubclass(kind, UserError)
    assert issubclass(kind, ValueError)


def test_a_model_that_breaks_its_contract_is_not_the_users_fault() -> None:
    assert issubclass(ModelError, RobustAuditError)
    assert not issubclass(ModelError, UserError)


def test_a_missing_extra_says_how_to_install_it() -> None:
    assert str(MissingExtra("torch", "models")) == "torch is not installed: pip install 'robustaudit[models]'"


def test_errors_come_whole_from_other_processes() -> None:
    for error in (MissingExtra("torch", "models"), UserError("no"), ModelError("broken")):
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again)) == (type(error), str(error))
