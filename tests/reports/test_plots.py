import builtins
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from results import RESULT, unread
from robustaudit.core.errors import MissingExtra
from robustaudit.reports.plots import draw_curves, write_curves, write_plots
from robustaudit.reports.report import Report
from robustaudit.training.trainings import read_trainings
from trainings import Course, write_training


def test_each_plot_is_a_png_and_an_svg_and_the_same_again(tmp_path: Path) -> None:
    attacks = [{"name": name, "expression": name} for name in ("qwerty", "insert", "delete", "contract")]
    result = replace(RESULT, plan={**RESULT.plan, "attacks": attacks})
    report = Report(run=unread(tmp_path), result=result)
    paths = write_plots(report, tmp_path / "plots")
    names = [path.name for path in paths]
    assert names == ["drops.png", "drops.svg", "map.png", "map.svg", "severity.png", "severity.svg"]
    content = {path: path.read_bytes() for path in paths}
    for path, data in content.items():
        if path.suffix == ".png":
            assert data.startswith(b"\x89PNG")
        else:
            assert ET.fromstring(data).tag.endswith("svg")
    write_plots(report, tmp_path / "plots")
    assert {path: path.read_bytes() for path in paths} == content


@pytest.fixture
def trainings(tmp_path):
    for name in ("1", "4", "7"):
        write_training(Course(name=name, steps=(0.7, 0.6, 0.5, 5.0, 0.4, 0.3)), tmp_path)
    return read_trainings(None, folder=tmp_path)


def test_the_same_trainings_give_the_same_files(trainings, tmp_path):
    once, again = (write_curves(trainings, tmp_path / name) for name in ("once", "again"))

    assert [path.name for path in once] == ["curves.png", "curves.svg"]
    assert [path.read_bytes() for path in once] == [path.read_bytes() for path in again]
    assert once[0].read_bytes().startswith(b"\x89PNG")
    assert b"<svg" in once[1].read_bytes()


def test_each_setting_has_a_panel_with_its_three_curves(trainings):
    panels = [axes for axes in draw_curves(trainings).axes if axes.get_title(loc="left")]

    assert [axes.get_title(loc="left")[0] for axes in panels] == ["1", "4", "7"]
    for axes in panels:
        steps, train, validation = (list(line.get_ydata()) for line in axes.get_lines())
        assert (len(steps), train, validation) == (6, [0.6, 0.45, 0.35], [0.55, 0.45, 0.42])


def test_five_settings_are_two_rows_of_panels_without_empty_ones(tmp_path):
    for name in "23567":
        write_training(Course(name=name), tmp_path)
    figure = draw_curves(read_trainings(None, folder=tmp_path))

    assert sum(axes.axison and bool(axes.get_title(loc="left")) for axes in figure.axes) == 5
    assert not any(axes.axison for axes in figure.axes if not axes.get_lines())


def test_panels_have_one_scale_that_a_spike_does_not_stretch(trainings):
    panels = [axes for axes in draw_curves(trainings).axes if axes.get_title(loc="left")]

    assert len({axes.get_ylim() for axes in panels}) == 1
    assert 0.6 < panels[0].get_ylim()[1] < 1


def test_without_the_extra_it_says_how_to_install_it(trainings, tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("matplotlib"):
            raise ModuleNotFoundError(name=name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match=r"pip install 'robustaudit\[plots\]'"):
        write_curves(trainings, tmp_path / "out")
    assert not (tmp_path / "out").exists()
