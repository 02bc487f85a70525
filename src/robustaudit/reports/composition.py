"""What an attack expression means, as a tree and by example."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from robustaudit.attacks import Attack, Choice, Constrained, Mix, NamedAttack, Opaque
from robustaudit.attacks import Sequence as InSequence
from robustaudit.core.display import visible
from robustaudit.core.records import Perturbed
from robustaudit.perturbations import expression_of
from robustaudit.reports.marked import marked


def render_composition(
    named: NamedAttack, perturbed: Sequence[Perturbed], *, examples: int, data: str
) -> RenderableType:
    """The tree of an attack, so many of its draws before and after, and the share of texts it changed."""
    changed = [draw for draw in perturbed if draw.changed]
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for draw in changed[:examples]:
        table.add_row("before", visible_text(draw.original))
        table.add_row("after", visible_text(draw.text))
        table.add_row("edits", marked(draw.original, draw.edits))
        table.add_row("", "")
    share = (
        f"changes {len(changed)} of {len(perturbed)} texts of {data} ({len(changed) / len(perturbed):.0%})"
    )
    return Group(_tree(named.attack, None), Padding(table, (1, 0, 0, 0)), Text(share))


def visible_text(text: str) -> Text:
    """A text from outside as Rich prints it: no markup in it is obeyed."""
    return Text(visible(text))


def _tree(attack: Attack, parent: Tree | None, weight: str = "") -> Tree:
    node = parent.add if parent is not None else Tree
    match attack:
        case Mix(parts=(part,)):
            return node(Text(f"{weight}{expression_of(part.perturbation)}, {_share(attack)}"))
        case Mix():
            how = "edit by edit" if attack.weighting == "edits" else "word by word"
            tree = node(Text(f"{weight}mixed {how}, {_share(attack)}"))
            for part in attack.parts:
                tree.add(Text(_weight(part.weight) + expression_of(part.perturbation)))
        case Opaque():
            return node(Text(f"{weight}{attack.rewriter}, which rewrites whole texts, {_share(attack)}"))
        case InSequence():
            tree = node(Text(f"{weight}one after the other"))
            for step in attack.steps:
                _tree(step, tree)
        case Choice():
            tree = node(Text(f"{weight}one of these for each trial"))
            for share, option in attack.options:
                _tree(option, tree, _weight(share))
        case Constrained():
            tree = node(visible_text(f"{weight}with {attack.constraints}"))
            _tree(attack.attack, tree)
        case _:
            raise TypeError(f"not an attack: {attack!r}")
    return tree


def _share(attack: Mix | Opaque) -> str:
    return f"{attack.share * 100:.6g}% of the words"


def _weight(weight: float) -> str:
    return "" if weight == 1 else f"{weight:g} × "
