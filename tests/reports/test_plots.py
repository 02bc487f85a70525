import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

from results import RESULT, unread
from robustaudit.reports.plots import write_plots
from robustaudit.reports.report import Report


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
