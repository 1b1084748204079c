"""Programs that are measured in turn."""

import json
import os
import statistics
import subprocess
import tempfile
import threading

from machine import resident_bytes

STEP_LIMIT = 1200  # seconds, after which a program counts as stuck
SLOW = 1.5         # a variant that is so much slower than the best of its group sits out after the first round


class WorkerFailed(Exception):
    """A program ended, or said what nobody expects."""


def plain_environment():
    """The environment without settings of thread libraries: every program runs with its own."""
    prefixes = ("OMP_", "GOMP_", "KMP_", "MKL_", "OPENBLAS_")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(prefixes)}
    return {**environment, "PYTHONNOUSERSITE": "1", "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}


class Worker:
    """A program that keeps a model ready and takes steps; see step_server.py for what it says."""

    def __init__(self, label, group, command):
        self.label = label
        self.group = group  # variants of one thing, of which the best counts
        self._errors = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=plain_environment(),
            encoding="utf-8",
        )
        try:
            self.ready = self._answer()
        except BaseException:
            self.close()
            raise

    def ask(self, line):
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # _answer() says why
        return self._answer()

    def seconds(self, step):
        return self.ask(step)["seconds"]

    def loaded_peak_bytes(self):
        """The most memory it has held, less what it held before it loaded the model."""
        return resident_bytes(self._process.pid, most=True) - self.ready["resident_bytes"]

    def close(self):
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._errors.close()

    def _answer(self):
        limit = threading.Timer(STEP_LIMIT, self._process.kill)
        limit.start()
        try:
            line = self._process.stdout.readline()
        finally:
            limit.cancel()
        try:
            return json.loads(line)
        except ValueError:
            self._process.kill()
            raise WorkerFailed(f"{self.label}: {self._last_words()}") from None

    def _last_words(self):
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"ended with {self._process.wait()} and said nothing"


class Workers:
    """Those of one part, ended with it."""

    def __init__(self):
        self._all = []

    def __enter__(self):
        return self

    def __exit__(self, *reason):
        for worker in self._all:
            worker.close()

    def start(self, label, group, command):
        worker = Worker(label, group, command)
        self._all.append(worker)
        return worker


def warm_up(workers, step, say):
    """A round that does not count. Gives the seconds of those that sit out from then on, by label."""
    taken, best = {}, {}
    for worker in workers:
        say(f"  {step}, {worker.label}, warming up")
        taken[worker.label] = worker.seconds(step)
        best[worker.group] = min(best.get(worker.group, float("inf")), taken[worker.label])
    return {worker.label: taken[worker.label] for worker in workers if taken[worker.label] > SLOW * best[worker.group]}


def take_turns(workers, step, repeats, say, warm=False):
    """One step of each worker in turn, `repeats` times, after a round to warm up unless they are warm.

    Gives the seconds of each by its label, in the order of the rounds. Of a worker that sits out, only the first.
    """
    out = {} if warm else warm_up(workers, step, say)
    taken = {worker.label: [out[worker.label]] if worker.label in out else [] for worker in workers}
    for repeat in range(repeats):
        for worker in workers:
            if worker.label in out:
                continue
            taken[worker.label].append(worker.seconds(step))
            say(f"  {step}, {worker.label}, {repeat + 1} of {repeats}: {taken[worker.label][-1]:.3g} s")
    return taken


def best_of(workers, group, taken):
    """The label of a group's worker with the smallest median; None when the group has none."""
    labels = [worker.label for worker in workers if worker.group == group]
    return min(labels, key=lambda label: statistics.median(taken[label]), default=None)


def spread(values):
    return {"median": statistics.median(values), "least": min(values), "most": max(values), "count": len(values)}


def ratio(dividends, divisors):
    """Of medians; with the spread over rounds when both took part in all of them."""
    result = {"median": statistics.median(dividends) / statistics.median(divisors)}
    if len(dividends) == len(divisors):
        rounds = [one / other for one, other in zip(dividends, divisors)]
        result.update(least=min(rounds), most=max(rounds), count=len(rounds))
    return result
