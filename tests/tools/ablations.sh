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
language=--keep-language
pictures=1600
asked=300

usage() {
    cat <<END
Usage: tests/tools/ablations.sh --out DIR [--model DIR] [--pictures N] [--asked N] [--from-nothing]

  --out DIR       folder for the trainings, models and results
  --model DIR     Florence-VL folder with tower and language model; the bundled model if none is named
  --pictures N    conversations in the training of each ($pictures); the last of them ends its schedule
  --asked N       fresh pictures that each is asked about ($asked)
  --from-nothing  the language model has learnt nothing either: wants ten times as many conversations
  --help          this text

Example: tests/tools/ablations.sh --out training/ablations --pictures 20000 --from-nothing
END
}

while [ $# -gt 0 ]; do
    case $1 in
        --help) usage; exit 0 ;;
        --out) out=$2; shift ;;
        --model) tower=$2; shift ;;
        --pictures) pictures=$2; shift ;;
        --asked) asked=$2; shift ;;
        --from-nothing) language= ;;
        *) usage >&2; exit 2 ;;
    esac
    shift
done
[ -n "$out" ] || { usage >&2; exit 2; }
mkdir -p "$out"
export QT_QPA_PLATFORM=offscreen
# Examined once, when the schedule is over.
sed "s/\"\(pictures\|examine_every\)\": [0-9]*/\"\1\": $pictures/; s|\"like\": \"|&$(dirname "$recipe")/|" "$recipe" >"$out/recipe.json"

# one NAME OPTIONS...: how features are joined, as train --untaught takes it
one() {
    name=$1
    shift
    [ ! -s "$out/$name.json" ] || return 0
    if [ ! -e "$out/$name-untaught/model.safetensors" ]; then
        rm -rf "$out/$name-untaught"
        "$program" train --untaught $language ${tower:+--model "$tower"} "$@" --out "$out/$name-untaught" >&2
    fi
    "$program" train --recipe "$out/recipe.json" --model "$out/$name-untaught" --out "$out/$name-training" >&2
    rm -rf "$out/$name-model"
    "$program" train --out "$out/$name-training" --export "$out/$name-model" >&2
    "$program" evaluate --model "$out/$name-model" --pictures "$asked" --no-baselines --json >"$out/$name.part"
    mv "$out/$name.part" "$out/$name.json"
}

one channels
one tokens --fusion tokens
one average --fusion average
one without-V --ablate V
one without-caption --ablate caption
one without-ocr --ablate ocr
one without-grounding --ablate grounding
one V-alone --ablate caption,ocr,grounding
python3 - "$out" "$pictures" "$asked" <<'END'
import json, pathlib, sys

folder, pictures, asked = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
names = ["channels", "tokens", "average", "without-V", "without-caption", "without-ocr", "without-grounding", "V-alone"]
results = {name: json.loads((folder / f"{name}.json").read_text())["questions"] for name in names}
losses = [float((folder / f"{name}-training/exams.csv").read_text().split()[-1].split(",")[1]) for name in names]
# Kinds as a whole; their parts follow them under longer names.
kinds = [row["name"] for row in results["channels"] if row["name"] == row["kind"] and row["answers"]["asked"] >= 20]
print(f"Percent of right answers after {pictures} conversations each, {asked} fresh pictures asked about.\n")
print("| | " + " | ".join(name.replace("-", " ") for name in names) + " |")
print("| --- |" + " --- |" * len(names))
means = dict.fromkeys(names, 0.0)
for kind in kinds:
    cells = []
    for name in names:
        share = next((row["answers"]["share"] for row in results[name] if row["name"] == kind), 0.0)
        means[name] += share / len(kinds)
        cells.append(f"{100 * share:.0f}")
    print(f"| {kind} | " + " | ".join(cells) + " |")
print("| mean of kinds | " + " | ".join(f"{100 * means[name]:.1f}" for name in names) + " |")
print("| loss on fresh conversations | " + " | ".join(f"{loss:.3f}" for loss in losses) + " |")
END
