"""The other end of measuring.Worker for programs in Python.

A worker says in one line of JSON that it is ready, then takes one step for each line of standard input that names it,
and answers with its seconds, as `fusionscope-cli bench --steps` does.
"""

import json
import os
import pathlib
import sys
import time


def add_text_options(parser):
    parser.add_argument("--texts", help="what `fusionscope-cli bench --texts` takes: adds the steps it has then")
    parser.add_argument("--scores", help="where these write, as `fusionscope-cli bench --scores` does")


def text_steps(options, read):
    """read(pieces) gives the scores after each token of pieces that are read one behind the other: rows of fp32."""
    texts = json.loads(pathlib.Path(options.texts).read_text(encoding="utf-8"))

    def write(pieces):
        with open(options.scores, "wb") as file:
            for text in texts:
                rows = read(pieces(text["prompt"], text["answer"][:-1]))  # nothing is chosen after the last one
                rows[-len(text["answer"]) :].tofile(file)

    return {
        "read-texts": lambda: write(lambda prompt, answer: [prompt + answer]),
        "answer-texts": lambda: write(lambda prompt, answer: [prompt, *([token] for token in answer)]),
    }


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
