"""Expressions: what the user writes for an attack, read into the algebra."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import accumulate
from typing import TypeAlias, cast

from lark import Lark, Token, Tree, UnexpectedInput, UnexpectedToken

from robustaudit.attacks.compose import Attack, Choice, Mix, Sequence, count_parts
from robustaudit.attacks.opaque import Opaque
from robustaudit.core.errors import UserError
from robustaudit.core.validation import check_between
from robustaudit.perturbations import Part, Weighting, WordPerturbation, build
from robustaudit.perturbations.bridges import build_foreign
from robustaudit.perturbations.parameters import Value

_LIGHTEST, _HEAVIEST = 1e-6, 1e6
_DEEPEST = 50  # brackets within brackets
_MOST_PARTS = 1_000

Node: TypeAlias = Tree[Token]
Expand: TypeAlias = Callable[[str, float], Attack | None]
"""Given a name and the rate about it: the recipe of that name, if there is one."""


def read_expression(text: str, *, rate: float, expand: Expand) -> Attack:
    """The attack that an expression means, with `rate` for those parts that name none.

    Raises:
        UserError: the expression cannot be read (its message points at the character), or a name,
            parameter, weight or rate in it cannot be used.
    """
    check_between("rate", rate, 0, 1)
    _check_depth(text)
    try:
        tree = _parser().parse(text)
    except UnexpectedInput as error:
        raise UserError(_unreadable(text, error)) from error
    attack = _Reader(text, expand).attack(tree, rate)
    if (parts := count_parts(attack)) > _MOST_PARTS:
        raise UserError(f"an attack must have at most {_MOST_PARTS} parts, got {parts}")
    return attack


@dataclass(frozen=True, slots=True)
class _Reader:
    text: str
    expand: Expand

    def attack(self, node: Node, rate: float) -> Attack:
        match node.data:
            case "choice":
                return Choice(tuple(self._option(child, rate) for child in _children(node)))
            case "sequence":
                return Sequence(tuple(self.attack(child, rate) for child in _children(node)))
            case "mix":
                return Mix(self._parts(node, rate, 1.0), rate)
            case "weight":
                raise UserError(
                    f"in attack {self.text!r}: a weight belongs into a mix (2*a + b) or a choice (2*a | b)"
                )
            case "rate":
                inner, number = node.children
                return self.attack(
                    cast("Node", inner), check_between("rate", float(cast("Token", number)), 0, 1)
                )
            case "pooled":
                return self._pooled(node, rate)
            case _:
                return self._named(node, rate)

    def _option(self, node: Node, rate: float) -> tuple[float, Attack]:
        weight, inner = self._weight(node)
        return weight, self.attack(inner, rate)

    def _weight(self, node: Node) -> tuple[float, Node]:
        if node.data != "weight":
            return 1.0, node
        number, inner = node.children
        return _checked(float(cast("Token", number))), cast("Node", inner)

    def _parts(self, node: Node, rate: float, weight: float) -> tuple[Part, ...]:
        """What a node of a mix brings to its pool; a mix within a mix brings its parts."""
        match node.data:
            case "mix":
                return tuple(part for child in _children(node) for part in self._parts(child, rate, weight))
            case "weight":
                own, inner = self._weight(node)
                return self._parts(inner, rate, weight * own)
            case "rate":
                raise UserError(
                    f"in attack {self.text!r}: a mix has one rate: write it behind the bracket, (a + b)@0.2"
                )
        attack = self.attack(node, rate)
        if isinstance(attack, Opaque):
            raise UserError(
                f"in attack {self.text!r}: {attack.rewriter} rewrites whole texts and cannot be mixed: "
                "put it into a sequence or a choice"
            )
        if not isinstance(attack, Mix):
            raise UserError(f"in attack {self.text!r}: only perturbations can be mixed, not {str(attack)!r}")
        if attack.rate != rate or attack.weighting != "parts":
            raise UserError(
                f"in attack {self.text!r}: a mix has one rate and weighting, {str(attack)!r} brings its own"
            )
        return tuple(part._replace(weight=_checked(part.weight * weight)) for part in attack.parts)

    def _pooled(self, node: Node, rate: float) -> Mix:
        inner, token = node.children
        weighting = str(token)[1:-1]
        if weighting not in ("parts", "edits"):
            raise UserError(f'weighting of mix must be "parts" or "edits", got {weighting!r}')
        parts = self._parts(cast("Node", inner), rate, 1.0)
        if len(parts) == 1:
            parts = (parts[0]._replace(weight=1.0),)  # there is nothing to weigh it against
        return Mix(parts, rate, cast("Weighting", weighting))

    def _named(self, node: Node, rate: float) -> Attack:
        name, *given = node.children
        parameters = [_parameter(cast("Node", child)) for child in given]
        if ":" in str(name):
            return _foreign(str(name), _without_repeats(str(name), parameters), rate)
        recipe = self.expand(str(name), rate)
        if recipe is None:
            return Mix((Part(build(str(name), _without_repeats(str(name), parameters)), 1.0),), rate)
        if parameters:
            raise UserError(
                f"recipe {str(name)!r} has no parameters, got {parameters[0][0]}={parameters[0][1]!r}"
            )
        return recipe


def _foreign(name: str, parameters: Mapping[str, Value], rate: float) -> Attack:
    found = build_foreign(name, parameters)
    return Mix((Part(found, 1.0),), rate) if isinstance(found, WordPerturbation) else Opaque(found, rate)


def _checked(weight: float) -> float:
    return check_between("weight", weight, _LIGHTEST, _HEAVIEST)


def can_be_named(name: str) -> bool:
    """Whether an expression that is this name alone means what has that name."""
    try:
        tree = _parser().parse(name)
    except UnexpectedInput:
        return False
    return tree.data == "named" and tree.children == [name] and ":" not in name


def _children(node: Node) -> list[Node]:
    return [child for child in node.children if isinstance(child, Tree)]


def _parameter(node: Node) -> tuple[str, Value]:
    name, value = node.children
    value = cast("Node", value)
    text = str(value.children[0]) if value.children else value.data
    match value.data:
        case "string":
            return str(name), text[1:-1]
        case "number":
            return str(name), float(text) if "." in text else int(text)
        case _:
            return str(name), text == "true"


def _without_repeats(name: str, parameters: list[tuple[str, Value]]) -> Mapping[str, Value]:
    names = [parameter for parameter, _ in parameters]
    for parameter in names:
        if names.count(parameter) > 1:
            raise UserError(f"parameter {parameter!r} of {name} is given twice")
    return dict(parameters)


def _check_depth(text: str) -> None:
    depths = accumulate((character == "(") - (character == ")") for character in text)
    if max(depths, default=0) > _DEEPEST:
        raise UserError(f"an attack must have at most {_DEEPEST} brackets within each other")


def _unreadable(text: str, error: UnexpectedInput) -> str:
    if not text.strip():
        return "attack must not be empty: name one, such as 'qwerty' or 'homoglyph,qwerty'"
    place = error.pos_in_stream
    if place is None or (isinstance(error, UnexpectedToken) and error.token.type == "$END"):
        return f"cannot read attack {text!r}: it ends where more is expected"
    return f"cannot read attack {text!r}: unexpected {text[place]!r} at character {place + 1}"


@cache
def _parser() -> Lark:
    grammar = files(__package__).joinpath("expression.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", maybe_placeholders=False)
