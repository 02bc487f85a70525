"""A model behind a real server, that answers in several forms, or does not."""

import gzip
import json
import math
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import numpy as np
import pytest

from elsewhere import TEXTS, in_any_batch
from robustaudit.core.errors import ModelError, NetworkUnavailable, UserError
from robustaudit.core.hub import network_access
from robustaudit.models import DataLabels, ExternalModel, MissingPredictions, resolve
from robustaudit.runs.error_policy import ErrorPolicy
from robustaudit.runs.predictions import NoPredictionError, predict_all
from served import LABELS, Call, Server, judged, labelled, serving

NAMED = "labels=negative,positive"
ALL = [f"text {'x' * length}" for length in range(40)]
WANTED = [LABELS.index(judged(text)) for text in ALL]

pytestmark = pytest.mark.usefixtures("empty_cache")


def model(server: Server, options: str = "") -> Any:
    """The classifier behind a server."""
    return resolve(f"{server.url}/predict?{NAMED}{options}").load()


def refused(call: Call, reason: str = "no") -> None:
    call.reply({"error": reason}, status=422)


def test_every_text_gets_its_label_whatever_the_batch(server: Server) -> None:
    for batch in (1, 7, 100):
        assert model(server, f"&batch={batch}&cache=false").predict(ALL).tolist() == WANTED
    in_any_batch(model(server).predict, TEXTS)


def test_without_labels_it_counts_as_the_data_does(server: Server) -> None:
    address = f"{server.url}/predict?response=$.predictions[*].number"
    source = resolve(address, data_labels=DataLabels(("0", "1"), numbered=True))
    assert source.labels == ("0", "1")
    with pytest.raises(UserError, match="has no labels, and its replies do not name all of them"):
        resolve(address, data_labels=DataLabels(("ham", "spam"), numbered=False))


STARS = DataLabels(("1", "2", "3", "4", "5"), numbered=True, seen=("1", "2", "4", "5"))


def liked(call: Call) -> None:
    """The best label with its score, as small services answer."""
    texts = call.json["inputs"]
    call.reply({"results": [{"label": LABELS["Bad" not in text], "score": 0.8} for text in texts]})


def test_the_labels_of_the_data_are_those_of_a_model_that_answers_with_one_of_them() -> None:
    with serving(liked) as server:
        source = resolve(server.url, data_labels=DataLabels(LABELS, numbered=False, seen=LABELS))
        assert (source.labels, server.calls) == (LABELS, 1)
        assert source.load().predict(["Bad.", "Fine."]).tolist() == [0, 1]


def test_labels_that_are_none_of_the_datas_are_heard_for_the_map_that_the_refusal_names() -> None:
    with serving(liked) as server:
        assert resolve(server.url, data_labels=STARS).labels == LABELS
        assert server.calls == 2


@pytest.mark.parametrize(
    ("data_labels", "told"),
    [
        (
            DataLabels(("0", "1"), numbered=True, seen=("0", "1")),
            "the labels of the data are 0, 1: give --label-map '0=negative,1=positive' or --label-map '0=pos",
        ),
        (
            DataLabels(("no", "yes"), numbered=False, seen=("no", "yes")),
            "answers with 'positive', and the labels of the data are no, yes: give --label-map with the",
        ),
        (None, "has no labels, and its replies do not name all of them: give labels, as in"),
    ],
)
@pytest.mark.usefixtures("command_line_words")
def test_labels_that_cannot_be_the_datas_are_refused_at_once_and_not_asked_for_again(
    data_labels: DataLabels | None, told: str
) -> None:
    with serving(liked) as server:
        with pytest.raises(UserError) as caught:
            resolve(server.url, data_labels=data_labels)
        assert told in str(caught.value)
        assert server.calls <= 2


def scored(call: Call) -> None:
    texts = call.json["instances"]
    rows: list[list[dict[str, Any]]] = [
        [{"label": label, "score": 0.75 if label == judged(text["review"]) else 0.25} for label in LABELS]
        for text in texts
    ]
    call.reply([sorted(row, key=lambda cell: -cell["score"]) for row in rows])


def test_probabilities_are_sorted_by_the_labels_beside_them_which_a_first_call_tells() -> None:
    request = 'request={"instances": [{"review": "$text"}]}'
    with serving(scored) as server:
        source = resolve(f"{server.url}/?{request}&response=$[*][*].label&scores=$[*][*].score")
        assert source.labels == LABELS
        assert isinstance(source, ExternalModel)
        assert source.named
        assert server.calls == 1
        found = source.load().predict(ALL)
    np.testing.assert_array_equal(found, [[0.25, 0.75] if wanted else [0.75, 0.25] for wanted in WANTED])


def test_scores_alone_are_in_the_order_of_the_classes(empty_folder: Path) -> None:
    def answer(call: Call) -> None:
        call.reply({"probabilities": [[0.1, 0.9]], "of": call.json["q"]})

    with serving(answer) as server:
        Path("model.toml").write_text(
            f'url = "{server.url}/?version=2"\nlabels = ["a", "b"]\nscores = "$.probabilities"\n'
            '[request]\nq = { text = "$text" }\n'
        )
        assert resolve("http:model.toml").load().predict(["x", "y"]).tolist() == [[0.1, 0.9]] * 2
        assert server.calls == 2
    assert list(empty_folder.iterdir()) == [Path("model.toml").absolute()]


@pytest.mark.parametrize(
    "row", ["[0.5, 0.9]", "[1e999, 0]", "[true, 0]", '["1", "0"]', f"[{10**400}, 0]", "[-1, 2]"]
)
def test_scores_that_are_no_probabilities_are_no_answer_and_not_kept(row: str) -> None:
    with serving(lambda call: call.reply(None, raw=f"[{row}]".encode())) as server:
        for calls in (1, 2):
            with pytest.raises(MissingPredictions) as caught:
                model(server, "&scores=$[*]").predict(["a"])
            assert caught.value.reasons[0].startswith("gave no probabilities, but ")
            assert server.calls == calls


def test_thirty_two_requests_are_held_at_once() -> None:
    together = Barrier(32)

    def answer(call: Call) -> None:
        together.wait(timeout=60)  # nobody is answered before 32 have asked
        labelled(call)

    with serving(answer) as server:
        texts = [f"{number}" for number in range(96)]
        assert len(model(server, "&batch=1&concurrency=32").predict(texts)) == 96
        assert server.most_at_once == 32


def test_progress_is_told_after_some_rounds_of_requests(server: Server) -> None:
    told: list[float] = []
    asked = model(server, "&batch=2&concurrency=1")
    predict_all(asked, [f"{n}" for n in range(160)], model="slow", batch_size=8, told=told.append)
    assert sorted(told) == [32 / 160, 64 / 160, 64 / 160]


def test_what_was_answered_is_not_asked_again_by_whoever_asks_the_same_way(server: Server) -> None:
    model(server).predict(ALL)
    calls = server.calls
    assert model(server, "&batch=3").predict(ALL[::-1]).tolist() == WANTED[::-1]
    assert server.calls == calls
    model(server, "&version=2").predict(ALL)
    assert server.calls == 2 * calls


def test_the_digest_is_that_of_what_is_asked_and_read_and_not_of_how_fast(server: Server) -> None:
    def digest(options: str) -> str:
        return resolve(f"{server.url}/predict?{NAMED}{options}").digest

    assert digest("") == digest("&batch=2&concurrency=3&retries=0&timeout=2&rate=5")
    others = ["", "&version=2", "&response=$[*]", '&request={"t": "$texts"}', "&scores=$[*]"]
    assert len({digest(options) for options in others}) == len(others)


Fault = Callable[[Call], object]

FAULTS: dict[str, Fault] = {
    "answered 503 Service Unavailable": lambda call: call.reply({}, status=503),
    "answered 429 Too Many Requests": lambda call: call.reply("slowly", status=429, Retry_After="0"),
    "broke off": Call.cut,
    "no answer: Expecting value": lambda call: call.reply(None, raw=b"<html>"),
    "no answer: NaN is no number": lambda call: call.reply({"predictions": [{"label": math.nan}]}),
    "the reply has 0 answers where 1 are wanted": lambda call: call.reply({"predictions": []}),
    "it holds no answers that are known: .* it began '7'": lambda call: call.reply(7),
    "no answer": lambda call: call.reply(None, raw=b"[" * 100_000),
    "answered with 'maybe'|is none of the labels": lambda call: call.reply(
        {"predictions": [{"label": "maybe"}]}
    ),
    "gave no prediction, but None": lambda call: call.reply({"predictions": [{"label": None}]}),
    'answered 422 .*: {"error": "no"}': refused,
    "answered 529: busy": lambda call: call.reply(None, raw=b"busy", status=529),
    "answered with an error 429: slowly": lambda call: call.reply(
        {"error": {"message": "slowly", "code": 429}}, Retry_After="0"
    ),
    r"answered with an error: \[{": lambda call: call.reply({"errors": [{"title": "no"}]}),
    r"began '\{\"detail\": \"\\*ud800 no\"\}'": lambda call: call.reply({"detail": "\ud800 no"}),
    "'utf-8' codec can't decode byte": lambda call: call.reply(None, raw=b'"\xff"'),
    "Error -3 while decompressing": lambda call: call.reply(None, raw=b"no", Content_Encoding="gzip"),
    "an object in it has a name twice": lambda call: call.reply(
        None, raw=b'{"predictions": [{"label": "negative", "label": "positive"}]}'
    ),
    "broke off: Receive buffer too long": lambda call: (
        call.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X-Header: and another\r\n" * 20_000) and None
    ),
    "broke off: illegal status line": lambda call: call.wfile.write(b"\x00\xff no HTTP\r\n\r\n") and None,
    "broke off: conflicting Content-Length": lambda call: call.reply([], content_length="7"),
    "maximum recursion depth exceeded": lambda call: call.reply(None, raw=b"[" * 100_000 + b"]" * 100_000),
    "Exceeds the limit": lambda call: call.reply(None, raw=b"[" + b"9" * 5000 + b"]"),
    "more than 200,000 bytes": lambda call: call.reply("x" * 300_000),
}


@pytest.mark.parametrize("reason", FAULTS)
def test_a_text_that_is_never_answered_is_found_and_says_why(reason: str) -> None:
    def answer(call: Call) -> None:
        texts = call.json["inputs"]
        if ALL[13] not in texts:
            labelled(call)
        elif len(texts) > 1:
            call.reply({}, status=500)
        else:
            FAULTS[reason](call)

    with serving(answer) as server, pytest.raises(MissingPredictions) as caught:
        model(server, "&batch=8&retries=1&max_bytes=200000").predict(ALL)
    assert caught.value.answer.tolist() == [-1 if row == 13 else each for row, each in enumerate(WANTED)]
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(caught.value.reasons[13])


def test_a_reply_without_an_end_is_cut_off() -> None:
    sent = []

    def answer(call: Call) -> None:
        call.send_response(200)
        call.send_header("Content-Length", str(4 * 2**30))
        call.end_headers()
        for _ in range(4096):
            call.wfile.write(bytes(2**20))
            sent.append(2**20)

    with serving(answer) as server, pytest.raises(MissingPredictions) as caught:
        model(server, "&max_bytes=1000000").predict(["a"])
    assert "sent more than 1,000,000 bytes" in caught.value.reasons[0]
    assert sum(sent) < 2**27  # what the connection itself holds


def bomb() -> Fault:
    """A reply of some kilobytes that unpacks to as many million bytes."""
    packed = gzip.compress(gzip.compress(bytes(20_000_000)))
    return lambda call: call.reply(None, raw=packed, Content_Encoding="gzip, gzip")


def junk() -> Fault:
    """A list of very many things that are no answers."""
    sent = json.dumps([[]] * 50_000).encode()
    return lambda call: call.reply(None, raw=sent)


@pytest.mark.parametrize("answer", [bomb(), junk()], ids=["bomb", "junk"])
def test_replies_that_are_no_answers_are_not_kept_in_memory(answer: Fault) -> None:
    with serving(answer) as server:
        asked = model(server, "&max_bytes=1000000&concurrency=1&retries=0")
        tracemalloc.start()
        with pytest.raises((MissingPredictions, ModelError)):
            asked.predict(ALL[:8])
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most < 8_000_000


def test_a_cookie_is_not_sent_back() -> None:
    cookies = []

    def answer(call: Call) -> None:
        cookies.append(call.headers["Cookie"])
        call.reply({"predictions": [{"label": "positive"}]}, Set_Cookie="session=1; Path=/")

    with serving(answer) as server:
        model(server, "&batch=1&concurrency=1").predict(["a", "b"])
    assert cookies == [None, None]


def test_a_server_that_hangs_is_waited_for_no_longer_than_said() -> None:
    done = Event()

    def answer(call: Call) -> None:
        done.wait(timeout=60)
        labelled(call)

    with serving(answer) as server:
        with pytest.raises(MissingPredictions) as caught:
            model(server, "&timeout=0.1&retries=0").predict(["a"])
        done.set()
    assert caught.value.reasons == {0: "gave no reply within 0.1 s"}


def test_a_time_limit_of_the_run_ends_a_call_too() -> None:
    done = Event()
    with serving(lambda _: done.wait(timeout=60) and None) as server:
        with pytest.raises(NoPredictionError, match=r"gave no prediction within 0.2 s"):
            predict_all(
                model(server), ["a"], model="slow", batch_size=1, error_policy=ErrorPolicy(time_limit=0.2)
            )
        done.set()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda call: call.reply("who?", status=401), r'/predict answered 401 Unauthorized: "who\?"'),
        (lambda call: call.reply("", status=404), r"answered 404 Not Found"),
        (lambda call: call.reply({"error": {"code": 401, "type": "key"}}), r"answered with an error 401: {"),
        (lambda call: call.reply("", status=500), r"failed 10 times in a row: it answered 500 Internal"),
        (lambda call: call.reply("", status=429, Retry_After="3600"), r"wants to be asked again in 3,600 s"),
        (
            lambda call: call.reply("", status=307, Location="http://localhost:1/other?key=1"),
            r"redirects to http://localhost:1/other: name that address",
        ),
        (lambda call: call.reply("", status=302, Location="/other"), r"redirects to http://127.0.0.1"),
        (lambda call: call.reply("", status=308, Location="/again"), r"redirects more than 5 times"),
    ],
)
def test_a_server_that_will_answer_nothing_ends_the_run(answer: Fault, message: str) -> None:
    with serving(answer) as server, pytest.raises(ModelError, match=message):
        model(server, "&batch=1&retries=1&concurrency=2").predict(ALL)


def test_a_redirect_within_the_host_is_followed() -> None:
    def answer(call: Call) -> None:
        if call.path.startswith("/predict"):
            call.reply("", status=307, Location="/v2")
        else:
            labelled(call)

    with serving(answer) as server:
        assert model(server).predict(ALL).tolist() == WANTED


def test_a_server_that_is_not_there_ends_the_run() -> None:
    with serving(labelled) as server:
        name = f"{server.url}/?{NAMED}&retries=1"
    with pytest.raises(ModelError, match=r"http://127.0.0.1:\d+/ cannot be reached"):
        resolve(name).load().predict(["a"])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("http://127.0.0.1/?scores=$[*]", r"has no labels, and its replies do not name all of them"),
        ("http://me:secret@127.0.0.1/", r"with a user name or password would be shown"),
        ("http://me:secret@127.0.0.1:80x/", r"with a user name or password would be shown"),
        ("http://127.0.0.1:80x/?key=secret", r"url 'http://127.0.0.1:80x/' is no address"),
        ("http:///predict?labels=a,b", r"url must begin with http:// or https:// and a host"),
        ("http://[::1/?labels=a,b", r"is no address: Invalid IPv6 URL"),
        ("http:somewhere", r"must be http://…, https://… or http:FILE.toml"),
        ("https:model.toml", r"must be http://…, https://… or http:FILE.toml"),
        ("http:nowhere.toml", r"settings file 'nowhere.toml' does not exist"),
        (f"http://127.0.0.1/?{NAMED}&batches=2", r"'batches': did you mean 'batch'\?"),
        (f"http://127.0.0.1/?{NAMED}&batch=0", r"batch must be at least 1, got 0"),
        (f"http://127.0.0.1/?{NAMED}&concurrency=0", r"concurrency must be at least 1, got 0"),
        (f"http://127.0.0.1/?{NAMED}&timeout=nan", r"timeout must be above 0 and at most 3600, got nan"),
        (f"http://127.0.0.1/?{NAMED}&cache=maybe", r"option cache of .* must be true or false, got 'maybe'"),
        (f"http://127.0.0.1/?{NAMED}&response=predictions", r"'predictions' is no JSONPath such as"),
        (f"http://127.0.0.1/?{NAMED}&request=texts", r"request must be JSON such as"),
        (f'http://127.0.0.1/?{NAMED}&request={{"a": 1}}', r"request must hold \$texts or \$text"),
        (
            f'http://127.0.0.1/?{NAMED}&request={{"a": "$text"}}&batch=2',
            r"a request of 2 texts needs \$texts",
        ),
    ],
)
def test_what_cannot_be_used_is_one_clear_line(name: str, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        resolve(name)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("url = 'http://127.0.0.1'\nheaders = {X-Key = 'hush'}", r"header X-Key must name an environment"),
        ("url = 'http://127.0.0.1'\nheaders = {X-Key = 7}", r"header X-Key must name an environment"),
        ("url = 'http://127.0.0.1'\nheaders = {X-Key = 'env:NOT_SET'}", r"variable NOT_SET is not set"),
        ("url = 'http://127.0.0.1'\nheaders = {X-Key = 'env:TWO_LINES'}", r"holds what no header can"),
        (
            "url = 'http://127.0.0.1'\nheaders = {'X Key' = 'env:A'}",
            r"'X Key' cannot be the name of a header",
        ),
        ("labels = ['a', 'b']", r"model.toml lacks url"),
        ("url = 'http://127.0.0.1'\nurls = 1", r"unknown key in model.toml 'urls': did you mean 'url'"),
        ("url = 1", r"model.toml, url must be a string, got 1"),
        ("url = ", r"'model.toml' cannot be read"),
    ],
)
@pytest.mark.usefixtures("empty_folder")
def test_what_a_file_cannot_say(text: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWO_LINES", "hush\nhush")
    Path("model.toml").write_text(text)
    with pytest.raises(UserError, match=message) as caught:
        resolve("http:model.toml")
    assert "hush" not in str(caught.value)


def test_offline_only_this_machine_is_asked(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:9")  # stands between this machine and others alone
    with network_access(allowed=False):
        assert model(server).predict(["a"]).tolist() == [1]
        for name in ("https://example.org/?labels=a,b", "openai:gpt?labels=a,b"):
            with pytest.raises(NetworkUnavailable, match="is not this machine, and network access is off"):
                resolve(name)


def test_a_cache_that_is_no_cache_is_named(server: Server, empty_cache: Path) -> None:
    model(server).predict(["a"])
    (path,) = empty_cache.rglob("answers.sqlite")
    path.write_bytes(b"no cache" * 1000)
    for also in path.parent.glob("answers.sqlite-*"):
        also.unlink()
    with pytest.raises(UserError, match=r"the cache of answers '.*' cannot be used: .*; remove it"):
        model(server).predict(["a"])


def test_texts_are_sent_as_they_are() -> None:
    seen: list[str] = []

    def answer(call: Call) -> None:
        seen.extend(call.json["inputs"])
        labelled(call)

    texts = ["$texts", "$text", '"', "\ud83d", "日本\x00", "🙂"]
    with serving(answer) as server:
        model(server).predict(texts)
    assert json.dumps(seen) == json.dumps(texts)
