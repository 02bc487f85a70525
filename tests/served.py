"""A real HTTP server on loopback that answers as a test wants, and counts."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LABELS = ("negative", "positive")


class Call(BaseHTTPRequestHandler):
    """One request; `number` counts from 0 over the server's life."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length", 0))
        self.json: Any = json.loads(self.rfile.read(size))
        with self.server.counting() as self.number:
            self.server.answer(self)

    def reply(self, payload: object, *, status: int = 200, raw: bytes | None = None, **headers: str) -> None:
        """Send JSON, or bytes as they are."""
        content = json.dumps(payload).encode() if raw is None else raw
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        with suppress(ConnectionError):  # who asked may not want to read all of it
            self.wfile.write(content)

    def cut(self) -> None:
        """End the connection in the middle of a reply."""
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b'{"predictions": [')
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


class Server(ThreadingHTTPServer):
    """Calls are answered by a function of theirs, each in a thread of its own."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, answer: Callable[[Call], None]) -> None:
        super().__init__(("127.0.0.1", 0), Call)
        self.answer = answer
        self.calls = 0
        self.most_at_once = 0
        self.answered: Counter[str] = Counter()
        self._at_once = 0
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @contextmanager
    def counting(self) -> Iterator[int]:
        with self._lock:
            number = self.calls
            self.calls += 1
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield number
        finally:
            with self._lock:
                self._at_once -= 1

    def count(self, texts: Sequence[str]) -> None:
        """Texts that were given a whole answer."""
        with self._lock:
            self.answered.update(texts)

    def handle_error(self, *_: object) -> None:
        """Who asked is gone."""


@contextmanager
def serving(answer: Callable[[Call], None]) -> Iterator[Server]:
    """A server for as long as one is inside."""
    with Server(answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def judged(text: str) -> str:
    """What the model behind every server here thinks."""
    return LABELS[len(text) % 2]


def labelled(call: Call) -> None:
    """A right answer with labels."""
    texts = call.json["inputs"]
    call.server.count(texts)
    call.reply({"predictions": [{"label": judged(text)} for text in texts]})
