"""Models that misbehave, each in one way, and what is to come of it.

Run as a program it prints the table of docs/misbehaving.md, by an audit of each; `--jobs 2` has models asked
in processes beside that of the command.
"""

import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

MODULE = "misbehaving_models"
SOURCE = '''
import asyncio, atexit, ctypes, gc, io, locale, os, random, signal, subprocess, sys, threading, time, warnings
import unittest
import numpy as np
import typer
import robustaudit.core.errors as ours

MUTEX = ctypes.create_string_buffer(256)


def answers(texts):
    return ["positive" if text.count("e") % 2 else "negative" for text in texts]


def model(function):
    function.labels = ("negative", "positive")
    return function


def odd(text):
    return len(text) % 3 == 0


def rare(texts):
    return any("twelve" in text for text in texts)


def raised_for_some(error, texts):
    if any(map(odd, texts)):
        raise error


def endless():
    return endless()


def caught_for_ever():
    while True:
        try:
            time.sleep(60)
        except BaseException:
            pass


class PanicException(BaseException):
    """As a library in Rust raises it."""


class Unspeakable(Exception):
    def __str__(self):
        raise SystemExit(0)


class Unpicklable(Exception):
    def __init__(self, one, other):
        super().__init__("no")
        self.held = lambda: None


class Lazy:
    """An answer that fails as it is looked at."""

    def _fail(self, *_, **__):
        raise SystemExit(0)

    __len__ = __iter__ = __getitem__ = __array__ = _fail
'''
_FUNCTION = """
@model
def {name}(texts):
    {body}
    return answers(texts)
"""
_CLASS = """
class {name}:
    labels = ("negative", "positive")

    def __init__(self):
        {body}

    def predict(self, texts):
        return answers(texts)
"""
_IMPORT = """
if os.environ.get("KIND") == {name!r}:
    {body}
"""
_LATE = "0.2 s: give it more with --load-limit"
_EXITS = "MODEL was loaded: exit code 0"
_CLOSES = "MODEL was queried and closed files of robustaudit's own, as by os.closerange"
_CANCEL = "asyncio.CancelledError"
_BRIEF = ("--time-limit", "0.2")
_BRIEFLY_LOADED = ("--load-limit", "0.2")


@dataclass(frozen=True)
class Kind:
    """One way to misbehave: a line of Python, and the exit code and words that it leads to.

    `skip` is what it leads to where texts are skipped, if that is something else.
    """

    name: str
    body: str
    code: int
    said: str
    skip: tuple[int, str] | None = None
    options: tuple[str, ...] = ()
    form: str = _FUNCTION

    @property
    def model(self) -> str:
        """The model as it is named in options."""
        return f"py:{MODULE}:{'answers' if self.form is _IMPORT else self.name}?labels=negative,positive"

    @property
    def is_cut_off(self) -> bool:
        """Whether its process is to be ended, since it does not let itself be interrupted."""
        return "did not let itself be interrupted" in self.said

    def expected(self, on_error: str) -> tuple[int, str]:
        """Exit code and words."""
        code, said = self.skip if self.skip and on_error == "skip" else (self.code, self.said)
        named = self.model if self.form is _IMPORT else f"{MODULE}:{self.name}"  # no name is given before
        return code, said.replace("MODEL", f"model {named!r}")


def ends(name: str, body: str, how: str) -> Kind:
    """A model that ends the process, whether texts are skipped or not."""
    return Kind(name, body, 3, f"the process {how}")


def raises(name: str, error: str, reason: str) -> Kind:
    """A model that raises something for some texts."""
    said = f"MODEL raised {reason}; the text was of example"
    return Kind(name, f"raised_for_some({error}, texts)", 3, said, skip=(0, "trials were skipped"))


def answers(name: str, answer: str, reason: str) -> Kind:
    """A model whose answers are none."""
    return Kind(name, f"return {answer}", 3, reason)


def untidy(name: str, body: str) -> Kind:
    """A model that answers well, and leaves something behind."""
    return Kind(name, body, 0, "")


def hangs(name: str, body: str) -> Kind:
    """A model that no timer reaches."""
    how = "MODEL was queried and did not let itself be interrupted at its time limit"
    return Kind(name, body, 3, how, options=_BRIEF)


def loads(name: str, form: str, body: str, code: int, said: str) -> Kind:
    """A model that misbehaves before it is asked."""
    return Kind(name, body, code, said, options=_BRIEFLY_LOADED if "sleep" in body else (), form=form)


ENDS = (
    ends("exit_0", "os._exit(0)", "ended itself when MODEL was queried: exit code 0, as by os._exit(0)"),
    ends("exit_1", "os._exit(1)", "ended itself when MODEL was queried: exit code 1, as by os._exit(1)"),
    ends("exit_4", "os._exit(4)", "ended itself when MODEL was queried: exit code 4, as by os._exit(4)"),
    ends("crash", "ctypes.string_at(0)", "was killed by SIGSEGV when MODEL was queried: a library"),
    ends("abort", "os.abort()", "was killed by SIGABRT when MODEL was queried: a library"),
    ends("no_memory", "os.kill(os.getpid(), 9)", "was killed by SIGKILL when MODEL was queried: memory may"),
    ends("terminate", "os.kill(os.getpid(), 15)", "was killed by SIGTERM when MODEL was queried"),
    ends("alarm", "signal.raise_signal(signal.SIGALRM)", "was killed by SIGALRM when MODEL was queried"),
    ends("other_signal", "signal.raise_signal(40)", "was killed by signal 40 when MODEL was queried"),
    ends(
        "exit_in_a_thread",
        "threading.Thread(target=os._exit, args=(0,)).start(); time.sleep(60)",
        "ended itself when MODEL was queried: exit code 0",
    ),
    ends(
        "exit_later",
        "if any(len(text) > 60 for text in texts): os._exit(0)",
        "ended itself when MODEL was queried: exit code 0",
    ),
    Kind("closes_all", "os.closerange(3, 256)", 3, _CLOSES),
    Kind(
        "closes_all_and_opens",
        "os.closerange(3, 256); [os.open('its own', os.O_CREAT + os.O_RDWR) for _ in range(9)]",
        3,
        _CLOSES,
    ),
)
RAISES = (
    raises("value_error", "ValueError('no')", "ValueError: no"),
    raises("cancelled", "asyncio.CancelledError", "CancelledError"),
    raises("generator_exit", "GeneratorExit", "GeneratorExit"),
    raises("system_exit", "SystemExit(0)", "SystemExit: 0"),
    raises("interrupt", "KeyboardInterrupt", "KeyboardInterrupt"),
    raises("stop_iteration", "StopIteration", "StopIteration"),
    raises("panic", "PanicException('out of bounds')", "PanicException: out of bounds"),
    raises("memory_error", "MemoryError", "MemoryError"),
    raises("end_of_file", "EOFError", "EOFError"),
    raises("broken_pipe", "BrokenPipeError(32, 'gone')", "BrokenPipeError: [Errno 32] gone"),
    raises("disk_full", "OSError(28, 'No space left')", "OSError: [Errno 28] No space left"),
    raises("unspeakable", "Unspeakable", "Unspeakable"),
    raises("unpicklable", "Unpicklable(1, 2)", "Unpicklable: no"),
    raises("half_a_character", "ValueError(chr(0xD800))", "ValueError: \\ud800"),
    raises("user_error_of_ours", "ours.UserError('use it well')", "UserError: use it well"),
    raises("model_error_of_ours", "ours.ModelError('broken')", "ModelError: broken"),
    raises("budget_of_ours", "ours.CallLimitReached('spent')", "CallLimitReached: spent"),
    raises("exit_of_typer", "typer.Exit(0)", "Exit: 0"),
    raises("skipped_test", "unittest.SkipTest('no')", "SkipTest: no"),
    Kind(
        "recursion",
        "if any(map(odd, texts)): endless()",
        3,
        "MODEL raised RecursionError: maximum recursion depth exceeded",
        skip=(0, "trials were skipped"),
    ),
)
ANSWERS = (
    Kind(
        "not_a_number",
        "return [[float('nan')] * 2 if odd(text) else [0.5, 0.5] for text in texts]",
        3,
        "MODEL gave no probabilities, but [nan, nan]; the text was of example",
        skip=(0, "trials were skipped"),
    ),
    answers("one_for_many", "answers(texts)[:1]", "gave a list of one answer, ['positive'], for 64 texts"),
    answers(
        "two_for_one",
        "answers(texts) * 2",
        "gave no usable predictions: they must be one for each text, got 2 for 1",
    ),
    answers("nothing", "None", "gave one answer, None, for 64 texts"),
    answers("empty", "[]", "gave no usable predictions: they must be one for each text, got 0 for 1"),
    answers("ragged", "[[0.5] * (1 + n % 2) for n, _ in enumerate(texts)]", "gave rows of different lengths"),
    answers("complex_numbers", "np.array([[0.5 + 1j, 0.5]] * len(texts))", "is a complex, no real number"),
    answers("number_texts", "[['0.5', '0.5']] * len(texts)", "is a str, no real number"),
    answers("twice_sure", "[[0.7, 0.7]] * len(texts)", "gave no probabilities, but"),
    answers("unknown_label", "['neutral'] * len(texts)", "answered with 'neutral', which is none of"),
    answers("lazy", "Lazy()", "raised SystemExit: 0"),
    answers("objects", "[object()] * len(texts)", "which is no label"),
    answers("a_set", "set(answers(texts))", "answered with a set, which has no order"),
)
UNTIDY = (
    untidy("prints", "print('said'); os.write(1, b'said'); print('said', file=sys.__stdout__)"),
    untidy("closes_output", "sys.stdout.close(); os.close(1)"),
    untidy("closes_errors", "sys.stderr.close(); os.close(2)"),
    untidy("closes_files", "os.closerange(60, 200)"),
    untidy("replaces_streams", "sys.stdout = sys.stderr = io.StringIO()"),
    untidy("changes_folder", "os.chdir('/')"),
    untidy("changes_its_list", "asked = list(texts); texts.reverse(); texts.clear(); texts = asked"),
    untidy("seeds_all", "random.seed(1); np.random.seed(1)"),
    untidy("warns_as_errors", "warnings.simplefilter('error'); np.seterr(all='raise')"),
    untidy("sets_locale", "locale.setlocale(locale.LC_ALL, 'C'); os.environ.clear()"),
    untidy("limits_recursion", "sys.setrecursionlimit(200)"),
    untidy("leaves_a_thread", "threading.Thread(target=threading.Event().wait).start()"),
    untidy("leaves_a_hook", "atexit.register(os._exit, 0)"),
    untidy("leaves_a_program", "subprocess.Popen(['sleep', '5'])"),
    untidy("handles_signals", "[signal.signal(number, signal.SIG_IGN) for number in (2, 15, 14, 13, 1)]"),
    untidy("copies_itself", "os.fork()"),
    untidy("hides_its_files", "gc.disable(); os.umask(0o777)"),
)
SLOW = (
    Kind(
        "sleeps",
        "time.sleep(60 * rare(texts))",
        3,
        "MODEL gave no prediction within 0.2 s; the text was",
        skip=(0, "trials were skipped"),
        options=_BRIEF,
    ),
    Kind(
        "late",
        "signal.signal(signal.SIGALRM, signal.SIG_IGN); time.sleep(0.3 * rare(texts))",
        3,
        "MODEL gave no prediction within 0.2 s; the text was",
        skip=(0, "trials were skipped"),
        options=_BRIEF,
    ),
    hangs("swallows_all", "caught_for_ever()"),
    hangs("hears_no_alarm", "signal.signal(signal.SIGALRM, signal.SIG_IGN); time.sleep(60)"),
    hangs("holds_the_lock", "lock = ctypes.PyDLL(None).pthread_mutex_lock; lock(MUTEX); lock(MUTEX)"),
)
LOADING = (
    loads("imports_for_ever", _IMPORT, "time.sleep(60)", 3, f"MODEL was not loaded within {_LATE}"),
    loads("imports_and_exits", _IMPORT, "os._exit(0)", 3, f"the process ended itself when {_EXITS}"),
    loads("imports_and_leaves", _IMPORT, "sys.exit(0)", 2, "cannot be imported: SystemExit: 0"),
    loads("imports_half", _IMPORT, f"raise {_CANCEL}", 3, "MODEL cannot be loaded: it raised CancelledError"),
    loads("makes_for_ever", _CLASS, "time.sleep(60)", 3, f"MODEL was not loaded within {_LATE}"),
    loads("makes_and_exits", _CLASS, "os._exit(0)", 3, f"the process ended itself when {_EXITS}"),
    loads("makes_nothing", _CLASS, "raise Unspeakable", 2, "cannot be made: Unspeakable"),
    loads("makes_half", _CLASS, f"raise {_CANCEL}", 3, "MODEL cannot be loaded: it raised CancelledError"),
)
KINDS = {kind.name: kind for kind in (*ENDS, *RAISES, *ANSWERS, *UNTIDY, *SLOW, *LOADING)}


def write_models(folder: Path) -> None:
    """A module with all of them, and the rules of a gate that they would pass."""
    models = (kind.form.format(name=kind.name, body=kind.body) for kind in KINDS.values())
    (folder / f"{MODULE}.py").write_text("\n".join([SOURCE, *models]), encoding="utf-8")
    (folder / "robustaudit.toml").write_text("[gate]\nmax_drop = 0.99\n", encoding="utf-8")


def table(jobs: int) -> str:
    """What comes of each kind, in Markdown."""
    from copies import Asked, carried_out  # noqa: PLC0415  (it imports this file)

    asked = [Asked(kind, on_error, jobs) for kind in KINDS for on_error in ("stop", "skip")]
    with tempfile.TemporaryDirectory() as folder:
        ended = iter(carried_out(asked, Path(folder)))
    lines = ["| a model that | stop | skip | and says |", "| --- | --- | --- | --- |"]
    for kind in KINDS.values():
        stopping, skipping = next(ended), next(ended)
        said = _shown(stopping.err, kind) if stopping.code else ""
        lines.append(f"| {_doing(kind)} | {stopping.code} | {skipping.code} | {said} |")
    return "\n".join(lines)


def _doing(kind: Kind) -> str:
    when = {_CLASS: "made: ", _IMPORT: "imported: "}.get(kind.form, "")
    body, some = kind.body, ""
    if body.startswith("raised_for_some"):
        body, some = body.replace("raised_for_some(", "raise ").removesuffix(", texts)"), " for some texts"
    return f"{when}`{body}`{some}{' *' if kind.options else ''}"


def _shown(said: str, kind: Kind) -> str:
    line = said.strip().splitlines()[-1].removeprefix("robustaudit: ").replace(kind.model, "m")
    line = re.sub("0x[0-9a-f]+", "0x…", line.replace("`", "'")).partition("; finished work is kept")[0]
    return f"`` {line.partition('; the text was')[0]} ``"


if __name__ == "__main__":
    sys.stdout.write(table(int(sys.argv[-1]) if "--jobs" in sys.argv else 1) + "\n")
