"""Takes steps of a model in transformers; see step_server.py. Run by compare.py in the peers' environment."""

import argparse
import pathlib

import torch

from machine import resident_bytes
from step_server import add_text_options, serve, text_steps

LARGE = {"embed_dim": [256, 512, 1024, 2048], "depths": [1, 1, 9, 1], "width": 1024, "layers": 12, "inner": 4096}
TINY = {"embed_dim": [32, 64, 96, 128], "depths": [1, 1, 1, 1], "width": 64, "layers": 2, "inner": 128}
PROMPT_TOKENS = 14  # of each of Florence-VL's three prompts, padded


def language_steps(options, dtype):
    """A causal language model in a folder, or in a GGUF file, which is dequantised."""
    from transformers import AutoModelForCausalLM

    folder, file = pathlib.Path(options.model), None
    if folder.suffix == ".gguf":
        folder, file = folder.parent, folder.name
    model = AutoModelForCausalLM.from_pretrained(
        folder, gguf_file=file, dtype=dtype, attn_implementation="sdpa", local_files_only=True
    ).eval()
    if options.texts:
        return text_steps(options, lambda pieces: scores(model, pieces))
    prompt = torch.randint(3, model.config.vocab_size, (1, options.context))
    read = {}

    def prefill():
        output = model(input_ids=prompt, use_cache=True, logits_to_keep=1)
        read.update(cache=output.past_key_values, token=output.logits[:, -1].argmax(-1, keepdim=True))

    def decode():
        if not read:
            prefill()
        read["cache"].crop(options.context)
        token = read["token"]
        for _ in range(options.tokens):
            output = model(input_ids=token, past_key_values=read["cache"], use_cache=True)
            token = output.logits[:, -1].argmax(-1, keepdim=True)

    return {"prefill": prefill, "decode": decode}


def scores(model, pieces):
    cache, found = None, []
    for piece in pieces:
        output = model(input_ids=torch.tensor([piece]), past_key_values=cache, use_cache=True)
        cache = output.past_key_values
        found.append(output.logits[0].float())
    return torch.cat(found).numpy()


def florence_steps(options, dtype):
    """Florence-2 with random weights: its tower, and what Florence-VL makes of the tower's features."""
    from transformers import Florence2Config, Florence2ForConditionalGeneration

    shape = TINY if options.tiny else LARGE
    heads = [width // 32 for width in shape["embed_dim"]]
    config = Florence2Config(
        vision_config={
            "embed_dim": shape["embed_dim"],
            "depths": shape["depths"],
            "num_heads": heads,
            "num_groups": heads,
            "window_size": 12,
            "projection_dim": shape["width"],
        },
        text_config={
            "model_type": "bart",
            "d_model": shape["width"],
            "vocab_size": 51289,
            "encoder_layers": shape["layers"],
            "decoder_layers": 1,  # not measured
            "encoder_attention_heads": shape["width"] // 64,
            "decoder_attention_heads": shape["width"] // 64,
            "encoder_ffn_dim": shape["inner"],
            "decoder_ffn_dim": shape["inner"],
            "max_position_embeddings": 1024,
        },
    )
    config._attn_implementation = "sdpa"
    model = Florence2ForConditionalGeneration(config).eval().to(dtype)
    pixels = {count: torch.randn(count, 3, options.side, options.side).to(dtype) for count in (1, 4)}
    patches = (options.side // 32) ** 2
    rows = torch.randn(3, patches + 1 + PROMPT_TOKENS, shape["width"]).to(dtype)
    hidden = options.hidden
    projector = torch.nn.Sequential(
        torch.nn.Linear(4 * shape["width"], hidden),
        torch.nn.GELU(),
        torch.nn.Linear(hidden, hidden),
        torch.nn.GELU(),
        torch.nn.Linear(hidden, hidden),
    ).to(dtype)

    def breadth():
        encoded = model.get_encoder()(inputs_embeds=rows).last_hidden_state[:, 1 : patches + 1]
        depth = rows[:1, 1 : patches + 1]
        projector(torch.cat([depth, *encoded.split(1)], dim=-1))

    return {
        "encode": lambda: model.get_image_features(pixel_values=pixels[1]),
        "encode-four": lambda: model.get_image_features(pixel_values=pixels[4]),
        "breadth": breadth,
    }


def load(options):
    before = resident_bytes()
    torch.set_grad_enabled(False)
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    dtype = {"bf16": torch.bfloat16, "fp32": torch.float32}[options.dtype]
    steps = (language_steps if options.model else florence_steps)(options, dtype)
    return steps, {"resident_bytes": before}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="a language model, folder or GGUF file; without it Florence-2, random weights")
    parser.add_argument("--dtype", choices=["bf16", "fp32"], required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--context", type=int, default=600)
    parser.add_argument("--tokens", type=int, default=32)
    parser.add_argument("--side", type=int, default=768, help="of Florence-2's pictures, in pixels")
    parser.add_argument("--hidden", type=int, default=3072, help="width of the language model behind the projector")
    parser.add_argument("--tiny", action="store_true", help="little of everything, to try the program")
    add_text_options(parser)
    options = parser.parse_args()
    serve(lambda: load(options))


main()
