"""The kit of all plots: colours, marks, axes of a fixed size, and the frame of title, legend and caption."""

import io
import re
import textwrap
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from robustaudit.core.display import visible
from robustaudit.core.errors import MissingExtra
from robustaudit.core.files import write_atomically
from robustaudit.reports.text import count
from robustaudit.runs.result import Result

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend
    from matplotlib.text import Text
    from matplotlib.transforms import Bbox

COLOURS = ("#0048a8", "#e35b00", "#008060", "#c76bb2", "#1d1f23", "#1a94f0", "#918c52", "#673c00")
"""The hues of Okabe and Ito (2008), each with a contrast of at least 3 on white.

They are darker or lighter than theirs so that any two of them differ in all kinds of colour blindness, too.
"""
MARKERS = "os^Dvp<"
"""Shapes, one fewer than the colours, so that 56 series have a pair of their own."""
DASHES = ("-", "--", ":", "-.")
INK, QUIET, RULE, BAND = "#1d1f23", "#5a5f68", "#dedbd5", "#f5f3ef"
SMALL = 8.5  # points

ImageFormat = Literal["png", "svg"]
IMAGE_FORMATS: tuple[ImageFormat, ...] = ("png", "svg")

_PAD, _APART = 0.2, 0.15  # inches around a plot, between its parts
_EM = 0.56  # the mean width of a letter, as a share of the size
_LEAST_WIDTH = 5.6  # inches, so that a title fits beside nothing else
_MOST_LABEL = 60  # characters of a line of the legend
_BREAKS = re.compile(r"(?<=[@,+>|)_/:. -])|(?=\()")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotFrame:
    """What stands around the axes: a title, a line below it, a caption, and the legend's marks by label."""

    title: str
    subtitle: str = ""
    caption: str = ""
    marks: "tuple[tuple[Artist, str], ...]" = ()


@contextmanager
def plotting(**more: object) -> Iterator[None]:
    """The style of all plots; without it, a user's own would change them.

    Raises:
        UserError: the extra `plots` is not installed.
    """
    try:
        from matplotlib import style  # noqa: PLC0415  (an extra, and heavy)
    except ModuleNotFoundError as error:
        raise MissingExtra("matplotlib", "plots") from error
    # The salt makes the names inside an SVG the same in every run.
    ours = {
        "svg.hashsalt": "robustaudit",
        "font.size": SMALL,
        "text.color": INK,
        "axes.labelcolor": QUIET,
        "xtick.color": QUIET,
        "ytick.color": QUIET,
        "ytick.labelcolor": INK,
        "axes.edgecolor": QUIET,
        "axes.spines.top": False,
        "axes.spines.right": False,
        **more,
    }
    with style.context(["default", ours]), warnings.catch_warnings():
        # A name in a script that the font lacks is drawn with boxes: no news for whoever audits.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
        yield


def saved(figure: "Figure", path: Path) -> Path:
    """Write a figure in the format of its suffix; the same figure gives the same bytes."""
    kind, buffer = path.suffix[1:], io.BytesIO()
    figure.savefig(buffer, format=kind, dpi=150, metadata={"Date": None} if kind == "svg" else None)
    write_atomically(path, buffer.getvalue())
    return path


def panels(
    number: int, across: int, size: tuple[float, float], *, gap: tuple[float, float] = (0.0, 0.0)
) -> "list[Axes]":
    """Axes of a size in inches, row by row, on a figure of their own, which `framed` makes fit."""
    from robustaudit.reports.plots.notebook_figure import NotebookFigure  # noqa: PLC0415

    step = (size[0] + gap[0], size[1] + gap[1])
    down = ceil(number / across)
    width, height = across * step[0], down * step[1]
    figure = NotebookFigure(figsize=(width, height), facecolor="white")
    places = ((place % across * step[0], (down - 1 - place // across) * step[1]) for place in range(number))
    return [figure.add_axes((x / width, y / height, size[0] / width, size[1] / height)) for x, y in places]


def framed(axes: "Axes", frame: PlotFrame) -> "Figure":
    """The figure of the axes, fitted to all its axes with what is written at them, in its frame."""
    figure = cast("Figure", axes.figure)
    box = figure.get_tightbbox()
    width = max(box.width, _LEAST_WIDTH)
    head = [
        *(_Line(text, 12.0, "bold", INK) for text in _wrapped(frame.title, width, 12.5)),
        *(_Line(text, SMALL, "normal", QUIET) for text in _wrapped(frame.subtitle, width, SMALL)),
    ]
    foot = [_Line(text, 7.5, "normal", QUIET) for text in _wrapped(frame.caption, width, 7.5)]
    legend, legend_height = _legend(figure, frame.marks, width)
    below = sum(line.height for line in foot) + _APART
    above = sum(line.height for line in head) + legend_height + _APART
    _resize(figure, box, width=width, above=above, below=below)
    full_width, full_height = figure.get_size_inches()
    under = _write(figure, head, full_height - _PAD)
    _write(figure, foot, _PAD + below - _APART)
    legend.set_bbox_to_anchor((_PAD / full_width, (under - _APART / 2) / full_height))
    return figure


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the frame, of a size in points."""

    text: str
    size: float
    weight: str
    colour: str

    @property
    def height(self) -> float:
        """Its height in inches."""
        return 1.35 / 72 * self.size


def _resize(figure: "Figure", box: "Bbox", *, width: float, above: float, below: float) -> None:
    """Give the figure just the room that its axes, in a box in inches, and its frame take."""
    old = figure.get_size_inches()
    new = (width + 2 * _PAD, box.height + above + below + 2 * _PAD)
    places = [(axes, axes.get_position()) for axes in figure.axes]
    figure.set_size_inches(new)
    for axes, place in places:
        left = place.x0 * old[0] - box.x0 + _PAD
        bottom = place.y0 * old[1] - box.y0 + _PAD + below
        size = (place.width * old[0] / new[0], place.height * old[1] / new[1])
        axes.set_position((left / new[0], bottom / new[1], *size))


def _wrapped(text: str, width: float, size: float) -> list[str]:
    """The text in lines of a width in inches."""
    return textwrap.wrap(visible(text), max(20, int(72 * width / (_EM * size))))


def _write(figure: "Figure", lines: Sequence[_Line], top: float) -> float:
    """Write lines below each other from a height in inches on; return where they end."""
    width, height = figure.get_size_inches()
    for line in lines:
        figure.text(
            _PAD / width,
            top / height,
            line.text,
            fontsize=line.size,
            fontweight=line.weight,
            color=line.colour,
            va="top",
            parse_math=False,
        )
        top -= line.height
    return top


def _legend(figure: "Figure", marks: "Sequence[tuple[Artist, str]]", width: float) -> "tuple[Legend, float]":
    """A legend in as many columns as fit a width, and its height, in inches."""
    for columns in range(max(1, len(marks)), 0, -1):
        made = figure.legend(
            [mark for mark, _ in marks],
            [label for _, label in marks],
            loc="upper left",
            ncols=columns,
            frameon=False,
            borderpad=0,
            borderaxespad=0,
            labelspacing=0.45,
            columnspacing=1.6,
            handlelength=1.9,
        )
        plain(made.get_texts())
        extent = made.get_window_extent()
        if columns == 1 or extent.width <= width * figure.dpi:
            break
        made.remove()
    return made, extent.height / figure.dpi + _APART / 2 if marks else 0.0


def folded(name: str, columns: int, *, most: int = 6) -> str:
    """A name from outside in lines of so many characters, broken behind its marks; too long, it is cut."""
    lines = [""]
    for piece in _BREAKS.split(visible(name)):
        if len(lines[-1]) + len(piece.rstrip()) > columns and lines[-1]:
            lines.append("")
        lines[-1] += piece
        while len(lines[-1].rstrip()) > columns:
            lines[-1:] = [lines[-1][:columns], lines[-1][columns:]]
    if len(lines) > most:
        lines[most - 1 :] = [lines[most - 1][: columns - 1] + "…"]
    return "\n".join(line.strip() for line in lines)


def minus(figure: str) -> str:
    """A figure as print has it: with a minus, not a hyphen."""
    return figure.replace("-", "−")


def plain(labels: "Iterable[Text]") -> None:
    """Draw labels as they are: a dollar sign in a name begins no formula."""
    for label in labels:
        label.set_parse_math(False)


def legend_label(name: str) -> str:
    """A label of the legend."""
    return folded(name, _MOST_LABEL, most=3)


def model_label(model: Mapping[str, Any]) -> str:
    """A model's name and title, for a legend."""
    name, title = model["name"], model["title"]
    return legend_label(f"model {name}" if title in ("", name) else f"model {name}: {title}")


def audited(result: Result) -> str:
    """The data and its size, for the line below a title."""
    plan = result.plan
    trials = ("at most " if result.decisions else "") + count(plan["trials"], "trial")
    return f"{plan['data']['title']}; {count(plan['examples'], 'example')}, {trials} per model and attack"


def label_panel(axes: "Axes", title: str, x: str) -> None:
    """Name a panel and its x axis, which counts whole things."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    axes.set_title(title, fontsize=9, fontweight="bold", loc="left", parse_math=False)
    axes.set_xlabel(x)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y", color=RULE, linewidth=0.7)
    axes.set_axisbelow(True)
