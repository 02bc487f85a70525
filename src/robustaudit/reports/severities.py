"""The rates of severities, as a table."""

from collections.abc import Mapping

from robustaudit.attacks import LEVELS, Calibration
from robustaudit.core.figures import percent
from robustaudit.reports.gallery import markdown

_NOT_REACHED = "–"


def severity_rows(calibrations: Mapping[str, Calibration]) -> list[dict[str, str]]:
    """For each perturbation the rates of the levels that it reaches, and the per cent that each changes."""
    return [_row(expression, found) for expression, found in calibrations.items()]


def severities_markdown(calibrations: Mapping[str, Calibration]) -> str:
    """The same for the docs to quote."""
    rows = severity_rows(calibrations)
    return markdown(tuple(rows[0]), [(f"`{name}`", *cells) for name, *cells in map(dict.values, rows)])


def _row(expression: str, found: Calibration) -> dict[str, str]:
    levels = {
        f"{number} ({share * 100:g} %)": _cell(rate, realised, reached=share <= found.ceiling)
        for number, (share, rate, realised) in enumerate(
            zip(LEVELS, found.rates, found.held_out, strict=True), start=1
        )
    }
    return {"perturbation": expression, **levels, "ceiling": f"{percent(found.ceiling)} %"}


def _cell(rate: float, share: float, *, reached: bool) -> str:
    return f"{rate:.3g}: {percent(share)}" if reached else _NOT_REACHED
