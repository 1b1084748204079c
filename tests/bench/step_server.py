"""The other end of measuring.Worker for programs in Python.

A worker says in one line of JSON that it is ready, then takes one step for each line of standard input that names it,
and answers with its seconds, as `fusionscope-cli bench --steps` does.
"""

import json
import os
import sys
import time


def serve(load):
    """load() gives the steps, functions by name, and what to say when they are ready."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever libraries print is no answer

    def say(answer):
        answers.write(json.dumps(answer) + "\n")
        answers.flush()

    steps, ready = load()
    say({**ready, "steps": sorted(steps)})
    for line in sys.stdin:
        name = line.strip()
        start = time.perf_counter()
        steps[name]()
        say({"step": name, "seconds": time.perf_counter() - start})
