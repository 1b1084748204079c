"""Records what transformers' Florence-2 and Llama say with the weights of models/nano: cases.json and tensors.safetensors.

Pictures, questions and pixel values stay; features, ids and margins are made anew in fp32. Needs torch, transformers,
safetensors, tokenizers, numpy and Pillow. Example: python3 tests/golden/nano/make.py models/nano tests/golden/nano
"""
import json
import pathlib
import re
import sys

import numpy
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from transformers import Florence2Config, Florence2ForConditionalGeneration, LlamaConfig, LlamaForCausalLM

PICTURE = -200
LONGEST = 96
# ChatML around a question: newline, <|im_start|>, user, newline; <|im_end|>, newline, <|im_start|>, assistant, newline.
CLOSING, OPENING = [203, 1, 717, 203], [2, 203, 1, 719, 203]


def tower_of(folder, weights):
    """transformers' own Florence-2 with the tower's weights."""
    config = json.loads((folder / "vision_tower/config.json").read_text())
    vision, text = config["vision_config"], config["text_config"]
    keep = ("depths", "patch_size", "patch_stride", "patch_padding", "patch_prenorm", "num_heads", "num_groups", "window_size")
    model = Florence2ForConditionalGeneration(Florence2Config(
        vision_config={**{key: vision[key] for key in keep}, "embed_dim": vision["dim_embed"], "drop_path_rate": 0.0,
                       "projection_dim": text["d_model"]},
        text_config={"model_type": "bart", "dropout": 0.0, **{key: text[key] for key in (
            "vocab_size", "d_model", "encoder_layers", "decoder_layers", "encoder_attention_heads", "decoder_attention_heads",
            "encoder_ffn_dim", "decoder_ffn_dim", "max_position_embeddings", "bos_token_id", "pad_token_id", "eos_token_id",
            "decoder_start_token_id")}},
        image_token_id=text["vocab_size"] - 1)).eval()
    renamed = {}
    prefix = "model.vision_tower.vision_tower."
    for name, tensor in weights.items():
        if not name.startswith(prefix):
            continue
        name = name[len(prefix):]
        if name.startswith("vision_tower."):
            name = re.sub(r"convs\.(\d)\.proj", r"convs.\1.conv", name)
            for old, new in (("conv1.fn.dw", "conv1"), ("conv2.fn.dw", "conv2"), ("window_attn.norm", "norm1"),
                             ("channel_attn.norm", "norm1"), ("window_attn.fn.", "window_attn."), ("channel_attn.fn.", "channel_attn."),
                             ("ffn.norm", "norm2"), ("ffn.fn.net.", "ffn.")):
                name = name.replace(old, new)
            renamed["model." + name] = tensor
        elif name == "image_projection":
            renamed["model.multi_modal_projector.image_projection.weight"] = tensor.t().contiguous()
        elif name.startswith("image_pos_embed"):
            renamed["model.multi_modal_projector.image_position_embed" + name[len("image_pos_embed"):]] = tensor
        elif name.startswith(("image_proj_norm", "visual_temporal_embed")):
            renamed["model.multi_modal_projector." + name] = tensor
        elif name == "language_model.lm_head.weight":
            renamed["lm_head.weight"] = tensor
        elif name != "language_model.final_logits_bias":
            renamed["model.language_model." + name[len("language_model.model."):]] = tensor
    shared = renamed["model.language_model.shared.weight"]
    for side in ("encoder", "decoder"):
        renamed.setdefault(f"model.language_model.{side}.embed_tokens.weight", shared)
    renamed.setdefault("lm_head.weight", shared)
    report = model.load_state_dict(renamed, strict=False)
    assert not report.unexpected_keys and all("pos_idx_to_embed" in key or "final_logits_bias" in key for key in report.missing_keys), report
    return model


def language_of(folder, weights):
    """transformers' own Llama."""
    config = json.loads((folder / "config.json").read_text())
    keep = ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "head_dim",
            "vocab_size", "max_position_embeddings", "rms_norm_eps", "rope_theta", "attention_bias", "mlp_bias")
    model = LlamaForCausalLM(LlamaConfig(tie_word_embeddings=True, **{key: config[key] for key in keep})).eval()
    names = {name: tensor for name, tensor in weights.items() if re.match(r"model\.(embed_tokens|layers|norm)\.", name)}
    report = model.load_state_dict(names, strict=False)
    assert not report.unexpected_keys and set(report.missing_keys) <= {"lm_head.weight"}, report
    model.tie_weights()
    return model, config


class Reference:
    def __init__(self, folder):
        weights = {name: tensor.float() for name, tensor in load_file(folder / "model.safetensors").items()}
        self.tower = tower_of(folder, weights)
        self.language, self.config = language_of(folder, weights)
        self.projector = [weights[f"model.mm_projector.encoder_mlp.{part}"] for part in ("0.weight", "0.bias", "1.1.weight", "1.1.bias")]

    def image(self, pixels):
        return self.tower.model.get_image_features(pixels).pooler_output.reshape(1, -1, self.config["mm_hidden_size"])

    def encode(self, image, prompt):
        words = self.tower.get_input_embeddings()(torch.tensor([prompt]))
        return self.tower.model.language_model.encoder(inputs_embeds=torch.cat([image, words], 1)).last_hidden_state

    def fused(self, image):
        """[1, 64, 4·width]: V and the three prompts' encodings, without the pooled row."""
        rows = [image] + [self.encode(image, prompt)[:, :image.shape[1]] for prompt in self.config["mm_florence_prompt_ids"]]
        return torch.cat(rows, -1)[:, 1:]

    def projected(self, fused):
        first, first_bias, second, second_bias = self.projector
        return torch.nn.functional.gelu(fused @ first.t() + first_bias) @ second.t() + second_bias

    def answer(self, prompt, visual):
        embed, at = self.language.get_input_embeddings(), prompt.index(PICTURE)
        now = torch.cat([embed(torch.tensor(prompt[:at])), visual[0], embed(torch.tensor(prompt[at + 1:]))])[None]
        ids, margins, first, past = [], [], None, None
        while len(ids) < LONGEST:
            out = self.language(inputs_embeds=now, past_key_values=past, use_cache=True)
            past, logits = out.past_key_values, out.logits[0, -1]
            first = logits if first is None else first
            best = logits.topk(2)
            margins.append(round(float(best.values[0] - best.values[1]), 3))
            ids.append(int(best.indices[0]))
            if ids[-1] == self.config["eos_token_id"]:
                break
            now = embed(torch.tensor([[ids[-1]]]))
        return ids, margins, first

    def told(self, image, prompt):
        """What Florence-2 writes, behind its start, greedily."""
        encoded, ids = self.encode(image, prompt), [2, 0]
        while len(ids) < LONGEST + 2:
            states = self.tower.model.language_model.decoder(input_ids=torch.tensor([ids]), encoder_hidden_states=encoded).last_hidden_state
            ids.append(int(self.tower.lm_head(states[0, -1]).argmax()))
            if ids[-1] == 2:
                break
        return ids[2:]


def pixels_of(file):
    """A long side of 256 needs no resizing, only the mean colour around it. [1, 3, 256, 256]"""
    shown = Image.open(file).convert("RGB")
    square = Image.new("RGB", (256, 256), (123, 116, 103))
    square.paste(shown, ((256 - shown.width) // 2, (256 - shown.height) // 2))
    picture = torch.from_numpy(numpy.array(square)).permute(2, 0, 1)[None].float() / 255
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    return (picture - mean[:, None, None]) / deviation[:, None, None]


@torch.no_grad()
def main():
    folder, golden = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    reference, tokenizer = Reference(folder), Tokenizer.from_file(str(folder / "tokenizer.json"))
    old = load_file(golden / "tensors.safetensors")
    cases = json.loads((golden / "cases.json").read_text())
    cases.pop("native_florence2_max_diff", None)
    cases["note"] = "transformers' Florence-2 and Llama in fp32 on the bf16 weights; pooled token dropped (64 image tokens); prompt rows padded with 1 and attended; greedy"
    tensors = {}
    for number, case in enumerate(cases["cases"]):
        pixels = pixels_of(golden / case["image"])
        recorded = f"{number}.projected" in old
        assert f"{number}.pixel_values" not in old or torch.allclose(pixels, old[f"{number}.pixel_values"], atol=1e-5)
        image = reference.image(pixels)
        fused = reference.fused(image)
        visual = reference.projected(fused)
        history = []
        for turn in case["turns"]:
            # Later questions come after the answers that are given now.
            prompt = turn["prompt_ids"]
            if history:
                question = tokenizer.encode(turn["question"], add_special_tokens=False).ids
                prompt = history + CLOSING + question + OPENING
            ids, margins, first = reference.answer(prompt, visual)
            if recorded and not history:
                made = {"pixel_values": pixels, "V": image, "fused": fused, "projected": visual, "first_logits": first}
                tensors.update({f"{number}.{name}": tensor for name, tensor in made.items() if f"{number}.{name}" in old})
            turn.update({"prompt_ids": prompt, "output_ids": ids, "margins": margins, "min_margin": min(margins),
                         "text": tokenizer.decode([i for i in ids if i != 2])})
            turn.pop("plain_tokenisation_equal", None)
            history = prompt + ids
        for entry in case["florence"].values():
            entry["output_ids"] = reference.told(image, entry["prompt_ids"])
            entry.pop("text", None)
    out = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else golden
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, out / "tensors.safetensors")
    (out / "cases.json").write_text(json.dumps(cases) + "\n")


if __name__ == "__main__":
    main()
