import builtins
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from numpy.typing import NDArray

from results import CHANGED, DECISION, FEW, MEASURES, NOTHING, PLAN, RESULT
from robustaudit.core.errors import MissingExtra, UserError
from robustaudit.reports.plots.kit import COLOURS
from robustaudit.reports.plots.run_plots import draw_plot, write_plots
from robustaudit.reports.plots.training_curves import draw_curves, write_curves
from robustaudit.runs.result import Correction, Result
from robustaudit.statistics.measures import Estimate, SeverityCurve, WorstOfK
from robustaudit.training.trainings import read_trainings
from trainings import Course, write_training

KINDS = ("drops", "map", "severity", "worst-of-k")
NAMES = (
    "qwerty",
    "$x_{2",
    '(qwerty+delete+insert)@0.2,homoglyph@0.1,(scramble|ocr),keyboard(layout="qwertz")',
)
MODELS = ("1", "_prod", "http://models.example.com:8080/v2/classify-with-a-long-name", "a" * 70)


def made(models: int, attacks: int) -> Result:
    """A result of that many models and attacks, with names as hostile and long as they come."""
    named = [MODELS[place] if place < len(MODELS) else str(place) for place in range(models)]
    attacked = [NAMES[place] if place < len(NAMES) else f"attack_{place}" for place in range(attacks)]
    shown = (CHANGED, replace(FEW, p_adjusted=0.4), NOTHING, replace(CHANGED, p_adjusted=0.4))
    rows = [
        replace(
            shown[(model + attack) % len(shown)],
            model=named[model],
            attack=attacked[attack],
            worst_of_k=(WorstOfK(1, MEASURES.drop, 9), WorstOfK(2, MEASURES.drop, 9)),  # type: ignore[arg-type]
        )
        for model in range(models)
        for attack in range(attacks)
    ]
    drops = (Estimate(0.05, 0.01, 0.09), Estimate(0.1, -0.3, 0.6))
    plan = {
        **PLAN,
        "models": [{"name": name, "title": "" if name == "1" else f"$ {name}"} for name in named],
        "attacks": [{"name": name, "expression": name, "rates": []} for name in attacked],
    }
    curves = [SeverityCurve(model, attacked[0], (1, 3), drops, drops[0]) for model in named]
    return Result(plan, tuple(rows), 1.0, curves=tuple(curves), corrections=(Correction(len(rows)),))


def texts(figure: Figure) -> list[Text]:
    """All texts that a reader sees: no labels of ticks beyond the ends of an axis."""
    unseen = {
        label
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for tick in axis.get_major_ticks()
        for label in (tick.label1, tick.label2)
        if not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
    }
    found = figure.findobj(Text)
    return [each for each in found if each.get_visible() and each.get_text().strip() and each not in unseen]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("models", "attacks"), [(1, 2), (3, 5), (8, 18)])
def test_no_text_covers_another_or_is_cut_off(kind: str, models: int, attacks: int) -> None:
    figure = draw_plot(made(models, attacks), kind)
    figure.draw_without_rendering()
    boxes = np.array([text.get_window_extent().extents for text in texts(figure)])
    low, high = boxes[:, :2], boxes[:, 2:]
    assert (low >= 0).all()
    assert (high <= figure.bbox.size).all()
    shared = (np.minimum(high[:, None], high) - np.maximum(low[:, None], low)).min(axis=2)  # pixels
    assert (np.triu(shared, k=1) <= 1).all()


def test_drops_are_grouped_by_attack_and_none_lies_on_another() -> None:
    result = made(3, 4)
    axes = draw_plot(result, "drops").axes[0]
    marks = [line for line in axes.get_lines() if line.get_marker() != "None" and len(line.get_xdata()) == 1]  # type: ignore[arg-type]
    heights = [float(line.get_ydata()[0]) for line in marks]  # type: ignore[index,arg-type]
    assert len(marks) == sum(row.drop is not None for row in result.rows)
    assert all(after - before > 0.15 for before, after in pairwise(heights))  # inches; a mark has 0.08
    bands = [(patch.get_y(), patch.get_y() + patch.get_height()) for patch in axes.patches]  # type: ignore[attr-defined]
    for (low, high), attack in zip(bands, result.plan["attacks"][::2], strict=True):
        of_attack = [row for row in result.rows if row.attack == attack["name"] and row.drop]
        assert sum(low < height < high for height in heights) == len(of_attack)


def test_significant_drops_are_filled_and_starred() -> None:
    result = made(3, 4)
    axes = draw_plot(result, "drops").axes[0]
    filled = [line for line in axes.get_lines() if line.get_marker() not in ("None", "")]
    significant = sum(row.significance == "significant" for row in result.rows)
    assert sum(line.get_markerfacecolor() != "white" for line in filled) == significant > 0
    for kind in ("drops", "map"):
        starred = [text for text in texts(draw_plot(result, kind)) if text.get_text().endswith("*")]
        assert len(starred) == significant
        assert all(text.get_fontweight() == "bold" for text in starred)


def test_a_sequential_test_shows_its_conclusions() -> None:
    result = made(1, 1)
    shown = [text.get_text() for text in texts(draw_plot(replace(result, decisions=(DECISION,)), "drops"))]
    assert any(text.startswith("25.0 at least 10.0") and text.endswith("failed") for text in shown)
    assert "filled: failed" in shown


SIMULATIONS = {  # of linear RGB, row by row (Machado, Oliveira and Fernandes 2009)
    "protanopia": "0.152286 1.052583 -0.204868 0.114503 0.786281 0.099216 -0.003882 -0.048116 1.051998",
    "deuteranopia": "0.367322 0.860646 -0.227968 0.280085 0.672501 0.047413 -0.01182 0.04294 0.968881",
    "tritanopia": "1.255528 -0.076749 -0.178779 -0.078411 0.930809 0.147602 0.004733 0.691367 0.3039",
    "none": "1 0 0 0 1 0 0 0 1",
}
TO_XYZ = "0.4124564 0.3575761 0.1804375 0.2126729 0.7151522 0.072175 0.0193339 0.119192 0.9503041"


def matrix(numbers: str) -> NDArray[np.float64]:
    return np.array(numbers.split(), dtype=np.float64).reshape(3, 3)


def linear(colour: str) -> NDArray[np.float64]:
    shares = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    return np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)


def lab(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    xyz = matrix(TO_XYZ) @ rgb.clip(0, 1) / [0.95047, 1, 1.08883]
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("blindness", SIMULATIONS)
def test_each_two_colours_of_models_can_be_told_apart(blindness: str) -> None:
    seen = [lab(matrix(SIMULATIONS[blindness]) @ linear(colour)) for colour in COLOURS]
    assert (
        min(float(np.linalg.norm(one - other)) for one, other in combinations(seen, 2)) > 20
    )  # of ΔE, CIE 1976
    for colour in COLOURS:
        assert 1.05 / (linear(colour) @ [0.2126, 0.7152, 0.0722] + 0.05) >= 3  # WCAG 1.4.11, on white


def test_a_plot_that_the_run_has_not_is_refused() -> None:
    with pytest.raises(UserError, match="unknown plot 'severty'"):
        draw_plot(RESULT, "severty")
    with pytest.raises(UserError, match="nothing to plot"):
        draw_plot(replace(RESULT, rows=(NOTHING,), curves=()), "drops")


def test_each_plot_is_a_png_and_an_svg_and_the_same_again(tmp_path: Path) -> None:
    result = made(2, 4)
    paths = write_plots(result, tmp_path / "plots")
    assert [path.name for path in paths] == [
        f"{kind}.{suffix}" for kind in KINDS for suffix in ("png", "svg")
    ]
    content = {path: path.read_bytes() for path in paths}
    for path, data in content.items():
        if path.suffix == ".png":
            assert data.startswith(b"\x89PNG")
        else:
            assert ET.fromstring(data).tag.endswith("svg")
    write_plots(result, tmp_path / "plots")
    assert {path: path.read_bytes() for path in paths} == content


@pytest.fixture
def trainings(tmp_path: Path) -> Any:
    for name in ("1", "4", "7"):
        write_training(Course(name=name, steps=(0.7, 0.6, 0.5, 5.0, 0.4, 0.3)), tmp_path)
    return read_trainings(None, folder=tmp_path)


def titled(figure: Figure) -> list[Axes]:
    return [axes for axes in figure.axes if axes.get_title(loc="left")]


def test_the_same_trainings_give_the_same_files(trainings: Any, tmp_path: Path) -> None:
    once, again = (write_curves(trainings, tmp_path / name) for name in ("once", "again"))

    assert [path.name for path in once] == ["curves.png", "curves.svg"]
    assert [path.read_bytes() for path in once] == [path.read_bytes() for path in again]
    assert once[0].read_bytes().startswith(b"\x89PNG")
    assert b"<svg" in once[1].read_bytes()


def test_each_setting_has_a_panel_with_its_three_curves(trainings: Any) -> None:
    panels = titled(draw_curves(trainings))

    assert [axes.get_title(loc="left")[0] for axes in panels] == ["1", "4", "7"]
    for axes in panels:
        steps, train, validation = (list(line.get_ydata()) for line in axes.get_lines())  # type: ignore[arg-type]
        assert (len(steps), train, validation) == (6, [0.6, 0.45, 0.35], [0.55, 0.45, 0.42])


def test_five_settings_are_two_rows_of_panels_without_empty_ones(tmp_path: Path) -> None:
    for name in "23567":
        write_training(Course(name=name), tmp_path)
    figure = draw_curves(read_trainings(None, folder=tmp_path))

    assert len(titled(figure)) == 5
    assert not any(axes.axison for axes in figure.axes if not axes.get_lines())


def test_panels_have_one_scale_that_a_spike_does_not_stretch(trainings: Any) -> None:
    panels = titled(draw_curves(trainings))

    assert len({axes.get_ylim() for axes in panels}) == 1
    assert 0.6 < panels[0].get_ylim()[1] < 1


@pytest.mark.parametrize("draw", [write_curves, lambda _, folder: write_plots(RESULT, folder)])
def test_without_the_extra_it_says_how_to_install_it(
    draw: Callable[[Any, Path], object], trainings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ModuleNotFoundError(name=name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match=r"pip install 'robustaudit\[plots\]'"):
        draw(trainings, tmp_path / "out")
    assert not (tmp_path / "out").exists()
