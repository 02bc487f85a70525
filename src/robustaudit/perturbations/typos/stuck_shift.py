from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.core.validation import check_at_least
from robustaudit.perturbations.protocol import LetterPerturbation, perturbation
from robustaudit.perturbations.typos.capitals import raised


@perturbation("stuck_shift", family="typing", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class StuckShift(LetterPerturbation):
    """Let go of shift too late: `Great` becomes `GReat`, or `GREat` where `most` is 2."""

    most: int = 1

    def __post_init__(self) -> None:
        check_at_least("most of stuck_shift", self.most, 1, maximum=100)

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        if not letters[0].isupper():
            return ()
        found: list[str] = []
        for late in range(1, min(self.most, len(letters) - 1) + 1):
            typed = "".join((*map(raised, letters[: late + 1]), *letters[late + 1 :]))
            if typed not in {"".join(letters), *found}:
                found.append(typed)
        return found
