"""How far the scores of one program are from another's: what compare.py's part `fidelity` says of them."""

from __future__ import annotations

import array
import dataclasses
import json
import math
import operator
import pathlib

RECORDED = pathlib.Path(__file__).resolve().parents[1] / "golden" / "smollm2-real" / "expected.json"


def texts(count, tokens):
    """The prompts that tests ask SmolLM2, with the first tokens of the answers that transformers gave in fp32."""
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))["weights"]["fp32"]
    return [{"prompt": one["prompt_ids"], "answer": one["ids"][:tokens]} for one in recorded[:count]]


@dataclasses.dataclass
class Distance:
    """Of the next token's distributions from the reference's, where both read the same tokens."""

    mean: float    # Kullback-Leibler divergence (reference ‖ program) in nats
    most: float
    places: int
    same: int      # places with the same most probable token
    texts: int
    answered: int  # texts with the same one in all places: whoever answers greedily gives the reference's answer


def _rows(path, count):
    """The scores of one place after the other."""
    size, rest = divmod(path.stat().st_size, 4 * count)
    if rest or not size:
        raise OSError(f"{path}: {path.stat().st_size} bytes are no scores of {count} places")
    with open(path, "rb") as file:
        for _ in range(count):
            row = array.array("f")
            row.fromfile(file, size)
            yield row.tolist()


def distance(reference, program, read):
    """Of two files of scores, fp32 and nothing else, a row for each token of an answer in `read`."""
    places = [text for text, one in enumerate(read) for _ in one["answer"]]
    divergences, differing = [], []
    for text, exact, found in zip(places, _rows(reference, len(places)), _rows(program, len(places))):
        if len(exact) != len(found):
            raise OSError(f"{program}: scores of {len(found)} tokens, beside {len(exact)} in {reference}")
        divergences.append(divergence(exact, found))
        if exact.index(max(exact)) != found.index(max(found)):
            differing.append(text)
    return Distance(
        mean=sum(divergences) / len(divergences),
        most=max(divergences),
        places=len(places),
        same=len(places) - len(differing),
        texts=len(read),
        answered=len(read) - len(set(differing)),
    )


def divergence(exact, found):
    """Kullback-Leibler divergence of the distributions that two rows of scores mean, in nats."""
    highest, highest_found = max(exact), max(found)
    weights = [math.exp(score - highest) for score in exact]
    whole, whole_found = sum(weights), sum([math.exp(score - highest_found) for score in found])
    between = sum(map(operator.mul, weights, map(operator.sub, exact, found))) / whole
    value = between - highest - math.log(whole) + highest_found + math.log(whole_found)
    if math.isnan(value):
        raise OSError("scores that are no numbers")
    return max(0.0, value)  # rounding
