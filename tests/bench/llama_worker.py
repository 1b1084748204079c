"""Takes steps of a language model in llama.cpp; see step_server.py. Run by compare.py in the peers' environment."""

import argparse
import random

from machine import resident_bytes
from step_server import add_text_options, serve, text_steps


def load(options):
    import llama_cpp
    import numpy

    before = resident_bytes()
    model = llama_cpp.Llama(
        model_path=options.model,
        n_ctx=options.context + options.tokens + 8,
        n_batch=options.context,
        n_ubatch=options.context,  # the prompt is read in one go, as the others read it
        n_threads=options.threads,
        n_threads_batch=options.threads,
        logits_all=bool(options.texts),
        verbose=False,
    )
    system = llama_cpp.llama_print_system_info().decode()
    ready = {"resident_bytes": before, "system": system}
    if options.texts:
        return text_steps(options, lambda pieces: scores(model, pieces)), ready
    vocabulary = model.n_vocab()
    generator = random.Random(1)
    prompt = [generator.randrange(3, vocabulary) for _ in range(options.context)]

    def next_id():
        logits = model._ctx.get_logits()  # waits for the pass
        return int(numpy.ctypeslib.as_array(logits, shape=(vocabulary,)).argmax())

    first = []

    def prefill():
        model.reset()
        model.eval(prompt)
        first[:] = [next_id()]

    def decode():
        if not first:
            prefill()
        model.n_tokens = options.context  # eval() forgets what comes after
        token = first[0]
        for _ in range(options.tokens):
            model.eval([token])
            token = next_id()

    return {"prefill": prefill, "decode": decode}, ready


def scores(model, pieces):
    model.reset()
    for piece in pieces:
        model.eval(piece)
    return model.scores[: model.n_tokens]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="a GGUF file")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--context", type=int, default=600)
    parser.add_argument("--tokens", type=int, default=32)
    add_text_options(parser)
    options = parser.parse_args()
    serve(lambda: load(options))


main()
