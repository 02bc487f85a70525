"""What attacks have in common: which of them a model has not seen, if it was trained with others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

from robustaudit.attacks.algebra import Attack
from robustaudit.attacks.composition import NamedAttack, parse_attack
from robustaudit.core.errors import UserError
from robustaudit.perturbations import Family, expression_of, info_of


def perturbations_in(attack: Attack) -> frozenset[str]:
    """The names of the perturbations and rewriters of an attack, whatever their parameters."""
    return frozenset(_name(leaf) for leaf in attack.leaves())


def families_in(attack: Attack) -> frozenset[str]:
    """The families of the perturbations of an attack."""
    return frozenset(info_of(type(leaf)).family for leaf in attack.leaves())


def _name(leaf: object) -> str:
    known = info_of(type(leaf)).family != "foreign" or hasattr(leaf, "sites")
    written = expression_of(leaf) if known else str(leaf)  # type: ignore[arg-type]  # it has sites
    return written.partition("(")[0]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Attacks and families of perturbations that a model is not trained with, to audit it on them."""

    attacks: tuple[NamedAttack, ...] = ()
    families: tuple[str, ...] = ()

    @classmethod
    def of(cls, names: Sequence[str]) -> "HeldOut":
        """Those that are so called; what names a family, such as `unicode`, is all of its perturbations.

        Raises:
            UserError: a name is neither a family nor an attack.
        """
        families = tuple(name for name in names if name in get_args(Family))
        attacks = tuple(parse_attack(name) for name in names if name not in families)
        return cls(attacks, families)

    @property
    def names(self) -> tuple[str, ...]:
        """Their names, attacks first."""
        return (*(each.label for each in self.attacks), *self.families)

    def check_unseen(self, seen: Sequence[NamedAttack], *, model: str | None = None) -> None:
        """Refuse an attack to train with, or that the model has been trained with, that is held out in part.

        Raises:
            UserError: one is; the message says what both have.
        """
        for each in seen:
            for held_out, common in self._in(each):
                with_it = "is to train with" if model is None else f"is what model {model!r} was trained with"
                raise UserError(
                    f"attack {each.label!r} {with_it} and {held_out!r} is held out, but both have {common}: "
                    "leave one of them out"
                )

    def _in(self, seen: NamedAttack) -> Iterator[tuple[str, str]]:
        """What of these an attack has, and by which name."""
        names = perturbations_in(seen.attack)
        for held_out in self.attacks:
            if common := sorted(names & perturbations_in(held_out.attack)):
                yield held_out.label, f"the perturbation {common[0]}"
        for family in sorted(families_in(seen.attack).intersection(self.families)):
            yield family, f"perturbations of the family {family}"

    def related_to(self, seen: Sequence[NamedAttack]) -> tuple[str, ...]:
        """The held-out attacks of which a family is that of an attack to train with."""
        known = frozenset[str]().union(*(families_in(each.attack) for each in seen))
        return tuple(each.label for each in self.attacks if families_in(each.attack) & known)
