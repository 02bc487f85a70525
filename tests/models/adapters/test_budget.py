import pickle

import pytest

from robustaudit.core.errors import CallLimitReached, UserError
from robustaudit.models import CallLimit


def test_a_budget_is_one_for_all_processes_that_have_it() -> None:
    budget = CallLimit(3)
    elsewhere = pickle.loads(pickle.dumps(budget))
    for each in (budget, elsewhere, budget):
        each.take()
    for each in (elsewhere, budget):
        with pytest.raises(CallLimitReached, match="stopped after 3 calls, as --max-calls says"):
            each.take()


def test_a_budget_of_no_calls_is_refused() -> None:
    with pytest.raises(UserError, match="--max-calls must be at least 1, got 0"):
        CallLimit(0)
