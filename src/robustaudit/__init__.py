"""Audits of text classifiers against text perturbations.

    from robustaudit import audit

    result = audit("4", "reviews.csv", attacks=["qwerty", "homoglyph,qwerty"], trials=500)

docs/python.md says what else there is. Names are fetched from where they are when they are asked for, so that
importing the package costs nothing.
"""

TYPE_CHECKING = False  # as type checkers know it; the module of that name takes time to import
if TYPE_CHECKING:
    from robustaudit.api.auditing import audit
    from robustaudit.api.augmenting import augment
    from robustaudit.api.exporting import export_defence
    from robustaudit.api.hardening import Hardened, harden
    from robustaudit.api.model_difference import Diff, diff
    from robustaudit.api.models import defended, load_model
    from robustaudit.api.outcome import Audit
    from robustaudit.api.perturbing import perturb
    from robustaudit.api.repairing import Repair, repair
    from robustaudit.api.request import AuditRequest
    from robustaudit.api.searching import SearchOutcome, search
    from robustaudit.api.verifying import Verification, verify
    from robustaudit.attacks.composition import compose
    from robustaudit.core.errors import UserError
    from robustaudit.core.version import __version__ as __version__

__all__ = [
    "Audit",
    "AuditRequest",
    "Diff",
    "Hardened",
    "Repair",
    "SearchOutcome",
    "UserError",
    "Verification",
    "audit",
    "augment",
    "compose",
    "defended",
    "diff",
    "export_defence",
    "harden",
    "load_model",
    "perturb",
    "repair",
    "search",
    "verify",
]

_HOMES = {
    "Audit": "robustaudit.api.outcome",
    "AuditRequest": "robustaudit.api.request",
    "Diff": "robustaudit.api.model_difference",
    "Hardened": "robustaudit.api.hardening",
    "Repair": "robustaudit.api.repairing",
    "SearchOutcome": "robustaudit.api.searching",
    "UserError": "robustaudit.core.errors",
    "Verification": "robustaudit.api.verifying",
    "__version__": "robustaudit.core.version",
    "audit": "robustaudit.api.auditing",
    "augment": "robustaudit.api.augmenting",
    "compose": "robustaudit.attacks.composition",
    "defended": "robustaudit.api.models",
    "diff": "robustaudit.api.model_difference",
    "export_defence": "robustaudit.api.exporting",
    "harden": "robustaudit.api.hardening",
    "load_model": "robustaudit.api.models",
    "perturb": "robustaudit.api.perturbing",
    "repair": "robustaudit.api.repairing",
    "search": "robustaudit.api.searching",
    "verify": "robustaudit.api.verifying",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module  # noqa: PLC0415  (takes time)

        return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
