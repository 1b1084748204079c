#!/bin/sh
# Trains a new projector on each way of joining a tower's features, and with it a language model that begins with what it
# knows or from nothing, equally long, and prints how often each answers rightly. What is finished is not done again, so
# it can be stopped and started at any time.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
program=${FUSIONSCOPE_CLI:-$here/build/release/bin/fusionscope-cli}
recipe=$here/resources/train/ablation.json
tower=
out=
results=
language=--keep-language
pictures=1600
asked=150

usage() {
    cat <<END
Usage: tests/tools/ablations.sh --out DIR [--results DIR] [--model DIR] [--pictures N] [--asked N] [--from-nothing]

  --out DIR       folder for the trainings and models
  --results DIR   folder for what was found, a JSON file each; the same if none is named
  --model DIR     Florence-VL folder with tower and language model; nano if none is named
  --pictures N    conversations in the training of each ($pictures); the last of them ends its schedule
  --asked N       fresh pictures that each is asked about ($asked)
  --from-nothing  the language model has learnt nothing either: wants ten times as many conversations
  --help          this text

Example: tests/tools/ablations.sh --out training/ablations --results docs/ablations
END
}

while [ $# -gt 0 ]; do
    case $1 in
        --help) usage; exit 0 ;;
        --out) out=$2; shift ;;
        --results) results=$2; shift ;;
        --model) tower=$2; shift ;;
        --pictures) pictures=$2; shift ;;
        --asked) asked=$2; shift ;;
        --from-nothing) language= ;;
        *) usage >&2; exit 2 ;;
    esac
    shift
done
if [ -z "$out" ]; then
    usage >&2
    exit 2
fi
results=${results:-$out}
mkdir -p "$out" "$results"
export QT_QPA_PLATFORM=offscreen
# Examined once, when the schedule is over.
sed "s/\"\(pictures\|examine_every\)\": [0-9]*/\"\1\": $pictures/; s|\"like\": \"|&$(dirname "$recipe")/|" "$recipe" >"$out/recipe.json"

# one NAME OPTIONS...: how features are joined, as train --untaught takes it
one() {
    name=$1
    shift
    [ ! -s "$results/$name.json" ] || return 0
    if [ ! -e "$out/$name-untaught/model.safetensors" ]; then
        rm -rf "$out/$name-untaught"
        "$program" train --untaught $language ${tower:+--model "$tower"} "$@" --out "$out/$name-untaught" >&2
    fi
    "$program" train --recipe "$out/recipe.json" --model "$out/$name-untaught" --out "$out/$name-training" >&2
    rm -rf "$out/$name-model"
    "$program" train --out "$out/$name-training" --export "$out/$name-model" >&2
    "$program" evaluate --model "$out/$name-model" --pictures "$asked" --no-baselines --json >"$out/$name.part"
    python3 - "$name" "$pictures" "$out/$name-training/exams.csv" "$out/$name.part" "$results/$name.json" <<'END'
import json, pathlib, sys

name, pictures, exams, found, result = sys.argv[1:]
loss = float(pathlib.Path(exams).read_text().split()[-1].split(",")[1])
report = {"conversations": int(pictures), "loss": loss, **json.loads(pathlib.Path(found).read_text()), "model": name}
pathlib.Path(result).write_text(json.dumps(report, indent=1) + "\n")
END
}

one channels
one tokens --fusion tokens
one average --fusion average
one without-V --ablate V
one without-caption --ablate caption
one without-ocr --ablate ocr
one without-grounding --ablate grounding
one V-alone --ablate caption,ocr,grounding
python3 - "$results" <<'END'
import json, pathlib, sys

names = ["channels", "tokens", "average", "without-V", "without-caption", "without-ocr", "without-grounding", "V-alone"]
reports = {name: json.loads(pathlib.Path(sys.argv[1], f"{name}.json").read_text()) for name in names}
results = {name: {row["name"]: row["answers"] for row in report["questions"]} for name, report in reports.items()}
whole = reports["channels"]
# Kinds as a whole; their parts follow them under longer names.
kinds = [row["name"] for row in whole["questions"] if row["name"] == row["kind"] and row["answers"]["asked"] >= 20]
print(f"Percent of right answers after {whole['conversations']} conversations each, {whole['pictures']} fresh pictures asked about.\n")
print("| | " + " | ".join(name.replace("-", " ") for name in names) + " |")
print("| --- |" + " --- |" * len(names))
means = dict.fromkeys(names, 0.0)
for kind in kinds:
    cells = []
    for name in names:
        share = results[name][kind]["share"]
        means[name] += share / len(kinds)
        cells.append(f"{100 * share:.0f}")
    print(f"| {kind} | " + " | ".join(cells) + " |")
print("| mean of kinds | " + " | ".join(f"{100 * means[name]:.1f}" for name in names) + " |")
print("| loss on fresh conversations | " + " | ".join(f"{reports[name]['loss']:.3f}" for name in names) + " |")
END
