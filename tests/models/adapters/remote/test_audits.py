"""Models behind HTTP, audited from the command line."""

import base64
import json
import sys
from itertools import count
from pathlib import Path
from threading import Event, Lock
from typing import Any

import pytest

from robustaudit.cli.main import run
from served import LABELS, Call, Server, judged, labelled, serving

Captured = pytest.CaptureFixture[str]
NAMED = "labels=negative,positive"
FAULTS = 1000
AT_ONCE = 32
SECRET = "hush-4711 'quoted'"

MODULE = """
def judge(texts):
    return [len(text) % 2 for text in texts]

judge.labels = ("negative", "positive")
"""

pytestmark = pytest.mark.usefixtures("empty_cache")


@pytest.fixture
def work(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a module that answers as the servers do."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "own_models", raising=False)
    (empty_folder / "own_models.py").write_text(MODULE)
    return empty_folder


def rows(output: str) -> list[dict[str, Any]]:
    """What a run found, but for the model's name."""
    found = json.loads((Path(output) / "result.json").read_text(encoding="utf-8"))["rows"]
    for row in found:
        del row["model"], row["example_trial"]["model"]
    return list(found)


def asked_again(output: str) -> int:
    """How many texts were asked only to see whether they have the same answer again."""
    found = json.loads((Path(output) / "result.json").read_text(encoding="utf-8"))["retests"]
    assert [each["differed"] for each in found] == [0]
    calls: int = found[0]["calls"]
    return calls


class Flaky:
    """A server that fails a thousand times, in each of the ways in turn, and answers rightly in between."""

    def __init__(self) -> None:
        self.injected = 0
        self._numbers = count()
        self._hung = count()
        self._lock = Lock()
        self._forever = Event()

    def end(self) -> None:
        self._forever.set()

    def __call__(self, call: Call) -> None:
        with self._lock:
            number = next(self._numbers)
            fault = number % 3 < 2 and self.injected < FAULTS
            self.injected += fault
        if fault:
            self._fail(call, number)
        else:
            labelled(call)

    def _fail(self, call: Call, number: int) -> None:
        texts = call.json["inputs"]
        wrong = [{"label": "positive"}] * (len(texts) + 1)
        match number % 7:
            case 0:
                call.reply("", status=503)
            case 1:
                call.reply("", status=429, Retry_After="0")
            case 2:
                call.cut()
            case 3:
                call.close_connection = True  # without a word
            case 4:
                call.reply(None, raw=b'{"predictions": [{"label"')
            case 5:
                call.reply({"predictions": wrong[: len(texts) - 1] if number % 2 else wrong})
            case 6 if next(self._hung) < AT_ONCE:
                self._forever.wait(timeout=60)
            case _:
                call.reply(7)


@pytest.mark.usefixtures("work")
def test_no_text_is_lost_or_counted_twice_over_a_thousand_faults() -> None:
    options = ("--data", "tiny", "--trials", "520", "--attack", "qwerty", "--attack", "homoglyph", "--quiet")
    assert run(["run", "--models", "py:own_models:judge", *options, "--output", "plain"]) == 0
    flaky = Flaky()
    with serving(flaky) as server:
        name = f"{server.url}/predict?{NAMED}&batch=1&concurrency={AT_ONCE}&retries=100&timeout=10"
        assert run(["run", "--models", name, *options, "--offline", "--output", "flaky"]) == 0
        flaky.end()
        assert flaky.injected == FAULTS
        assert server.answered.total() == len(server.answered) + asked_again("flaky")
        assert server.calls == FAULTS + server.answered.total()
    assert rows("flaky") == rows("plain")


@pytest.mark.usefixtures("work")
def test_a_budget_ends_a_run_cleanly_and_the_next_goes_on(server: Server, capsys: Captured) -> None:
    command = ["run", "--models", f"{server.url}/predict?{NAMED}&batch=1", "--data", "tiny", "--trials", "30"]
    command += ["--attack", "qwerty", "--quiet", "--output", "out", "--max-calls", "25"]
    codes = [run(command)]
    assert capsys.readouterr().err == (
        "robustaudit: stopped after 25 calls, as --max-calls says; finished work is kept: "
        "run the same command again to resume\n"
    )
    while codes[-1] == 5:
        assert server.calls == 25 * len(codes)
        codes.append(run(command))
    assert codes[-1] == 0
    assert len(codes) > 2
    assert server.answered.total() == len(server.answered) + asked_again("out")


def tells_secrets(call: Call) -> None:
    """An answer that holds the header wherever a server could put it."""
    told = call.headers["Authorization"]
    text = call.json["inputs"][0]
    match len(text) % 4:
        case 0:
            call.reply({"error": f"bad {base64.b64encode(told.encode()).decode()}"}, status=400)
        case 1:
            call.reply({"predictions": [{"label": told.upper()}]})
        case 2:
            call.reply({"error": told}, status=503, X_Told="1")
        case _:
            labelled(call)


@pytest.mark.parametrize("on_error", ["skip", "stop"])
def test_a_secret_is_in_no_file_nor_output(
    work: Path, empty_cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured, on_error: str
) -> None:
    monkeypatch.setenv("MY_TOKEN", SECRET)
    seen = set()

    def answer(call: Call) -> None:
        seen.add(call.headers["Authorization"])
        tells_secrets(call)

    with serving(answer) as server:
        (work / "model.toml").write_text(
            f'url = "{server.url}/predict"\nlabels = ["negative", "positive"]\nbatch = 1\nretries = 0\n'
            'headers = { Authorization = "Bearer env:MY_TOKEN" }\n'
        )
        command = [
            "run",
            "--models",
            "http:model.toml",
            "--data",
            "tiny",
            "--trials",
            "60",
            "--output",
            "out",
        ]
        code = run([*command, "--attack", "qwerty", "--on-error", on_error])
    assert code == (0 if on_error == "skip" else 3)
    assert seen == {f"Bearer {SECRET}"}
    printed = capsys.readouterr()
    assert on_error == "skip" or "***" in printed.err
    written = [path for folder in (work, empty_cache) for path in folder.rglob("*") if path.is_file()]
    assert any(path.name == "answers.sqlite" for path in written)
    everything = [path.read_bytes() for path in written] + [(printed.out + printed.err).encode()]
    forms = (b"hush", base64.b64encode(f"Bearer {SECRET}".encode())[12:24].lower())
    assert not any(form in content.lower() for form in forms for content in everything)


def wavers(call: Call) -> None:
    """Of every other text another label at first than from then on, in whatever order texts come."""
    (text,) = call.json["inputs"]
    unsure = len(text) // 2 % 2 and not call.server.answered[text]
    call.server.count([text])
    call.reply({"predictions": [{"label": LABELS[(judged(text) == "positive") ^ bool(unsure)]}]})


@pytest.mark.usefixtures("work")
def test_a_cache_hides_no_noise_and_keeps_each_asking(capsys: Captured) -> None:
    with serving(wavers) as server:
        name = f"{server.url}/predict?{NAMED}&batch=1"
        command = ["run", "--models", name, "--data", "tiny", "--trials", "40", "--attack", "qwerty"]
        assert run([*command, "--quiet", "--output", "first"]) == 0
        calls = server.calls
        assert "gives different predictions for the same text" in " ".join(capsys.readouterr().out.split())
        assert run([*command, "--quiet", "--output", "again"]) == 0
        assert server.calls == calls
    first, again = (json.loads((Path(name) / "result.json").read_text()) for name in ("first", "again"))
    assert first["retests"] == again["retests"]
    assert first["rows"] == again["rows"]
    assert first["retests"][0]["noise"]["low"] > 0.2


def refuses(call: Call) -> None:
    """A chat model that will not speak of texts with a `q`."""
    text = call.json["messages"][0]["content"].partition("Text: ")[2]
    said = "I cannot help with positive content" if "q" in text else f"**{judged(text).title()}**"
    call.reply({"choices": [{"message": {"content": said}}]})


@pytest.mark.usefixtures("work")
def test_refusals_are_counted_by_attack_or_end_the_run_with_what_was_said(capsys: Captured) -> None:
    with serving(refuses) as server:
        options = ["--models", f"openai:m?base_url={server.url}&{NAMED}", "--data", "tiny", "--trials", "60"]
        command = ["run", *options, "--attack", "qwerty@0.3", "--quiet"]
        assert run([*command, "--on-error", "skip", "--output", "skip"]) == 0
        told = " ".join(capsys.readouterr().out.split())
        assert run([*command, "--output", "stop"]) == 3
    (row,) = rows("skip")
    assert 0 < row["no_prediction"] <= row["skipped"]
    assert f"{row['no_prediction']} no prediction" in told
    assert f"as when it refuses): qwerty@0.3 {row['no_prediction']} of 60." in told
    assert "answered 'I cannot help with positive content', which names positive" in capsys.readouterr().err
    assert run(["report", "skip"]) == 0
    page = " ".join((Path("skip") / "report.html").read_text(encoding="utf-8").split())
    assert f"as when it refuses): qwerty@0.3 {row['no_prediction']} of 60." in page


@pytest.mark.usefixtures("work")
def test_a_server_that_refuses_everything_says_so_without_the_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("MY_TOKEN", SECRET)
    with serving(lambda call: call.reply(call.headers["X-Key"], status=403)) as server:
        Path("model.toml").write_text(
            f'url = "{server.url}/?key=hush"\nheaders = {{ X-Key = "env:MY_TOKEN" }}\n'
            'response = "$[*].label"\nscores = "$[*].score"\n'
        )
        assert run(["run", "--models", "http:model.toml", "--data", "tiny"]) == 2  # for its labels
    said = capsys.readouterr().err
    assert "answered 403 Forbidden: " in said
    assert "hush" not in said


def test_stars_for_a_model_of_two_labels_are_refused_with_the_map_to_paste(
    empty_folder: Path, capsys: Captured
) -> None:
    def answer(call: Call) -> None:
        texts = call.json["inputs"]
        call.reply({"results": [{"label": LABELS["Bad" not in text], "score": 0.8} for text in texts]})

    lines = [f"text number {n},{stars}" for n, stars in enumerate([1, 2, 4, 5] * 5)]
    (empty_folder / "stars.csv").write_text("\n".join(["text,label", *lines]))
    with serving(answer) as server:
        asked = ["run", "--models", server.url, "--data", "stars.csv", "--attack", "delete", "--output", "r"]
        assert run(asked) == 2
        told = capsys.readouterr().err
        assert "it knows 'negative', 'positive': give --label-map '1=negative,2=negative,4=positive" in told
        assert "finished work" not in told
        assert server.calls == 2
        assert not (empty_folder / "r").exists()
        assert run([*asked, "--label-map", "1=negative,2=negative,4=positive,5=positive"]) == 0
        said = " ".join(capsys.readouterr().out.split())
        assert "labels 1, 2 → negative; 4, 5 → positive, by the label map: model 127.0.0.1:" in said
        assert "does not list all classes" in said
        assert "without the probabilities of all classes (the score of a top label alone is not used)" in said
