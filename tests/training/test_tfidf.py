import numpy as np

from robustaudit.training.tfidf import fit_baseline, train_tfidf


def test_the_baseline_learns_the_training_examples(splits, small):
    classifier = fit_baseline(splits, preset=small.tfidf)

    predictions = classifier.predict([e.text for e in splits.train]).argmax(axis=1)
    assert np.mean(predictions == [e.label for e in splits.train]) > 0.9


def test_what_is_stored_is_recorded(splits, small, tmp_path):
    made = train_tfidf(splits, preset=small.tfidf, folder=tmp_path)

    assert {file.path for file in made.files.values()} == {"model.safetensors", "vocabulary.json"}
    assert all((tmp_path / file.path).is_file() for file in made.files.values())
    assert made.best_epoch == 0
    assert made.model == {"max_words": 2, "min_texts": 2}
