"""What a repair tried, as its folder holds it beside the run, the sweep and the search of its candidates."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from robustaudit.core.documents import parse_json_object, read_bounded, to_canonical_json, to_pretty_json
from robustaudit.core.errors import UserError
from robustaudit.core.files import check_writable, exists, is_file, is_folder, safe_name, write_atomically
from robustaudit.core.spelling import option
from robustaudit.core.typed_values import parse_typed
from robustaudit.runs.manifest import NAME as MANIFEST

RECORD, JUDGING, SWEEP, SEARCH = "repair.json", "judging", "worst-case", "search"
"""The file of a repair, and the folders within its own."""

CandidateKind = Literal["no defence", "defence", "chain", "hardened", "chain and hardened"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairPlan:
    """All that a repair depends on: the run that it begins with, what it tries, and how much it queries.

    `seen` are the attacks that the chain is chosen on, `held_out` those that it is judged on besides; of
    `worst_case`, every single edit is queried, and searched are those of `searched`. Digests stand for models
    and chains.
    """

    run: str
    data: str
    model: str
    model_digest: str
    hardened: str | None
    hardened_digest: str | None
    defences: tuple[str, ...]
    defences_digest: str
    seen: tuple[str, ...]
    held_out: tuple[str, ...]
    examples: int
    seed: int
    max_clean_cost: float
    worst_case: tuple[str, ...]
    searched: tuple[str, ...]
    worst_examples: int
    budget: int

    @property
    def digest(self) -> str:
        """A SHA-256 of it all."""
        return hashlib.sha256(to_canonical_json(asdict(self))).hexdigest()

    @property
    def folder_name(self) -> str:
        """The name of the folder, where the user gives none."""
        return f"{safe_name(self.data)}-repair-{self.digest[:12]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedStep:
    """A chain that was kept on the way to the best one, with what it does on the choosing half.

    `held` is the share that stays right under the seen attacks, of the examples that are right without a
    defence and an attack; `tried` counts the chains of its round.
    """

    chain: str
    clean_accuracy: float
    held: float
    tried: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A model, with or without defences before it, by its name in the judging run.

    `chain` is what stands before it, `seconds` what cleaning takes for a text. `command` audits it as the run
    did; None where the data or the model was in memory.
    """

    name: str
    kind: CandidateKind
    chain: str = ""
    seconds: float = 0.0
    command: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairRecord:
    """The content of `repair.json`: the plan, how the chain was chosen, and the candidates.

    `model_seconds` is what the model itself took for a text on the choosing half, of `queries` texts.
    """

    robustaudit: str
    plan: RepairPlan
    choosing_examples: int
    judging_examples: int
    steps: tuple[TriedStep, ...]
    queries: int
    model_seconds: float
    candidates: tuple[Candidate, ...]
    notes: tuple[str, ...] = ()

    @property
    def chain(self) -> str:
        """The chain that was found; empty if none is better than no defence."""
        return self.steps[-1].chain

    def candidate(self, name: str) -> Candidate:
        """The candidate of that name."""
        return next(each for each in self.candidates if each.name == name)

    def as_json(self) -> dict[str, Any]:
        return {"digest": self.plan.digest, **asdict(self)}

    @classmethod
    def read(cls, folder: Path) -> "RepairRecord":
        """The record in a folder.

        Raises:
            UserError: there is none, or it cannot be read.
        """
        if not is_folder(folder):
            raise UserError(f"repair {str(folder)!r} does not exist: give the folder that a repair wrote")
        content: Mapping[str, Any] = parse_json_object(
            read_bounded(folder / RECORD, "repair", most=_MOST_BYTES), RECORD
        )
        rest = {key: value for key, value in content.items() if key != "digest"}
        found = parse_typed(cls, rest, where=RECORD)
        if found.plan.digest != content.get("digest"):
            raise UserError(f"{RECORD} has a digest mismatch")
        return found

    def write(self, folder: Path) -> None:
        """Write it to its folder, in one step."""
        write_atomically(folder / RECORD, to_pretty_json(self.as_json()))


_MOST_BYTES = 2**22


def holds_repair(folder: Path) -> bool:
    """Whether a folder is that of a repair."""
    return is_file(folder / RECORD)


def record_of(plan: RepairPlan, folder: Path) -> RepairRecord | None:
    """The record of that plan, if the folder holds it from an earlier start.

    Raises:
        UserError: the folder holds a run, or another repair.
    """
    check_writable(folder)
    another = f"choose another {option('output')}"
    if exists(folder / MANIFEST):
        raise UserError(f"output folder {str(folder)!r} holds a run: {another}")
    if not holds_repair(folder):
        return None
    found = RepairRecord.read(folder)
    if found.plan.digest != plan.digest:
        raise UserError(f"output folder {str(folder)!r} holds another repair: {another}")
    return found
