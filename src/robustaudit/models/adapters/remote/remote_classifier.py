"""A classifier behind HTTP: many requests at once, each text answered once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import nullcontext, suppress
from functools import partial
from threading import Thread
from typing import Any, TypeVar

import anyio
import numpy as np
from anyio import create_task_group

from robustaudit.core.errors import CallLimitReached, ModelError, UserError
from robustaudit.models.adapters.model_uri import CallLimit
from robustaudit.models.adapters.outputs import Outputs
from robustaudit.models.adapters.remote.cache import ReplyCache
from robustaudit.models.adapters.remote.client import Client, RateLimiter
from robustaudit.models.adapters.remote.exchange import Exchange, RequestRefused, RetryLater, TextPrediction
from robustaudit.models.adapters.remote.http_settings import HttpSettings, Secrets, where_of
from robustaudit.models.classifier import MissingPredictions

Given = TypeVar("Given")


def interruptible(ask: Callable[[], Awaitable[Given]]) -> Given:
    """The result of `ask`, in a thread of its own: Ctrl-C and a time limit end the wait at once."""
    begun: Future[Callable[[], None]] = Future()
    given: Future[Given] = Future()

    async def work() -> Given:
        loop = asyncio.get_running_loop()
        with anyio.CancelScope() as scope:

            def stop() -> None:
                with suppress(RuntimeError):  # it is over by now
                    loop.call_soon_threadsafe(scope.cancel)

            begun.set_result(stop)
            return await ask()
        raise asyncio.CancelledError

    def run() -> None:
        try:
            given.set_result(anyio.run(work))
        except BaseException as error:  # noqa: BLE001  (raised again where it is waited for)
            given.set_exception(error)

    try:
        Thread(target=run, daemon=True).start()
        return given.result()
    except BaseException:
        begun.add_done_callback(lambda each: each.result()())  # as soon as there is something to stop
        raise


T = TypeVar("T")

_ROUNDS = 32  # of requests side by side in one call: progress is seen, and the last is rarely waited for
_IN_A_ROW = 10


class RemoteClassifier:
    """A model that answers JSON over HTTP."""

    def __init__(
        self,
        exchange: Exchange,
        *,
        url: str,
        settings: HttpSettings,
        secrets: Secrets,
        digest: str,
        budget: CallLimit | None = None,
    ) -> None:
        self.labels = exchange.labels
        self.batch_size = _ROUNDS * settings.concurrency * exchange.texts
        self._exchange = exchange
        self._settings = settings
        self._digest = digest
        self._url = url
        self._make_client = partial(
            Client, url, settings, secrets=secrets, budget=budget, pace=RateLimiter(settings.rate)
        )

    def predict(self, texts: Sequence[str]) -> Outputs:
        """Probabilities of shape (n_texts, n_classes), or each text's class.

        Raises:
            MissingPredictions: some texts have no answer.
            ModelError: no text will have one.
            CallLimitReached: no further call may be made.
        """
        return self._predict(texts, asking="")

    def predict_anew(self, texts: Sequence[str], *, asking: str) -> Outputs:
        """Like `predict`, as a repeated query: only predictions cached under the same `asking` count."""
        return self._predict(texts, asking=asking)

    def _predict(self, texts: Sequence[str], *, asking: str) -> Outputs:
        verdicts, lost = interruptible(lambda: self._answer(texts, asking))
        reasons = {row: verdict for row, verdict in enumerate(verdicts) if isinstance(verdict, str)}
        answer = _joined(verdicts, classes=len(self.labels))
        if reasons:
            raise MissingPredictions(answer, reasons, [row for row, text in enumerate(texts) if text in lost])
        return answer

    async def _answer(self, texts: Sequence[str], asking: str) -> tuple[list[TextPrediction], set[str]]:
        with ReplyCache(self._digest, asking=asking) if self._settings.cache else nullcontext() as cache:
            known = cache.find(texts) if cache else {}
            async with self._make_client() as client:
                work = _RequestQueue(client, self._exchange, cache, where=where_of(self._url))
                await work.ask([text for text in texts if text not in known], self._settings.concurrency)
        known |= work.verdicts
        return [known[text] for text in texts], work.lost


def _joined(verdicts: Sequence[TextPrediction], *, classes: int) -> Outputs:
    """Probabilities where all answers are, or else each text's class; nothing where there is neither."""
    given = [verdict for verdict in verdicts if not isinstance(verdict, str)]
    if given and all(isinstance(verdict, list) for verdict in given):
        nothing = [np.nan] * classes
        return np.array([nothing if isinstance(v, str) else v for v in verdicts], np.float64)
    places = [-1 if isinstance(v, str) else int(np.argmax(v)) if isinstance(v, list) else v for v in verdicts]
    return np.array(places, np.int64)


def ask_once(
    body: Any,  # noqa: ANN401
    read: Callable[[Any], T],
    *,
    url: str,
    settings: HttpSettings,
    secrets: Secrets,
    budget: CallLimit | None,
) -> T:
    """The reply to one request, as parsed by `read`.

    Raises:
        UserError: there is none.
    """

    async def ask() -> T:
        async with Client(
            url, settings, secrets=secrets, budget=budget, pace=RateLimiter(settings.rate)
        ) as client:
            return await client.post(body, read)

    try:
        return interruptible(ask)
    except (RetryLater, RequestRefused, ModelError) as error:
        where = "" if isinstance(error, ModelError) else f"{where_of(url)} "
        raise UserError(f"{where}{error}") from error


class _RequestQueue:
    """Texts on their way to a server, several requests at once."""

    def __init__(self, client: Client, exchange: Exchange, cache: ReplyCache | None, *, where: str) -> None:
        self.verdicts: dict[str, TextPrediction] = {}
        self.lost: set[str] = set()  # texts to which no reply came that can be read
        self._client = client
        self._exchange = exchange
        self._cache = cache
        self._where = where
        self._failed = 0  # requests in a row
        self._spent: CallLimitReached | None = None

    async def ask(self, texts: Sequence[str], concurrency: int) -> None:
        """Answer all texts, or raise why none will be answered any more."""
        size = self._exchange.texts
        batches = iter([texts[start : start + size] for start in range(0, len(texts), size)])
        try:
            async with create_task_group() as group:
                for _ in range(min(concurrency, -(-len(texts) // size))):
                    group.start_soon(self._work, batches)
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        if self._spent:
            raise self._spent  # only now, so that calls that were made are not in vain

    async def _work(self, batches: Iterator[Sequence[str]]) -> None:
        for texts in batches:
            try:
                await self._settle(texts)
            except CallLimitReached as error:
                self._spent = error
            if self._spent:
                return

    async def _settle(self, texts: Sequence[str]) -> None:
        """Predict a request's texts, in halves if the whole request fails."""
        read = partial(self._exchange.read, texts=len(texts))
        answers: list[TextPrediction] | None = None
        try:
            answers = await self._client.post(self._exchange.body(texts), read)
        except (RetryLater, RequestRefused) as error:
            self._give_up(error)
            if len(texts) == 1:
                self.verdicts[texts[0]] = str(error)
                if isinstance(error, RetryLater):
                    self.lost.add(texts[0])
                return
        if answers is None:
            middle = len(texts) // 2
            await self._settle(texts[:middle])
            await self._settle(texts[middle:])
            return
        self._failed = 0
        found = dict(zip(texts, answers, strict=True))
        if self._cache:
            self._cache.keep({text: answer for text, answer in found.items() if not isinstance(answer, str)})
        self.verdicts |= {
            text: self._client.hide(answer) if isinstance(answer, str) else answer
            for text, answer in found.items()
        }

    def _give_up(self, error: RetryLater | RequestRefused) -> None:
        """Raise where no text will be answered any more."""
        if isinstance(error, RequestRefused):
            return
        self._failed += 1
        if error.hopeless:
            raise ModelError(f"{self._where} {error}") from error
        if self._failed >= _IN_A_ROW:
            raise ModelError(f"{self._where} failed {self._failed} times in a row: it {error}") from error
