"""Language models with random weights in the shapes of published ones, as GGUF and as safetensors, with Python alone.

Numbers are drawn once for a piece of about a megabyte, which is repeated: the time of a pass does not depend on them.
Their deviation is 1 / sqrt(inputs), so that activations keep their size from layer to layer.
"""

import array
import dataclasses
import json
import math
import os
import random
import shutil
import struct

BLOCK = 32     # numbers of a GGUF block, which share a scale
PIECE = 16381  # blocks of a piece; prime, so that no two rows of a matrix begin in the same place of it
F32, Q4_0, Q8_0 = 0, 2, 8  # GGUF's numbers of types
KINDS = {"q4_0": (Q4_0, 2, 18), "q8_0": (Q8_0, 7, 34)}  # type of tensors, of the file, bytes of a block


@dataclasses.dataclass(frozen=True)
class Shape:
    architecture: str  # "phi3", whose projections are fused, or "llama"
    vocabulary: int
    hidden: int
    inner: int
    layers: int
    heads: int
    kv_heads: int
    head_width: int

    @property
    def matrices(self):
        """Of one layer, by GGUF's and by Hugging Face's names: (outputs, inputs)."""
        query, key = self.heads * self.head_width, self.kv_heads * self.head_width
        if self.architecture == "phi3":
            return {
                ("attn_qkv", "self_attn.qkv_proj"): (query + 2 * key, self.hidden),
                ("attn_output", "self_attn.o_proj"): (self.hidden, query),
                ("ffn_up", "mlp.gate_up_proj"): (2 * self.inner, self.hidden),
                ("ffn_down", "mlp.down_proj"): (self.hidden, self.inner),
            }
        return {
            ("attn_q", "self_attn.q_proj"): (query, self.hidden),
            ("attn_k", "self_attn.k_proj"): (key, self.hidden),
            ("attn_v", "self_attn.v_proj"): (key, self.hidden),
            ("attn_output", "self_attn.o_proj"): (self.hidden, query),
            ("ffn_gate", "mlp.gate_proj"): (self.inner, self.hidden),
            ("ffn_up", "mlp.up_proj"): (self.inner, self.hidden),
            ("ffn_down", "mlp.down_proj"): (self.hidden, self.inner),
        }

    @property
    def read_per_token(self):
        """Numbers of the matrices that one token of an answer is multiplied with."""
        layer = sum(outputs * inputs for outputs, inputs in self.matrices.values())
        return self.layers * layer + self.vocabulary * self.hidden

    def cache_bytes(self, context):
        """Of keys and values in 16 bits."""
        return 4 * self.layers * self.kv_heads * self.head_width * context

    def tensors(self, place):
        """(name, shape) of all in order, names as GGUF (place 0) or Hugging Face (place 1) has them."""
        outer = [("token_embd", "model.embed_tokens"), ("output_norm", "model.norm"), ("output", "lm_head")]
        layer = [("blk.{}.", "model.layers.{}.")]
        norms = [("attn_norm", "input_layernorm"), ("ffn_norm", "post_attention_layernorm")]
        yield outer[0][place] + ".weight", (self.vocabulary, self.hidden)
        for index in range(self.layers):
            prefix = layer[0][place].format(index)
            for norm in norms:
                yield prefix + norm[place] + ".weight", (self.hidden,)
            for names, shape in self.matrices.items():
                yield prefix + names[place] + ".weight", shape
        yield outer[1][place] + ".weight", (self.hidden,)
        yield outer[2][place] + ".weight", (self.vocabulary, self.hidden)


PHI_3B = Shape("phi3", 32064, 3072, 8192, 32, 32, 32, 96)
LLAMA_8B = Shape("llama", 128256, 4096, 14336, 32, 32, 8, 128)
TINY = Shape("phi3", 640, 192, 384, 2, 2, 2, 96)
TINY_LLAMA = Shape("llama", 640, 128, 256, 2, 2, 1, 64)


def bytes_per_weight(kind):
    return KINDS[kind][2] / BLOCK


def _elements(shape):
    return math.prod(shape)


def _blocks(kind, inputs, generator):
    """A piece of a quantised matrix."""
    _, _, size = KINDS[kind]
    if kind == "q4_0":
        deviation = math.sqrt(56 / 3)  # of −7 to 7, written as 1 to 15
        table = bytes((low or 8) | (high or 8) << 4 for high in range(16) for low in range(16))
    else:
        deviation = 73.3  # of −127 to 127
        table = bytes(value if value != 128 else 0 for value in range(256))
    numbers = generator.randbytes(PIECE * (size - 2)).translate(table)
    scale = 1 / (deviation * math.sqrt(inputs))
    piece = bytearray()
    for block in range(PIECE):
        piece += struct.pack("<e", scale * generator.uniform(0.75, 1.25))
        piece += numbers[block * (size - 2) : (block + 1) * (size - 2)]
    return bytes(piece)


def _bf16(inputs, generator):
    limit = math.sqrt(3 / inputs)
    values = array.array("f", (generator.uniform(-limit, limit) for _ in range(PIECE * BLOCK))).tobytes()
    upper = bytearray(len(values) // 2)
    upper[0::2], upper[1::2] = values[2::4], values[3::4]
    return bytes(upper)


def _write_repeated(file, piece, count):
    """`count` bytes."""
    for _ in range(count // len(piece)):
        file.write(piece)
    file.write(piece[: count % len(piece)])


def _require_space(folder, count):
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < count + (1 << 30):
        raise OSError(f"{folder}: {count / 1e9:.1f} GB and 1 GB to spare are needed, {free / 1e9:.1f} GB are free")


def _text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def _value(value):
    """A GGUF value with its type in front."""
    if isinstance(value, str):
        return struct.pack("<I", 8) + _text(value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    if isinstance(value, int):
        return struct.pack("<II", 4, value)
    if isinstance(value[0], str):
        number, data = 8, b"".join(map(_text, value))
    else:
        number, letter = (6, "f") if isinstance(value[0], float) else (5, "i")
        data = struct.pack(f"<{len(value)}{letter}", *value)
    return struct.pack("<IIQ", 9, number, len(value)) + data


def _tokenizer(vocabulary):
    """A vocabulary of SentencePiece's kind whose words nobody reads."""
    bytes_ = [f"<0x{value:02X}>" for value in range(256)]
    words = [f"▁word{index}" for index in range(vocabulary - 3 - len(bytes_))]
    tokens = ["<unk>", "<s>", "</s>", *bytes_, *words]
    return {
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.scores": [-float(index) for index in range(vocabulary)],
        "tokenizer.ggml.token_type": [2, 3, 3] + [6] * len(bytes_) + [1] * len(words),
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
        "tokenizer.ggml.unknown_token_id": 0,
    }


def _gguf_header(shape, kind):
    name = shape.architecture
    tensor_type, file_type, block_bytes = KINDS[kind]
    values = {
        "general.architecture": name,
        "general.name": "random weights",
        "general.file_type": file_type,
        f"{name}.context_length": 131072,
        f"{name}.embedding_length": shape.hidden,
        f"{name}.feed_forward_length": shape.inner,
        f"{name}.block_count": shape.layers,
        f"{name}.attention.head_count": shape.heads,
        f"{name}.attention.head_count_kv": shape.kv_heads,
        f"{name}.attention.layer_norm_rms_epsilon": 1e-5,
        f"{name}.rope.dimension_count": shape.head_width,
        f"{name}.rope.freq_base": 10000.0,
        f"{name}.vocab_size": shape.vocabulary,
        **_tokenizer(shape.vocabulary),
    }
    if name == "phi3":
        values["phi3.attention.sliding_window"] = 262144  # none, as Phi-3.5 says it
    infos, sizes, offset = b"", [], 0
    tensors = list(shape.tensors(0))
    for tensor, sides in tensors:
        dense = len(sides) == 1
        size = _elements(sides) * 4 if dense else _elements(sides) // BLOCK * block_bytes
        infos += _text(tensor) + struct.pack("<I", len(sides)) + struct.pack(f"<{len(sides)}Q", *reversed(sides))
        infos += struct.pack("<IQ", F32 if dense else tensor_type, offset)
        sizes.append(size)
        offset += -(-size // 32) * 32
    header = struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(values))
    header += b"".join(_text(key) + _value(value) for key, value in values.items()) + infos
    return header + bytes(-len(header) % 32), [(sides, size) for (_, sides), size in zip(tensors, sizes)]


def make_gguf(path, shape, kind):
    """Writes the file unless it is there. Gives its path."""
    if path.exists():
        return path
    header, tensors = _gguf_header(shape, kind)
    _require_space(path.parent, sum(size for _, size in tensors))
    generator = random.Random(1)
    pieces = {}
    part = path.with_suffix(".part")
    with open(part, "wb") as file:
        file.write(header)
        for sides, size in tensors:
            if len(sides) == 1:
                file.write(struct.pack("<f", 1) * sides[0])
            else:
                if sides[1] not in pieces:
                    pieces[sides[1]] = _blocks(kind, sides[1], generator)
                _write_repeated(file, pieces[sides[1]], size)
            file.write(bytes(-size % 32))
    os.replace(part, path)
    return path


def make_checkpoint(folder, shape):
    """Writes a Hugging Face folder of a phi3 in bf16 unless it is there. Gives its path."""
    if folder.exists():
        return folder
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, sides in shape.tensors(1):
        size = 2 * _elements(sides)
        header[name] = {"dtype": "BF16", "shape": sides, "data_offsets": [offset, offset + size]}
        offset += size
    _require_space(folder.parent, offset)
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    config = {
        "architectures": ["Phi3ForCausalLM"],
        "model_type": "phi3",
        "torch_dtype": "bfloat16",
        "hidden_act": "silu",
        "vocab_size": shape.vocabulary,
        "hidden_size": shape.hidden,
        "intermediate_size": shape.inner,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.kv_heads,
        "max_position_embeddings": 131072,
        "original_max_position_embeddings": 131072,
        "rms_norm_eps": 1e-5,
        "rope_theta": 10000.0,
        "sliding_window": None,
        "tie_word_embeddings": False,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "pad_token_id": 0,
    }
    (part / "config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")
    generator = random.Random(1)
    pieces = {}
    with open(part / "model.safetensors", "wb") as file:
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        file.write(struct.pack("<Q", len(text)) + text)
        for _, sides in shape.tensors(1):
            if len(sides) == 1:
                file.write(b"\x80\x3f" * sides[0])
            else:
                if sides[1] not in pieces:
                    pieces[sides[1]] = _bf16(sides[1], generator)
                _write_repeated(file, pieces[sides[1]], 2 * _elements(sides))
    os.replace(part, folder)
    return folder
