"""A finished repair read back from its folder: the record, and what its candidates withstand."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from robustaudit.core.errors import UserError
from robustaudit.defences import Chain, Spell
from robustaudit.repairs.judging import HELD_OUT, SEEN, GainStatement, Judgements, judge
from robustaudit.repairs.repair_record import (
    JUDGING,
    SEARCH,
    SWEEP,
    Candidate,
    RepairPlan,
    RepairRecord,
)
from robustaudit.runs.result import Result, Row
from robustaudit.runs.stored_run import StoredRun, open_run
from robustaudit.statistics.measures import Estimate
from robustaudit.worst_case.certification import CertifiedRow, certify
from robustaudit.worst_case.search_result import SearchRow, open_search
from robustaudit.worst_case.stored_sweep import open_sweep


@dataclass(frozen=True)
class StoredRepair:
    """A finished repair: its candidates, judged by the run, the sweep and the search within its folder."""

    folder: Path
    record: RepairRecord
    run: StoredRun
    certified: tuple[CertifiedRow, ...]
    searched: tuple[SearchRow, ...]

    @property
    def plan(self) -> RepairPlan:
        return self.record.plan

    @cached_property
    def result(self) -> Result:
        """The figures of the judging run."""
        return self.run.finished()

    @property
    def undefended(self) -> Candidate:
        """The model as it was audited."""
        return next(each for each in self.record.candidates if each.kind == "no defence")

    @property
    def spelling(self) -> Candidate | None:
        """Spelling correction alone, which every other repair has to beat."""
        alone = (each for each in self.record.candidates if each.kind == "defence")
        return next((each for each in alone if _is_spelling(each.chain)), None)

    @property
    def composed(self) -> tuple[Candidate, ...]:
        """The candidates that are compared with spelling correction too."""
        return tuple(each for each in self.record.candidates if each.kind not in ("no defence", "defence"))

    @cached_property
    def judgements(self) -> Judgements:
        """All statements of this repair: each candidate against no defence, then against spelling alone."""
        none, spelling = self.undefended.name, self.spelling
        pairs = [(each.name, none) for each in self.record.candidates if each.name != none]
        if spelling:
            pairs += [(each.name, spelling.name) for each in self.composed]
        return judge(self.run.trials(_JUDGED), pairs, seen=self.plan.seen, held_out=self.plan.held_out)

    @cached_property
    def ranked(self) -> tuple[Candidate, ...]:
        """The candidates, best first: those that help, by the lower bound of their gain on held-out attacks.

        Those that cost more of the clean accuracy than is allowed come last.
        """
        none = self.undefended.name
        others = [each for each in self.record.candidates if each.name != none]

        def place(candidate: Candidate) -> tuple[bool, bool, float]:
            return self.costs_too_much(candidate), not self._helps(candidate), -self._least(candidate)

        return tuple(sorted(others, key=place))

    @property
    def best(self) -> Candidate | None:
        """The first of those that help and cost no more than is allowed; None if none does."""
        first = self.ranked[0] if self.ranked else None
        helps = first is not None and self._helps(first) and not self.costs_too_much(first)
        return first if helps else None

    def _helps(self, candidate: Candidate) -> bool:
        """Whether it gains on seen or held-out attacks on the whole, and loses on neither."""
        none, scopes = self.undefended.name, (SEEN, HELD_OUT)
        means = [self.judgements.of(candidate.name, scope, against=none) for scope in scopes]
        known = [each for each in means if each is not None]
        return any(each.is_gain for each in known) and not any(each.is_loss for each in known)

    def gain(self, candidate: Candidate) -> GainStatement | None:
        """What it gains over no defence: on held-out attacks, or on seen ones where none is held out."""
        return self.judgements.main_gain(candidate.name, against=self.undefended.name)

    def _least(self, candidate: Candidate) -> float:
        main = self.gain(candidate)
        if main is None:
            return -1.0
        return main.gain.value if main.gain.low is None else main.gain.low

    def costs_too_much(self, candidate: Candidate) -> bool:
        """Whether more of the clean accuracy was lost than is allowed."""
        clean = self.judgements.of(candidate.name, "clean", against=self.undefended.name)
        return clean is not None and -clean.gain.value > self.plan.max_clean_cost

    def row(self, candidate: Candidate, attack: str) -> Row | None:
        """The figures of a candidate under an attack."""
        found = (each for each in self.result.rows if (each.model, each.attack) == (candidate.name, attack))
        return next(found, None)

    def clean_accuracy(self, candidate: Candidate) -> Estimate | None:
        """The accuracy of a candidate on the clean texts of the judging half."""
        found = (each.on_all.clean_accuracy for each in self.result.rows if each.model == candidate.name)
        return next(found, None)

    def certified_accuracy(self, candidate: Candidate, attack: str) -> Estimate | None:
        """The share that is correct and that no single edit of an attack changes, through the defences."""
        found = (each for each in self.certified if (each.model, each.attack) == (candidate.name, attack))
        return next((row.certified_accuracy for row in found), None)

    def searched_accuracy(self, candidate: Candidate, attack: str) -> Estimate | None:
        """The share that is correct and stays so under a search through the defences."""
        found = (each for each in self.searched if (each.model, each.attack) == (candidate.name, attack))
        return next((row.searched_accuracy for row in found), None)


_JUDGED = [
    "model",
    "attack",
    "example",
    "group",
    "draw",
    "label",
    "changed",
    "clean_prediction",
    "perturbed_prediction",
    "error",
]


def _is_spelling(chain: str) -> bool:
    try:
        defences = Chain.parse(chain).defences
    except UserError:  # a package that brought a defence is gone
        return False
    return len(defences) == 1 and isinstance(defences[0], Spell)


def open_repair(folder: Path) -> StoredRepair:
    """The finished repair in a folder.

    Raises:
        UserError: there is none, or it is not finished.
    """
    record = RepairRecord.read(folder)
    try:
        run = open_run(folder / JUDGING)
        run.finished()
        certified = certify(open_sweep(folder / SWEEP)).rows if record.plan.worst_case else ()
        searched = open_search(folder / SEARCH).rows if record.plan.searched else ()
    except UserError as error:
        raise UserError(
            f"repair {str(folder)!r} is not finished: run its command again to resume ({error})"
        ) from error
    return StoredRepair(folder, record, run, certified, searched)
