"""Prints twenty conversations with a model, unedited, as its card shows them: twelve painted pictures in a row that training never draws, and every sixth photograph for evaluation.

Example: python3 tests/tools/dialogues.py --model models/chat
"""
import argparse
import json
import pathlib
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parents[2]
FIRST, COUNT, SEED, QUESTIONS, APART = 100, 12, 5, 3, 6
PHOTOGRAPH = ["What is this?", "What colour is it?", "Describe the picture."]


def run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def answers(arguments, picture, questions):
    """One conversation about a picture."""
    out = run(arguments.program, "chat", "--model", arguments.model, "--greedy", "--dtype", "fp32", "--json", "--image", str(picture),
              input="\n".join(questions) + "\n")
    return [json.loads(line)["text"] for line in out.splitlines()]


def show(arguments, title, picture, questions):
    print(f"**{title}**\n")
    for question, answer in zip(questions, answers(arguments, picture, questions), strict=True):
        print(f"- {question} — {' '.join(answer.split())}")
    print()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="models/chat", help="Florence-VL folder (%(default)s)")
    parser.add_argument("--program", default=str(HERE / "build/release/bin/fusionscope-cli"), help="fusionscope-cli (%(default)s)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        world = pathlib.Path(folder, "world")
        run(arguments.program, "world", "--export", str(world), "--split", "test", "--seed", str(SEED), "--count", str(FIRST + COUNT))
        lines = (world / "pictures.jsonl").read_text().splitlines()
        for number in range(FIRST, FIRST + COUNT):
            picture = json.loads(lines[number])
            asked = [turn["value"] for talk in picture["conversations"] for turn in talk if turn["from"] == "human"]
            show(arguments, f"`world --export` number {number} (split test, seed {SEED}): {picture['caption']}", world / picture["file"],
                 asked[:QUESTIONS] + ["What do you see?"])
    photographs = sorted((HERE / "resources/evaluation/photographs").iterdir())
    for photograph in photographs[::APART]:
        show(arguments, f"photograph `{photograph.name}`", photograph, PHOTOGRAPH)


main()
