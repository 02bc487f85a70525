"""How fast a model behind HTTP is asked, against what its server can do at most.

    python benchmarks/remote.py [--texts 2000] [--concurrency 32] [--milliseconds 100] [--repeats 3]

The server is a process of its own that holds so many requests at once, each for so many milliseconds.
Its limit is what it does for a bare loop over as many sockets, which sends bytes that were made before
and reads no more of a reply than its length. One request holds one text, so that the protocol weighs as
much as it can; nothing is cached. Ours and the bare loop in turn; the ratio is the median of theirs.
"""

import argparse
import asyncio
import json
import multiprocessing
import time
from multiprocessing.connection import Connection
from statistics import median

from robustaudit.models import Classifier, resolve

REPLY = json.dumps({"predictions": [{"label": "positive"}]}).encode()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(REPLY), REPLY)


class Server:
    """A bare server that holds at most so many requests, each for the same time."""

    def __init__(self, concurrency: int, seconds: float) -> None:
        self._free = asyncio.Semaphore(concurrency)
        self._seconds = seconds
        self._held = 0
        self.most_at_once = 0
        self.answered = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                size = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                await reader.readexactly(size)
                async with self._free:
                    self._held += 1
                    self.most_at_once = max(self.most_at_once, self._held)
                    await asyncio.sleep(self._seconds)
                    self._held -= 1
                self.answered += 1
                writer.write(ANSWER)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


def serve(connection: Connection, concurrency: int, seconds: float) -> None:
    """Serve until the other end asks what was counted."""

    async def run() -> None:
        server = Server(concurrency, seconds)
        listening = await asyncio.start_server(server.talk, "127.0.0.1", 0, backlog=1024)
        connection.send(listening.sockets[0].getsockname()[1])
        await asyncio.to_thread(connection.recv)
        connection.send((server.answered, server.most_at_once))

    asyncio.run(run())


def seconds_of_ours(classifier: Classifier, texts: int) -> float:
    """Seconds until so many texts are answered."""
    started = time.perf_counter()
    assert len(classifier.predict([f"text {number}" for number in range(texts)])) == texts
    return time.perf_counter() - started


def seconds_of_bare(port: int, texts: int, concurrency: int) -> float:
    """Seconds until a bare loop has so many replies."""
    content = json.dumps({"inputs": ["text 1000"]}).encode()
    request = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n%b" % (len(content), content)
    left = iter(range(texts))

    async def ask() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in left:
            writer.write(request)
            await reader.readexactly(len(ANSWER))
        writer.close()

    async def run() -> None:
        await asyncio.gather(*(ask() for _ in range(concurrency)))

    started = time.perf_counter()
    asyncio.run(run())
    return time.perf_counter() - started


def main() -> None:
    """Read the options, ask, and print what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--milliseconds", type=float, default=100)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    here, there = multiprocessing.Pipe()
    arguments = (there, options.concurrency, options.milliseconds / 1000)
    process = multiprocessing.Process(target=serve, args=arguments, daemon=True)
    process.start()
    port = here.recv()
    settings = f"labels=negative,positive&batch=1&cache=false&concurrency={options.concurrency}"
    classifier = resolve(f"http://127.0.0.1:{port}/?{settings}").load()
    times = [
        (
            seconds_of_ours(classifier, options.texts),
            seconds_of_bare(port, options.texts, options.concurrency),
        )
        for _ in range(options.repeats)
    ]
    here.send("done")
    answered, most_at_once = here.recv()
    ours, bare = (options.texts / median(column) for column in zip(*times, strict=True))
    never_idle = options.concurrency / options.milliseconds * 1000
    print(f"{answered:,} requests, at most {most_at_once} at once")
    print(f"ours {ours:,.0f} requests/s, the bare loop {bare:,.0f}, never idle {never_idle:,.0f}")
    print(f"{median(own / theirs for own, theirs in times):.2f} x the time of the bare loop")


if __name__ == "__main__":
    main()
