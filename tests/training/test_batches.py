import numpy as np

from robustaudit.training.stepper import TokenisedExamples, shuffled_batches

RNG = np.random.default_rng(0)
DATA = TokenisedExamples(
    [np.full(length, row, dtype=np.int64) for row, length in enumerate(RNG.integers(1, 60, size=500))],
    np.arange(500, dtype=np.int64),
)


def test_an_epoch_sees_every_text_once():
    batches = list(shuffled_batches(DATA, batch_size=16, rng=np.random.default_rng(1)))

    assert sorted(np.concatenate(batches).tolist()) == list(range(500))
    assert max(map(len, batches)) == 16


def test_a_batch_holds_texts_of_about_one_length():
    for rows in shuffled_batches(DATA, batch_size=16, rng=np.random.default_rng(1)):
        lengths = [len(DATA.sequences[row]) for row in rows]
        assert max(lengths) - min(lengths) < 6


def test_the_same_generator_gives_the_same_batches_and_another_others():
    first, again, other = (
        [rows.tolist() for rows in shuffled_batches(DATA, batch_size=16, rng=np.random.default_rng(seed))]
        for seed in (1, 1, 2)
    )

    assert first == again != other


def test_labels_follow_their_texts():
    batch, labels = DATA.batch([7, 3])

    assert batch.ids[:, 0].tolist() == labels.tolist() == [7, 3]
