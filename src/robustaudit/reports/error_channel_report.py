"""What an error channel has learnt: kinds of errors, where in a word, and in words of which length."""

from rich.console import Group, RenderableType
from rich.text import Text

from robustaudit.core.display import percent, visible
from robustaudit.perturbations.error_channel import ChannelFile
from robustaudit.reports.layout import legend, section, strong, table

_MOST = 10  # rewrites that are shown


def render_errors(channel: ChannelFile, attack: str) -> RenderableType:
    """The errors by kind and place, and the attack that makes them."""
    kinds = table("error", figures=("seen", "share, %"))
    for kind, seen in sorted(channel.kinds.items(), key=lambda each: -each[1]):
        kinds.add_row(kind, f"{seen:,}", percent(seen / channel.misspellings))
    likely = sorted(channel.rewrites, key=lambda name: -channel.rewrites[name])[:_MOST]
    places = ", ".join(f"{place} {weight:.2f}" for place, weight in channel.positions.items())
    lines = [
        f"Of {channel.misspellings:,} misspellings that are one edit away from their word.",
        f"Left out are {channel.not_one_edit:,} others.",
        f"Errors at the places of a word, against what its letters let expect: {places}.",
        f"Most likely where its letters stand: {', '.join(map(visible, likely))} (^ begins a word).",
        f"Source: {visible(channel.source)}. Licence: {visible(channel.licence)}.",
    ]
    how = Text.assemble("Use it: ", strong(visible(attack)))
    return Group(section("Errors by kind", kinds), legend(lines), how)
