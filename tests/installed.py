"""What to do where a library is not there that only some environments have."""

from importlib.util import find_spec

import pytest


def skip_module_without(*packages: str, target: str) -> None:
    """Skip the module that calls this, and name the make target that has an environment with the packages."""
    if missing := [package for package in packages if find_spec(package) is None]:
        reason = f"no {' and no '.join(missing)} here: make {target} has an environment with them"
        pytest.skip(reason, allow_module_level=True)
