#!/bin/sh
# Examines a model on every split and writes one JSON file for each, from which evaluation_table.py makes the tables of
# its card. What is finished is not done again, so it can be stopped and started at any time.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
program=${FUSIONSCOPE_CLI:-$here/build/release/bin/fusionscope-cli}
model=
out=
pictures=2000
others=2000
compared=300
kinds=

usage() {
    cat <<END
Usage: tests/tools/evaluations.sh --model DIR --out DIR [--pictures N] [--others N] [--compared N] [--no-tasks]

  --model DIR   Florence-VL folder
  --out DIR     folder for the results
  --pictures N  fresh pictures of the split test ($pictures)
  --others N    of each of the other splits ($others)
  --compared N  of the split test, with questions asked without their pictures and texts read by tesseract ($compared)
  --no-tasks    not the tower's own tasks, where another model's results have those of the same tower
  --help        this text

Example: tests/tools/evaluations.sh --model models/nano --out results --pictures 500 --others 100
END
}

while [ $# -gt 0 ]; do
    case $1 in
        --help) usage; exit 0 ;;
        --model) model=$2; shift ;;
        --out) out=$2; shift ;;
        --pictures) pictures=$2; shift ;;
        --others) others=$2; shift ;;
        --compared) compared=$2; shift ;;
        --no-tasks) kinds=describe,describe-in-detail,existence,count,colour,where,relation,compare,category,scene,list,read,chart-value,chart-most,chart-least,chart-title,boxes,symbol,unanswerable,off-topic,greeting,between ;;
        *) usage >&2; exit 2 ;;
    esac
    shift
done
if [ -z "$model" ] || [ -z "$out" ]; then
    usage >&2
    exit 2
fi
mkdir -p "$out"
export QT_QPA_PLATFORM=offscreen

# one NAME OPTIONS...: as evaluate takes them
one() {
    name=$1
    shift
    [ ! -s "$out/$name.json" ] || return 0
    "$program" evaluate --model "$model" --json "$@" ${kinds:+--kinds "$kinds"} >"$out/$name.part"
    mv "$out/$name.part" "$out/$name.json"
}

asked=$kinds kinds=  # all photographs are asked the same
one photographs --split photographs
kinds=$asked
one compared --pictures "$compared"
for split in style wordings digits fashion fonts words pairs photos; do
    case $split in
        wordings) one wordings --held-out-wordings --pictures "$others" --no-baselines ;;
        *) one $split --split $split --pictures "$others" --no-baselines ;;
    esac
done
one test --pictures "$pictures" --no-baselines
