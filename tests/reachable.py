"""All that one edit can make of a text, for comparison with what a test works out by hand."""

from robustaudit.perturbations import CHARACTERS, Perturbation, Segmenter, TextBatch


def one_edit_away(perturbation: Perturbation, text: str, segmenter: Segmenter = CHARACTERS) -> list[str]:
    """The text after each single edit, in order; as often as there are edits that make it."""
    sites = perturbation.sites(TextBatch([text], segmenter=segmenter))
    columns = zip(sites.start.tolist(), sites.stop.tolist(), sites.form.tolist(), strict=True)
    return sorted(
        text[:start] + replacement + text[stop:]
        for start, stop, form in columns
        for replacement in sites.options[form]
    )
