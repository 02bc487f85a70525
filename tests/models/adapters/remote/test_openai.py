"""A chat model behind a real server, and what is read of its answers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from robustaudit.core.errors import UserError
from robustaudit.models import DataLabels, ExternalModel, MissingPredictions, resolve
from served import Call, Server, serving

pytestmark = pytest.mark.usefixtures("empty_cache")


@contextmanager
def chatting(answer: Callable[[str], object]) -> Iterator[Server]:
    """A server whose model answers a prompt so."""

    def reply(call: Call) -> None:
        call.server.seen = (call.path, dict(call.headers), call.json)  # type: ignore[attr-defined]
        (message,) = call.json["messages"]
        call.reply({"choices": [{"message": {"content": answer(message["content"])}}]})

    with serving(reply) as server:
        yield server


def seen(server: Server) -> Any:
    return server.seen  # type: ignore[attr-defined]


def test_a_text_is_asked_about_at_temperature_zero_with_the_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-hush")
    with chatting(lambda prompt: "Positive." if "{labels} good" in prompt else "negative") as server:
        source = resolve(f"openai:tiny-chat?base_url={server.url}/v1/&labels=negative,positive")
        texts = ["a {labels} good one", "a bad one"]
        assert source.load().predict(texts).tolist() == [1, 0]
        path, headers, body = seen(server)
    assert source.title == "tiny-chat, 127.0.0.1"
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == "Bearer sk-hush"
    assert (body["model"], body["temperature"]) == ("tiny-chat", 0)
    assert "negative, positive" in body["messages"][0]["content"]


def test_without_labels_it_is_asked_for_those_of_the_data() -> None:
    data_labels = DataLabels(("ham", "spam"), numbered=False)
    with chatting(lambda prompt: "spam" if "ham, spam" in prompt else "eggs") as server:
        source = resolve(f"openai:tiny-chat?base_url={server.url}", data_labels=data_labels)
        assert source.load().predict(["buy"]).tolist() == [1]
    assert source.labels == data_labels.names
    assert isinstance(source, ExternalModel)
    assert not source.named


def test_a_file_says_the_prompt_the_key_and_what_else_is_sent(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", "hush")
    with chatting(lambda _: "b") as server:
        (empty_folder / "chat.toml").write_text(
            f'model = "tiny-chat"\nbase_url = "{server.url}"\nlabels = ["a", "b"]\nkey = "env:MY_KEY"\n'
            'prompt = "{labels}? {text}"\nbody = { max_tokens = 5, temperature = 1 }\n'
        )
        assert resolve("openai:chat.toml").load().predict(["{text}"]).tolist() == [1]
        _, headers, body = seen(server)
    assert headers["Authorization"] == "Bearer hush"
    assert body["messages"] == [{"role": "user", "content": "a, b? {text}"}]
    assert (body["max_tokens"], body["temperature"]) == (5, 1)


def answering(message: object, **choice: object) -> Callable[[Call], None]:
    """A server whose every reply holds that message."""
    return lambda call: call.reply({"choices": [{"message": message, **choice}]})


@pytest.mark.parametrize(
    "message",
    [
        {"content": "<think>It is a? No.</think>\n\nb"},
        {"content": "It is a? No.</think>b", "reasoning_content": "a"},
        {"content": "b", "reasoning": "a", "refusal": None},
        {"content": [{"type": "thinking", "thinking": "a"}, {"type": "text", "text": "b"}]},
        {"content": "<|channel|>analysis<|message|>a<|end|><|channel|>final<|message|>b<|return|>"},
        {"content": '{"reason": "not a", "label": "b"}'},
    ],
)
def test_an_answer_is_read_without_the_reasoning_before_it(message: object) -> None:
    with serving(answering(message)) as server:
        assert resolve(f"openai:m?base_url={server.url}&labels=a,b").load().predict(["x"]).tolist() == [1]


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"content": None, "reasoning_content": "a"}, "answered without a text (length)"),
        ({"content": "<think>a"}, "answered with reasoning alone (length)"),
        ({"content": None, "refusal": "I won't say a."}, 'refused: "I won\'t say a."'),
        ({"content": "I cannot help with a text"}, "answered 'I cannot help with a text', which names a but"),
    ],
)
def test_a_reply_without_an_answer_says_so(message: object, reason: str) -> None:
    with (
        serving(answering(message, finish_reason="length")) as server,
        pytest.raises(MissingPredictions) as caught,
    ):
        resolve(f"openai:m?base_url={server.url}&labels=a,b").load().predict(["x"])
    assert caught.value.reasons[0].startswith(reason)


def test_an_error_in_the_place_of_a_message_is_waited_out() -> None:
    def reply(call: Call) -> None:
        busy = {"error": {"code": 429, "message": "busy"}, "finish_reason": "error"}
        choice = busy if call.number == 0 else {"message": {"content": "b"}}
        call.reply({"choices": [choice]}, Retry_After="0")

    with serving(reply) as server:
        assert resolve(f"openai:m?base_url={server.url}&labels=a,b").load().predict(["x"]).tolist() == [1]
        assert server.calls == 2


def test_a_pattern_says_where_the_label_stands() -> None:
    said = {
        "x": "not positive but #NEGATIVE#",
        "y": "positive",
        "z": "#positive# or #negative#",
        "u": "#Positive#, #positive#",
    }
    with chatting(lambda prompt: said[prompt]) as server:
        name = f"openai:m?base_url={server.url}&labels=negative,positive&prompt={{text}}&pattern=%23(.*?)%23"
        with pytest.raises(MissingPredictions) as caught:
            resolve(name).load().predict(list(said))
    assert caught.value.answer.tolist() == [0, -1, -1, 1]
    assert caught.value.reasons == {
        1: "answered 'positive', in which pattern finds nothing",
        2: "answered '#positive# or #negative#', in which pattern finds 'positive' and 'negative'",
    }


def test_what_reads_replies_is_part_of_the_digest() -> None:
    name = "openai:m?base_url=http://localhost&labels=a,b"
    assert resolve(name).digest != resolve(f"{name}&pattern=(.)").digest


def test_what_cannot_be_read_is_the_texts_own_failure_and_is_asked_again_next_time() -> None:
    with chatting(lambda prompt: "a" if "x" in prompt else None) as server:
        classifier = resolve(f"openai:m?base_url={server.url}&labels=a,b&prompt={{text}}").load()
        for calls in (2, 3):
            with pytest.raises(MissingPredictions) as caught:
                classifier.predict(["x", "y"])
            assert caught.value.reasons == {1: "answered without a text (no reason is given)"}
            assert server.calls == calls


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("openai:", r"must be openai:MODEL or openai:FILE.toml"),
        ("openai:gpt", r"has no labels: give them, as in \?labels=negative,positive"),
        (
            "openai:gpt?labels=a,b",
            r"header Authorization: the environment variable OPENAI_API_KEY is not set",
        ),
        ("openai:gpt?labels=a,b&prompt=Hello", r"prompt must hold \{text\} where the text goes, got 'Hello'"),
        (
            "openai:gpt?labels=a,b&base_url=http://localhost&body=[]",
            r"body must be a JSON object, got '\[\]'",
        ),
        ("openai:gpt?labels=a,b&base_url=http://localhost&pattern=a", r"pattern must have a group"),
        ("openai:gpt?labels=a,b&key=sk-123", r"unknown option of 'openai' models 'key'"),
    ],
)
def test_what_cannot_be_used_is_one_clear_line(name: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        resolve(name)
