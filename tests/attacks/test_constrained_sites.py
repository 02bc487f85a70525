"""Constraints against every edit that a perturbation could make, each made and looked at."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from columns import check_columns
from robustaudit.attacks import Attack, Mix, parse_attack, protected_spans
from robustaudit.attacks.algebra import constrained
from robustaudit.attacks.constrained_sites import ConstrainedPerturbation
from robustaudit.attacks.expression import parse_constraints
from robustaudit.attacks.protected_spans import ProtectedSpans
from robustaudit.core.edits import apply, trim
from robustaudit.core.errors import UserError
from robustaudit.core.records import Edit, PerturbedText
from robustaudit.perturbations import (
    PERTURBATIONS,
    Perturbation,
    TextBatch,
    WeightedPerturbation,
    build,
    graphemes,
)
from strategies import constraints, perturbations, sentences

PATIENT = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
MANY = 4000
MOST = 1024  # replacements of a site that are looked at if they are strings

Span = tuple[int, int]


def read(expression: str, *, rate: float = 0.3) -> Attack:
    return parse_attack(expression, rate=rate).attack


def edits_of(perturbation: Perturbation, text: str) -> list[Edit]:
    """Every edit of a perturbation, in order."""
    sites = perturbation.sites(TextBatch([text]))
    columns = zip(sites.start.tolist(), sites.stop.tolist(), sites.form.tolist(), strict=True)
    return [
        trim(start, text[start:stop], new) for start, stop, form in columns for new in sites.options[form]
    ]


def left(perturbation: Perturbation, constraint: str, text: str) -> list[Edit]:
    return edits_of(
        ConstrainedPerturbation(
            perturbation, ProtectedSpans.of(parse_constraints(constraint), TextBatch([text]))
        ),
        text,
    )


def few_enough(perturbation: Perturbation, text: str) -> bool:
    return all(count <= MOST for count in perturbation.sites(TextBatch([text])).count.tolist())


def words_of(text: str) -> list[Span]:
    words = TextBatch([text]).words
    return list(zip(words.start.tolist(), words.stop.tolist(), strict=True))


def moved(span: Span, edit: Edit) -> Span:
    """Where a span lies after an edit that does not lie over it."""
    shift = len(edit.replacement) - (edit.stop - edit.start) if edit.stop <= span[0] else 0
    return span[0] + shift, span[1] + shift


def spares(text: str, edit: Edit, words: list[Span]) -> bool:
    """Whether all of these words of the text are words of the text after the edit."""
    after = set(words_of(apply(text, [edit])))
    return all(
        (edit.stop <= word[0] or word[1] <= edit.start) and moved(word, edit) in after for word in words
    )


def is_short(text: str, span: Span) -> bool:
    return len(graphemes(text[slice(*span)])) < 4


def is_stop_word(text: str, span: Span) -> bool:
    return text[slice(*span)].lower().replace("’", "'") in protected_spans.stop_words()


def is_great(text: str, span: Span) -> bool:
    return text[slice(*span)].lower() == "great"


KEPT_WORDS: dict[str, Callable[[str, Span], bool]] = {
    "min_length(4)": is_short,
    "keep(stop_words)": is_stop_word,
    'keep("great")': is_great,
    'keep(stop_words, "Great") & min_length(4)': lambda text, span: (
        is_short(text, span) or is_stop_word(text, span) or is_great(text, span)
    ),
}


@pytest.mark.parametrize("name", sorted(PERTURBATIONS))
@settings(PATIENT, max_examples=4)
@given(constraint=st.sampled_from(sorted(KEPT_WORDS)), text=sentences().map("{} It is great".format))
def test_those_edits_are_left_after_which_the_kept_words_are_words_still(name, constraint, text) -> None:
    perturbation = build(name, {})
    assume(few_enough(perturbation, text))
    kept = [span for span in words_of(text) if KEPT_WORDS[constraint](text, span)]
    found = left(perturbation, constraint, text)

    sparing = [edit for edit in edits_of(perturbation, text) if spares(text, edit, kept)]
    assert not Counter(found) - Counter(sparing)
    # An apostrophe, hyphen, _, * or @ is no part of a word that it stands beside, but is kept away from it.
    assert all(set(edit.replacement) & set("'’-_*@") for edit in Counter(sparing) - Counter(found))


@PATIENT
@given(perturbation=perturbations(), text=sentences())
def test_only_within_some_words_is_edited_and_there_as_ever(perturbation, text) -> None:
    assume(few_enough(perturbation, text))
    great = [span for span in words_of(text) if is_great(text, span)]
    every, allowed = edits_of(perturbation, text), left(perturbation, 'only("great")', text)

    assert not Counter(allowed) - Counter(every)
    for edit in allowed:
        assert any(start <= edit.start and edit.stop <= stop for start, stop in great)
        assert spares(text, edit, [span for span in words_of(text) if not is_great(text, span)])
    for edit in Counter(every) - Counter(allowed):
        assert not any(start <= edit.start < edit.stop <= stop for start, stop in great)


@pytest.mark.parametrize("name", sorted(PERTURBATIONS))
@settings(PATIENT, max_examples=4)
@given(text=sentences())
def test_first_and_last_letters_stay_at_the_ends_of_their_words(name, text) -> None:
    perturbation = build(name, {})
    assume(few_enough(perturbation, text))
    letters = [(span, graphemes(text[slice(*span)])) for span in words_of(text)]
    first = {(start, start + len(word[0])) for (start, _), word in letters}
    last = {(stop - len(word[-1]), stop) for (_, stop), word in letters}
    every, allowed = edits_of(perturbation, text), left(perturbation, "keep(first_letter, last_letter)", text)

    assert not Counter(allowed) - Counter(every)
    for edit in allowed:
        after = apply(text, [edit])
        words = [(span, graphemes(after[slice(*span)])) for span in words_of(after)]
        assert {(moved(span, edit), text[slice(*span)]) for span in first} <= {
            ((start, start + len(word[0])), word[0]) for (start, _), word in words
        }
        assert {(moved(span, edit), text[slice(*span)]) for span in last} <= {
            ((stop - len(word[-1]), stop), word[-1]) for (_, stop), word in words
        }
    for edit in Counter(every) - Counter(allowed):
        assert any(span[0] <= edit.stop and edit.start <= span[1] for span in first | last)


@PATIENT
@given(
    data=st.data(),
    perturbation=perturbations(),
    constraint=constraints(),
    batch=st.lists(sentences(), max_size=3),
)
def test_what_is_left_is_a_perturbation_like_any_other(data, perturbation, constraint, batch) -> None:
    narrowed = ConstrainedPerturbation(perturbation, ProtectedSpans.of(constraint, TextBatch(batch)))
    sites = narrowed.sites(TextBatch(batch))

    assert (sites.count > 0).all()
    assert [len(sites.options[form]) for form in sites.form.tolist()] == sites.count.tolist()
    check_columns(narrowed, batch, data)


@PATIENT
@given(perturbation=perturbations(), one=constraints(), other=constraints(), text=sentences())
def test_two_constraints_leave_what_both_would(perturbation, one, other, text) -> None:
    assume(few_enough(perturbation, text))
    both, alone, too = (
        Counter(
            edits_of(
                ConstrainedPerturbation(perturbation, ProtectedSpans.of(limits, TextBatch([text]))), text
            )
        )
        for limits in (one & other, one, other)
    )
    assert both == alone & too


def draws(attack: Attack, text: str, *, number: int = 1) -> list[PerturbedText]:
    keys = attack.keys(seed=0, draws=[("x", draw) for draw in range(number)])
    return list(attack.draw(TextBatch([text]), np.zeros(number, dtype=np.int64), keys))


def test_what_is_left_is_drawn_alike() -> None:
    """The words alike, whatever is left of each, and what is left of a word alike."""
    attack = read('insert(alphabet="digits") & keep(first_letter, last_letter) & at_most(1)', rate=1.0)
    counts = Counter(drawn.text for drawn in draws(attack, "a tea inn", number=MANY))
    teas = {f"a t{new}ea inn" for new in range(10)} | {f"a te{new}a inn" for new in range(10)}
    inns = {f"a tea i{new}nn" for new in range(10)} | {f"a tea in{new}n" for new in range(10)}
    assert set(counts) == teas | inns
    assert stats.chisquare([counts[text] for text in sorted(teas | inns)]).pvalue > 0.001


def test_a_constrained_mix_is_drawn_by_the_weights_of_those_with_something_left() -> None:
    attack = read('(2*delete + insert + 9*contract) & keep(last_letter) & only("tea") & at_most(1)', rate=1.0)
    shrunk = Counter(len(drawn.text) < len("it is tea") for drawn in draws(attack, "it is tea", number=MANY))
    assert stats.chisquare([shrunk[True], shrunk[False]], [MANY * 2 / 3, MANY / 3]).pvalue > 0.001


def test_a_text_of_which_nothing_is_left_is_known_not_to_change() -> None:
    (drawn,) = draws(read("qwerty & min_length(6)", rate=1.0), "all of it is short")
    assert (drawn.changed, drawn.edits) == (False, ())


@given(perturbation=perturbations(), text=sentences())
def test_what_is_out_of_reach_of_a_constraint_is_drawn_as_without_it(perturbation, text) -> None:
    free = Mix((WeightedPerturbation(perturbation, 1.0),), rate=0.5)
    bound = constrained(free, parse_constraints('keep("waffles") & protect(urls)'))
    keys = free.keys(seed=0, draws=[("x", 0)])
    one, other = (attack.draw(TextBatch([text]), np.array([0]), keys) for attack in (free, bound))
    assert list(one) == list(other)


@pytest.mark.parametrize(
    ("expression", "rounds"),
    [
        ("delete & at_most(2)", [2]),
        ("delete, qwerty & at_most(6)", [5, 1]),
        ("delete, qwerty & at_most(3)", [3, 0]),
        ("(delete & at_most(1)), qwerty & at_most(3)", [1, 2]),
        ("(delete, qwerty & at_most(3)), insert & at_most(4)", [3, 0, 1]),
        ("delete@0.2, qwerty & at_most(2)", [1, 1]),
        ("(delete, qwerty) | (qwerty, delete) & at_most(2)", [2, 0]),
    ],
)
def test_edits_are_counted_over_a_whole_trial_and_used_up_in_turn(expression: str, rounds: list[int]) -> None:
    for drawn in draws(read(expression, rate=1.0), "good tea here all today", number=4):
        assert [len(edits) for edits in drawn.edits_by_step] in (rounds, [5, 5])


def test_each_part_of_a_sequence_is_constrained_on_what_the_part_before_it_left() -> None:
    (drawn,) = draws(read('extend, delete & only("not", "don\'t")', rate=1.0), "I don't")
    assert drawn.edits_by_step[0] == (Edit(4, 6, " no"),)
    assert drawn.text.startswith("I do ")
    assert len(drawn.text) == len("I do not") - 1


def test_of_a_word_with_very_many_replacements_some_are_looked_at() -> None:
    name = build("scramble", {"keep": "nothing"})
    found = left(name, "keep(first_letter)", "incomprehensible")
    assert 0 < len(found) < MOST
    assert all(edit.start > 0 for edit in found)


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        (
            "urls",
            "See https://example.com/a?b=c, or www.example.org.",
            ["https://example.com/a?b=c", "www.example.org"],
        ),
        ("urls", "(http://x.io/é) ftp://y <HTTP://Z>", ["http://x.io/é", "ftp://y", "HTTP://Z"]),
        ("urls", "a.b://, and/or not: http:// www.", []),
        ("emails", "Ask jo.doe+x@mail.example.com.", ["jo.doe+x@mail.example.com"]),
        ("emails", "a@b, @c.d or e@.f", []),
        ("numbers", "10,000 or 3.14 at 10:30, 2nd of 5/12", ["10,000", "3.14", "10:30", "2nd", "5/12"]),
        ("numbers", "b2b ½ ٣ x² COVID-19.", ["b2b", "½", "٣", "x²", "19"]),
        ("numbers", "ten", []),
        ("hashtags", "#great #2 ＃好吃 a#b &#39;", ["#great", "#2", "＃好吃"]),
        ("handles", "@jo_doe, @a.b and @me@example.social. c@d", ["@jo_doe", "@a.b", "@me@example.social"]),
    ],
)
def test_what_is_protected_is_recognised(kind: str, text: str, found: list[str]) -> None:
    (spans,) = ProtectedSpans.of(parse_constraints(f"protect({kind})"), TextBatch([text])).protected
    assert [text[a:b] for a, b in zip(spans.start.tolist(), spans.stop.tolist(), strict=True)] == found


@pytest.mark.parametrize(
    "unit", ["a", "1", ".", "@", "#a", "www.", "a@", "a.", "http://", "1.", "'", "_", "://"]
)
def test_what_is_protected_is_found_in_a_time_linear_in_the_text(unit: str, monkeypatch) -> None:
    monkeypatch.setattr(protected_spans, "_TIME_LIMIT", 1.0)
    ProtectedSpans.of(
        parse_constraints("protect(urls, emails, numbers, hashtags, handles)"), TextBatch([unit * 100_000])
    )


def test_a_pattern_that_takes_for_ever_is_given_up(monkeypatch) -> None:
    monkeypatch.setattr(protected_spans, "_TIME_LIMIT", 0.05)
    with pytest.raises(UserError) as caught:
        draws(read('qwerty & keep(pattern="(a|aa)+$")'), "a" * 39 + "!")
    assert str(caught.value) == "pattern '(a|aa)+$' takes more than 0.05 seconds on a text of 40 characters"


@pytest.mark.parametrize(
    ("expression", "text", "expected"),
    [
        ('delete & keep("Acme")', "Acme ACME acme a", {"Acme ACME acme a"}),
        ('delete & keep("New York")', "New  york ox", {"New  york o", "New  york x"}),
        ('delete & keep(pattern="[A-Z]{2,}")', "NASA NASAs", {"NASA NASA"}),
        ('merge_words & keep("the")', "the best of", {"the bestof"}),
        ("drop_word & keep(stop_words)", "the best", {"the"}),
        ("long_press & keep(stop_words)", "the", {"the"}),
        ("space_before_mark & keep(stop_words)", "the!", {"the !"}),
        ('add_url & only("great")', "great", {"great"}),
        ('delete & only("be at") & at_most(1)', "be at it", {"b at it", "e at it", "be t it", "be a it"}),
        ("delete & keep(first_letter)", "tree", {"tee", "tre"}),
        ("swap_words & keep(last_letter)", "so it", {"so it"}),
        ("zalgo & keep(first_letter, last_letter)", "ab", {"ab"}),
        ("delete & protect(urls)", "www.a.bc", {"www.a.bc"}),
    ],
)
def test_constraints_by_example(expression: str, text: str, expected: set[str]) -> None:
    assert {drawn.text for drawn in draws(read(expression, rate=1.0), text, number=100)} == expected
