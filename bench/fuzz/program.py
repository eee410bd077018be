"""A fuzzer: mutated small trees, each given to a command of ecrlint, and what it must not do.

.venv/bin/python bench/fuzz [FOLDER...] [--inputs N] [--seconds T] [--seed S] [--out FOLDER] [--compare N]

The cases of tests/fixtures and every folder with files of ours in FOLDER... are mutated, N inputs or as many as T seconds allow,
drawn from the seed: the same seed and folders are the same inputs. Each runs in a process that is forked for a batch of them,
with 5 seconds of the processor and 300 MB above what it starts with. A traceback, a rule that breaks, a death, control
characters in an output, a report that cannot be parsed and a diff that git does not apply are faults; so is, in every Nth batch,
an output that differs under another hash seed (0: never). The first input of each kind is made small and written to --out, with
its command; the exit status is 1 where there is one. --replay FOLDER runs one of these again.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fuzz.corpus import Case, cases, parts
from fuzz.mutations import mutated

FIXTURES = Path(__file__).resolve().parent.parent.parent / "tests/fixtures"
BATCH = 100
SECONDS = 5
MEMORY = 300 << 20
WALL = 300
"""Seconds after which an input that waits for something is ended; of the clock, as a machine may be busy."""
TRIES = 400
"""How often a fault is tried again while it is made small."""


@dataclass(frozen=True)
class Input:
    """A tree and a command on it."""

    files: Mapping[str, bytes]
    command: list[str]


@dataclass
class Result:
    """What an input came to: seconds of the processor, megabytes above the start, a digest of its output, and its fault."""

    seconds: float = 0.0
    megabytes: int = 0
    digest: str = ""
    fault: str = ""


@dataclass
class Fuzzer:
    """The inputs of a seed, and where they are run."""

    found: Sequence[Case]
    seed: str
    scratch: str
    pool: Mapping[str, Sequence[bytes]] = field(init=False)

    def __post_init__(self) -> None:
        self.pool = parts(self.found)

    def inputs(self, batch: int) -> Iterator[Input]:
        """The inputs of a batch, by its number."""
        from fuzz.judge import words

        draw = random.Random(f"{self.seed}:{batch}")
        for _ in range(BATCH):
            files = mutated(draw.choice(self.found), draw, self.pool)
            yield Input(files, words(draw, files))

    def run(self, batch: int) -> list[Result]:
        """What the inputs of a batch came to. One that ends its process is followed by the others in a new one."""
        results: list[Result] = []
        inputs = list(self.inputs(batch))
        while len(results) < len(inputs):
            results += self.forked(inputs[len(results) :])
        for at, result in enumerate(results):
            if _is_of_limits(result.fault):  # it may be the fault of those before it
                results[at] = self.forked([inputs[at]])[0]
        return results

    def forked(self, inputs: Sequence[Input]) -> list[Result]:
        """Run inputs in a process of their own, up to the first that ends it."""
        reads, writes = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reads)
            status = 1
            try:
                _each(inputs, self.scratch, writes)
                status = 0
            finally:
                os._exit(status)
        os.close(writes)
        with os.fdopen(reads, encoding="utf-8") as lines:
            results = [Result(**json.loads(line)) for line in lines if line.endswith("}\n")]
        _, status = os.waitpid(child, 0)
        if status and len(results) < len(inputs):
            how = f"signal {status}" if os.WIFSIGNALED(status) else f"exit {os.WEXITSTATUS(status)}"
            how = {24: "time", 14: "wait"}.get(os.WTERMSIG(status), how) if os.WIFSIGNALED(status) else how
            results.append(Result(seconds=SECONDS, fault=f"ended: {how}"))
        return results

    def small(self, given: Input, fault: str) -> Input:
        """An input of the same fault with as little in it as some tries find: files, then lines, then characters."""
        left = TRIES if not _is_of_limits(fault) else 0 if "wait" in fault else 40
        files = dict(given.files)

        def holds(candidate: Mapping[str, bytes]) -> bool:
            nonlocal left
            left -= 1
            return left >= 0 and self.forked([Input(candidate, given.command)])[0].fault == fault

        for path in sorted(files):
            fewer = {name: data for name, data in files.items() if name != path}
            if len(files) > 1 and holds(fewer):
                files = fewer
        for separator in (b"\n", b""):
            for path in sorted(files):
                pieces = (
                    files[path].split(separator) if separator else [files[path][at : at + 1] for at in range(len(files[path]))]
                )
                size = len(pieces) // 2
                while size:
                    at = 0
                    while at < len(pieces) and left > 0:
                        fewer_pieces = pieces[:at] + pieces[at + size :]
                        if holds({**files, path: separator.join(fewer_pieces)}):
                            pieces = fewer_pieces
                        else:
                            at += size
                    size //= 2
                files[path] = separator.join(pieces)
        return Input(files, given.command)


def _is_of_limits(fault: str) -> bool:
    return fault.startswith("ended: ") or "MemoryError" in fault


def _each(inputs: Sequence[Input], scratch: str, writes: int) -> None:
    """Run inputs one after the other, each with its limits, and write what they came to."""
    import signal

    from fuzz import judge

    judge.watch()
    gc.disable()
    folder = os.path.join(scratch, "tree")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for at, given in enumerate(inputs):
        os.chdir(scratch)
        judge.put(given.files, folder)
        os.chdir(folder)
        if at % 10 == 9:
            gc.collect()
        start, before = _pages(), time.process_time()
        resource.setrlimit(resource.RLIMIT_AS, (_pages(0) + MEMORY, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_CPU, (int(before) + SECONDS + 1, resource.RLIM_INFINITY))
        signal.setitimer(signal.ITIMER_REAL, WALL)
        outcome = judge.judged(given.command)
        signal.setitimer(signal.ITIMER_REAL, 0)
        seconds = time.process_time() - before
        fault = outcome.fault or ("ended: time" if seconds > SECONDS else "")
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        result = {"seconds": seconds, "megabytes": (_pages() - start) >> 20, "digest": outcome.digest, "fault": fault}
        os.write(writes, (json.dumps(result) + "\n").encode())


def _pages(which: int = 1) -> int:
    """The bytes of memory of this process: in all, or those that are in use."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[which]) * resource.getpagesize()


@dataclass
class Summary:
    """What has been seen so far."""

    inputs: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    slowest: list[tuple[float, int, int]] = field(default_factory=list)
    largest: list[tuple[int, int, int]] = field(default_factory=list)

    def add(self, batch: int, results: Sequence[Result]) -> None:
        self.inputs += len(results)
        self.slowest = sorted([*self.slowest, *((one.seconds, batch, at) for at, one in enumerate(results))])[-5:]
        self.largest = sorted([*self.largest, *((one.megabytes, batch, at) for at, one in enumerate(results))])[-5:]

    def show(self, seconds: float) -> None:
        spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        processor = sum(one.ru_utime + one.ru_stime for one in spent)
        print(f"{self.inputs} inputs, {seconds:.0f} s of the clock, {processor:.0f} s of the processor,", end=" ")
        print(f"{sum(self.faults.values())} faults of {len(self.faults)} kinds")
        print("slowest:", *(f"{one:.2f} s ({batch}.{at})" for one, batch, at in reversed(self.slowest)))
        print("largest:", *(f"{one} MB ({batch}.{at})" for one, batch, at in reversed(self.largest)))
        for fault, count in self.faults.most_common():
            print(f"{count:>6} {fault}")
        sys.stdout.flush()


@contextlib.contextmanager
def _other_process(words: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """A process with another hash seed that prints the digests of the batches whose numbers it reads."""
    seed = str(int(os.environ.get("PYTHONHASHSEED", "0")) + 1)
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).parent), *words, "--answer"],
        env={**os.environ, "PYTHONHASHSEED": seed},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait()


def _path(word: str) -> Path:
    return Path(word).resolve()


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=_path)
    parser.add_argument("--inputs", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--seed", default="1")
    parser.add_argument("--first", type=int, default=0, help="the number of the first batch")
    parser.add_argument("--out", type=_path)
    parser.add_argument("--compare", type=int, default=10)
    parser.add_argument("--replay", type=_path)
    parser.add_argument("--show", metavar="BATCH.NUMBER", help="write this input to --out, without running it")
    parser.add_argument("--answer", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args(words)
    if "PYTHONHASHSEED" not in os.environ:
        os.execve(sys.executable, [sys.executable, str(Path(__file__).parent), *words], {**os.environ, "PYTHONHASHSEED": "0"})
    _load()
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir=memory) as scratch:
        if arguments.replay:
            return _replay(arguments.replay, scratch)
        fuzzer = Fuzzer(cases(arguments.folders, FIXTURES), arguments.seed, scratch)
        if arguments.answer:
            for line in sys.stdin:
                print(json.dumps([one.digest for one in fuzzer.run(int(line))]), flush=True)
            return 0
        if arguments.show:
            batch, at = map(int, arguments.show.split("."))
            _write(list(fuzzer.inputs(batch))[at], "", arguments.out)
            return 0
        return _fuzz(fuzzer, arguments, [word for word in words if word != "--answer"])


def _load() -> None:
    """Import what scans need before the first fork, so that each need not."""
    from ecrlint import rule_registry
    from ecrlint.cli import main as ecrlint
    from fuzz import judge

    rule_registry.rules()
    with tempfile.TemporaryDirectory() as folder, open(os.devnull, "w", encoding="utf-8") as nowhere:
        for case in cases((), FIXTURES)[::20]:
            judge.put(case.files, f"{folder}/case")
            os.chdir(f"{folder}/case")
            for form in judge.FORMATS if not case.name.startswith("/") else ("text",):
                with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
                    ecrlint(["--root", ".", "--format", form, "."])
        os.chdir(folder)
    os.chdir("/")
    gc.collect()
    gc.freeze()


def _fuzz(fuzzer: Fuzzer, arguments: argparse.Namespace, words: Sequence[str]) -> int:
    summary = Summary()
    started = shown = time.monotonic()
    with contextlib.ExitStack() as stack:
        other = stack.enter_context(_other_process(words)) if arguments.compare else None
        batch = arguments.first
        while summary.inputs < arguments.inputs and time.monotonic() - started < arguments.seconds:
            results = fuzzer.run(batch)
            if other is not None and batch % arguments.compare == 0:
                _compare(other, batch, results)
            summary.add(batch, results)
            for at, result in enumerate(results):
                if result.fault:
                    summary.faults[result.fault] += 1
                    if summary.faults[result.fault] == 1:
                        _tell(fuzzer, batch, at, result.fault, arguments.out)
            batch += 1
            if time.monotonic() - shown > 300:
                shown = time.monotonic()
                summary.show(shown - started)
    summary.show(time.monotonic() - started)
    return int(bool(summary.faults))


def _compare(other: subprocess.Popen[str], batch: int, results: Sequence[Result]) -> None:
    assert other.stdin is not None
    assert other.stdout is not None
    print(batch, file=other.stdin, flush=True)
    for result, digest in zip(results, json.loads(other.stdout.readline()), strict=True):
        if result.digest and digest and result.digest != digest and not result.fault:
            result.fault = "another output with another hash seed"


def _tell(fuzzer: Fuzzer, batch: int, at: int, fault: str, out: Path | None) -> None:
    given = list(fuzzer.inputs(batch))[at]
    print(f"{batch}.{at}: {fault} ({' '.join(given.command)})", flush=True)
    if out is not None:
        _write(fuzzer.small(given, fault) if "hash seed" not in fault else given, fault, out / f"{batch}.{at}")


def _write(given: Input, fault: str, folder: Path) -> None:
    for path, data in given.files.items():
        file = folder / "tree" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    (folder / "input.json").write_text(json.dumps({"command": given.command, "fault": fault}) + "\n")


def _replay(folder: Path, scratch: str) -> int:
    told = json.loads((folder / "input.json").read_text())
    tree = folder / "tree"
    files = {str(path.relative_to(tree)): path.read_bytes() for path in sorted(tree.rglob("*")) if path.is_file()}
    (result,) = Fuzzer((), "", scratch).forked([Input(files, told["command"])])
    print(result)
    return int(bool(result.fault))
