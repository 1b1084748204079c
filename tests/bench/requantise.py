"""Writes a GGUF file in another block format with llama.cpp. Run by compare.py in the peers' environment."""

import argparse
import ctypes

import llama_cpp

KINDS = {
    "Q4_0": (llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_0, llama_cpp.GGML_TYPE_Q4_0),
    "Q8_0": (llama_cpp.LLAMA_FTYPE_MOSTLY_Q8_0, llama_cpp.GGML_TYPE_Q8_0),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("kind", choices=KINDS)
    options = parser.parse_args()
    settings = llama_cpp.llama_model_quantize_default_params()
    settings.ftype, settings.token_embedding_type = KINDS[options.kind]
    settings.allow_requantize = True
    settings.pure = True
    source, target = options.source.encode(), options.target.encode()
    if llama_cpp.llama_model_quantize(source, target, ctypes.byref(settings)):
        raise SystemExit(f"llama.cpp cannot write {options.target}")


main()
