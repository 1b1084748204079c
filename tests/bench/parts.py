"""What is compared, part by part. Each part gives rows of the table and the seconds behind them."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

import machine
import peers
import scores
import weights
from measuring import Worker, Workers, best_of, plain_environment, ratio, spread, take_turns

SCRIPTS = pathlib.Path(__file__).resolve().parent


@dataclasses.dataclass
class Row:
    """One aim beside what was measured."""

    figure: str
    aim: str
    measured: str
    reached: bool | None  # None: nothing to be reached, or nothing to compare with
    values: dict  # for JSON


def times(value):
    """A ratio with its spread."""
    text = f"{value['median']:.2f} ×"
    if "least" in value and value["count"] > 1:
        text += f" ({value['least']:.2f} to {value['most']:.2f})"
    return text


def percent(share):
    return f"{100 * share:.0f} %"


def rate(taken, tokens):
    """Tokens a second out of seconds, with their spread."""
    return _spread_text([tokens / value for value in taken], "tokens/s")


def seconds(taken):
    return _spread_text(taken, "s")


def _spread_text(values, unit):
    one = spread(values)
    text = f"{one['median']:.3g} {unit}"
    if one["count"] > 1:
        text += f" ({one['least']:.3g} to {one['most']:.3g})"
    return text


class Run:
    """What all parts share: the programs, the weights, how often and how much."""

    def __init__(self, program, against, repeats, layers, short, say):
        self.program = pathlib.Path(program)
        self.against = against
        self.repeats = repeats
        self.short = short
        self.say = say
        self.context, self.tokens = (24, 3) if short else (600, 16)
        self.layers = 2 if short else layers
        self.threads = machine.cores()
        self.models = peers.cache_folder() / ("tiny" if short else "models")
        self.taken = {}   # seconds by part, step and label; later parts may use what earlier ones measured
        self.phases = {}  # what `bench --counters` printed, by model

    # Weights.

    def phi(self, layers=None):
        shape = weights.TINY if self.short else weights.PHI_3B
        return dataclasses.replace(shape, layers=layers) if layers else shape

    def gguf(self, shape, kind):
        path = self.models / f"{shape.architecture}-{shape.layers}-layers-{kind}.gguf"
        if not path.exists():
            self.say(f"  writing {path}")
        return weights.make_gguf(path, shape, kind)

    def requantised(self, file, kind):
        """A GGUF file in another block format, written by llama.cpp."""
        path = self.models / f"{file.stem}-{kind.lower()}.gguf"
        if not path.exists():
            self.say(f"  writing {path}")
            self.models.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part")
            command = [peers.python(), SCRIPTS / "requantise.py", file, part, kind]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            part.replace(path)
        return path

    def checkpoint(self, shape):
        path = self.models / f"{shape.architecture}-{shape.layers}-layers"
        if not path.exists():
            self.say(f"  writing {path}")
        return weights.make_checkpoint(path, shape)

    def made_checkpoint(self, name):
        """One that tests/tools/make_checkpoint writes."""
        path = self.models / name
        if not path.exists():
            self.say(f"  writing {path}")
            self.models.mkdir(parents=True, exist_ok=True)
            command = [self.program.with_name("make_checkpoint"), name, path]
            command += ["--scale", "tiny" if self.short else "full"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return path

    # Programs. The options behind the model's are those that all of them know.

    def ours(self, workers, model, form="", dtype="auto", **options):
        """As it loads a model by itself, which leaves the blocks of a GGUF file as they are, or in a type."""
        command = [self.program, "bench", "--steps", "--dtype", dtype, *self._sizes(options)]
        if model:
            command += ["--model", model]
        return workers.start(f"Fusionscope {form}".strip(), "ours", [str(word) for word in command])

    def llama(self, workers, model, label, threads=None, **options):
        """None when it is not to be compared with."""
        if "llama.cpp" not in self.against:
            return None
        return self._peer(workers, "llama", label, ["--model", model, "--threads", threads or self.threads], options)

    def transformers(self, workers, dtype, arguments, **options):
        if "transformers" not in self.against:
            return None
        arguments = ["--dtype", dtype, "--threads", self.threads, *arguments]
        return self._peer(workers, "transformers", f"transformers {dtype}", arguments, options)

    def _peer(self, workers, name, label, arguments, options):
        command = [peers.python(), SCRIPTS / f"{name}_worker.py", *arguments, *self._sizes(options)]
        return workers.start(label, label.split()[0], [str(word) for word in command])

    def _sizes(self, options):
        sizes = {"context": self.context, "tokens": self.tokens, **options}
        return [word for name, value in sizes.items() for word in (f"--{name}", value)]

    # Measurements.

    def turns(self, part, step, workers, warm=False):
        """Of those workers that are there."""
        workers = [worker for worker in workers if worker]
        taken = take_turns(workers, step, self.repeats, self.say, warm)
        self.taken.setdefault(part, {})[step] = taken
        return taken, workers

    def limits(self):
        """What bounds this machine, measured now by a process of its own, whose buffer nobody else pays for."""
        worker = Worker("limits", "ours", [str(self.program), "bench", "--steps"])
        try:
            return {**worker.ask("limits"), "machine": worker.ready["machine"]}
        finally:
            worker.close()

    def bandwidth(self):
        return self.limits()["bandwidth"]


def compared(figure, aim, least, taken, worker, workers, group, tokens=0):
    """A row for how many times as fast as a peer's best variant ours is. Without tokens the figures are seconds."""
    ours, peer = taken[worker.label], best_of(workers, group, taken)
    detail = rate(ours, tokens) if tokens else seconds(ours)
    if not peer:
        return Row(figure, aim, f"{detail}; not compared", None, {"ours": spread(ours)})
    theirs = taken[peer]
    faster = ratio(theirs, ours)
    text = f"**{times(faster)}**: {detail}; {peer} {rate(theirs, tokens) if tokens else seconds(theirs)}"
    values = {"ratio": faster, "ours": spread(ours), "theirs": spread(theirs), "peer": peer}
    return Row(figure, aim, text, faster["median"] >= least, values)


# Parts. Decoding.


def decode(run, part, kind, name, least, share, busy=False):
    """Decoding from one GGUF file, alone and perhaps beside a process that uses one core; memory."""
    shape = run.phi()
    model = run.gguf(shape, kind)
    read = weights.bytes_per_weight(kind) * shape.read_per_token + shape.cache_bytes(run.context)
    with Workers() as workers:
        bandwidths = [run.bandwidth()]
        ours = run.ours(workers, model, kind.upper())
        llama = run.llama(workers, model, f"llama.cpp {kind.upper()}")
        taken, running = run.turns(part, "decode", [ours, llama])
        figure = f"decode {name}, 3B shape, context {run.context}"
        bandwidths.append(run.bandwidth())
        aim = f"≥ {least} × llama.cpp {kind.upper()}"
        rows = [
            compared(figure, aim, least, taken, ours, running, "llama.cpp", run.tokens),
            share_of_memory(figure, share, read * run.tokens, taken[ours.label], bandwidths),
            peak_memory(name, model.stat().st_size, ours, llama),
        ]
        if busy:
            rows.append(beside_another(run, part, ours, llama, taken, name))
    return rows


def share_of_memory(figure, least, read, taken, bandwidths):
    """How fast the bytes that must be read were read, of how fast they can be."""
    shares = [read / value / max(bandwidths) for value in taken]
    reached = statistics.median(shares)
    text = f"**{percent(reached)}** ({percent(min(shares))} to {percent(max(shares))})"
    text += f" of {max(bandwidths) / 1e9:.1f} GB/s"
    values = {"shares": spread(shares), "bandwidth": bandwidths}
    return Row(f"{figure}, of the memory's speed", f"≥ {percent(least)}", text, reached >= least, values)


def peak_memory(name, held, ours, llama):
    peaks = {worker.label: worker.loaded_peak_bytes() / held for worker in (ours, llama) if worker}
    text = f"**{peaks[ours.label]:.2f}** of {held / 1e9:.2f} GB"
    if llama:
        text += f"; {llama.label} {peaks[llama.label]:.2f}"
    return Row(f"peak memory / weights, {name}", "≤ 1.15", text, peaks[ours.label] <= 1.15, peaks)


def beside_another(run, part, ours, llama, alone, name):
    """Decoding while another process uses one core."""
    spinning = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        busy, _ = run.turns(part + ", one core taken", "decode", [ours, llama], warm=True)
    finally:
        spinning.kill()
        spinning.wait()
    kept = {label: ratio(alone[label], busy[label])["median"] for label in busy}
    own = kept[ours.label]
    text = f"keeps **{percent(own)}**, {rate(busy[ours.label], run.tokens)}"
    if llama:
        text += f"; {llama.label} keeps {percent(kept[llama.label])}, {rate(busy[llama.label], run.tokens)}"
    return Row(f"decode {name} beside a process that uses one core", "keeps ≥ 45 %", text, own >= 0.45, kept)


def decode4(run):
    return decode(run, "decode4", "q4_0", "4 bit", 2, 0.75, busy=True)


def decode8(run):
    return decode(run, "decode8", "q8_0", "8 bit", 1.8, 0.8)


def smollm2_file(run):
    """The real SmolLM2-135M in Q4_1; None where the short form, which fetches nothing, does not find it."""
    script = SCRIPTS.parent.parent / "installer" / "smollm2"
    file = peers.cache_folder().parent / "smollm2-real" / "smollm2.gguf"
    if not file.exists() and not run.short:
        subprocess.run(["sh", script, file.parent], check=True, stdout=subprocess.DEVNULL)
    return file if file.exists() else None


def smollm2(run):
    """The real SmolLM2-135M in Q4_1."""
    file = smollm2_file(run) or run.gguf(run.phi(), "q4_0")
    sizes = {} if run.short else {"context": 512, "tokens": 64}
    context, tokens = sizes.get("context", run.context), sizes.get("tokens", run.tokens)
    with Workers() as workers:
        ours = run.ours(workers, file, "Q4_1", **sizes)
        counts = sorted({1, run.threads})
        labels = {count: f"llama.cpp Q4_1, {count} thread{'s' * (count > 1)}" for count in counts}
        llamas = [run.llama(workers, file, label, count, **sizes) for count, label in labels.items()]
        taken, running = run.turns("smollm2", "decode", [ours, *llamas])
        read, _ = run.turns("smollm2", "prefill", [ours, *llamas])
    figure, aim = f"decode SmolLM2-135M, context {context}", "≥ 1.5 × llama.cpp's better thread count"
    beside = compared(f"prefill {context}, SmolLM2-135M", "none", 0, read, ours, running, "llama.cpp", context)
    return [
        compared(figure, aim, 1.5, taken, ours, running, "llama.cpp", tokens),
        dataclasses.replace(beside, reached=None),
    ]


# What comes next, by programs that read the same tokens.

READINGS = {"read-texts": "read at once", "answer-texts": "answered token by token"}


def fidelity(run):
    """How far what comes next is from what fp32 says of the same numbers: SmolLM2's file, and others made of it."""
    file = smollm2_file(run)
    if not file:
        text = "skipped: installer/smollm2 fetches the model"
        return [Row("mean KL to fp32, SmolLM2-135M", "no worse than llama.cpp's", text, None, {})]
    texts = scores.texts(2, 8) if run.short else scores.texts(20, 32)
    ours, llama, transformers = distances(run, file, texts)
    rows = likeness_rows("Q4_1", ours, llama)
    answered = ours["answer-texts"].answered
    text, reached = f"**{answered} of {len(texts)}**", None
    if llama:
        text += f"; llama.cpp {llama['answer-texts'].answered}"
        reached = answered >= llama["answer-texts"].answered
    figure = "greedy answers that are fp32's, SmolLM2-135M Q4_1"
    rows.append(Row(figure, "no fewer than llama.cpp's", text, reached, {}))
    if transformers:
        figure, aim = "mean KL of transformers in fp32 to ours", "≤ 1e-8: what others are compared with is right"
        check = transformers["read-texts"]
        rows.append(Row(figure, aim, f"**{likeness(check)}**", check.mean <= 1e-8, dataclasses.asdict(check)))
    for kind in ("Q4_0", "Q8_0") if llama else ():
        rows += likeness_rows(kind, *distances(run, run.requantised(file, kind), texts[::2], checked=False)[:2])
    return rows


def distances(run, file, texts, checked=True):
    """Of ours, llama.cpp and, if it is asked to check, transformers in fp32; None of those that are not there."""
    longest = max(len(text["prompt"] + text["answer"]) for text in texts)
    run.models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=run.models) as folder:
        exact, found, listed = (pathlib.Path(folder, name) for name in ("exact", "found", "texts.json"))
        listed.write_text(json.dumps(texts), encoding="utf-8")

        def distance(worker, step):
            run.say(f"  {file.name}: {step}, {worker.label}")
            worker.ask(step)
            return scores.distance(exact, found, texts)

        def of(start, *arguments, steps=READINGS):
            with Workers() as workers:
                worker = start(workers, *arguments, texts=listed, scores=found, context=longest)
                return worker and {step: distance(worker, step) for step in steps}

        with Workers() as workers:
            run.ours(workers, file, "fp32", "fp32", texts=listed, scores=exact, context=longest).ask("read-texts")
        ours = of(run.ours, file)
        llama = of(run.llama, file, "llama.cpp", 1)  # its threads wait for each other where others use the cores
        check = of(run.transformers, "fp32", ["--model", file], steps=["read-texts"]) if checked else None
    return ours, llama, check


def likeness(one):
    return f"{one.mean:.1e} nats (at most {one.most:.1e}), the same token in {one.same} of {one.places}"


def likeness_rows(kind, ours, llama):
    rows = []
    for step, reading in READINGS.items():
        own, theirs = ours[step], llama and llama[step]
        text = f"**{likeness(own)}**; " + (f"llama.cpp {likeness(theirs)}" if theirs else "not compared")
        values = {"ours": dataclasses.asdict(own), "llama.cpp": theirs and dataclasses.asdict(theirs)}
        reached = own.mean <= theirs.mean if theirs else None
        figure = f"mean KL to fp32, SmolLM2-135M {kind}, {reading}"
        rows.append(Row(figure, "no worse than llama.cpp's", text, reached, values))
    return rows


# Prompts and pictures.


def prefill(run):
    """Reading a prompt with few layers of the 3B shape: all layers cost the same, and a run has an end."""
    shape = run.phi(run.layers)
    folder, files = run.checkpoint(shape), {kind: run.gguf(shape, kind) for kind in ("q4_0", "q8_0")}
    with Workers() as workers:
        ours = {
            "bf16": run.ours(workers, folder, "bf16"),
            "4 bit": run.ours(workers, files["q4_0"], "Q4_0"),
            "8 bit": run.ours(workers, files["q8_0"], "Q8_0"),
        }
        others = [run.llama(workers, files[kind], f"llama.cpp {kind.upper()}") for kind in files]
        others += [run.transformers(workers, dtype, ["--model", folder]) for dtype in ("bf16", "fp32")]
        taken, running = run.turns("prefill", "prefill", [*ours.values(), *others])
    rows = []
    for name, worker in ours.items():
        figure = f"prefill {run.context}, {run.layers} layers of the 3B shape, {name}"
        for peer, least in (("transformers", 1.5), ("llama.cpp", 4)):
            aim = f"≥ {least} × {peer}"
            rows.append(compared(figure, aim, least, taken, worker, running, peer, run.context))
    return rows


def tower(run):
    """DaViT and the projection of Florence-2-large: one picture, and four at once."""
    folder = run.made_checkpoint("florence-2-large")
    arguments = ["--tiny", "--side", 192] if run.short else []
    with Workers() as workers:
        ours = run.ours(workers, folder)
        others = [run.transformers(workers, dtype, arguments) for dtype in ("bf16", "fp32")]
        one, running = run.turns("tower", "encode", [ours, *others])
        four, _ = run.turns("tower", "encode-four", [ours], warm=True)
    figure = "tower of Florence-2-large, 768²"
    rows = [compared(figure, "≥ 2 × transformers, SDPA", 2, one, ours, running, "transformers")]
    gain = ratio([4 * value for value in one[ours.label]], four[ours.label])
    text = f"**{times(gain)}**: {seconds(four[ours.label])}"
    rows.append(Row("four pictures at once", "better than four times one", text, gain["median"] > 1, {"gain": gain}))
    return rows


def first(run):
    """First tokens of Florence-VL 3B's shape with 4-bit weights.

    transformers has no Florence-VL: what it would need is the sum of its parts, measured in the parts `tower` and
    `prefill`, and here of the three prompts and the projector.
    """
    folder = run.made_checkpoint("florence-vl-3b")
    arguments = ["--tiny", "--side", 192, "--hidden", 192] if run.short else []
    with Workers() as workers:
        ours = run.ours(workers, folder, "int4", "int4")
        taken, _ = run.turns("first", "first-token", [ours])
        again, _ = run.turns("first", "second-question", [ours])
    rest = transformers_sum(run, arguments)
    new, second = taken[ours.label], again[ours.label]
    figure = "first token after a new picture, Florence-VL 3B shape, 4 bit"
    if rest:
        share = statistics.median(new) / rest["sum"]
        text = f"**{share:.2f}** of it: {seconds(new)}; transformers {rest['sum']:.3g} s as the sum of its parts"
        row = Row(figure, "≤ half of transformers'", text, share <= 0.5, {"ours": spread(new), "transformers": rest})
    else:
        row = Row(figure, "≤ half of transformers'", f"{seconds(new)}; not compared", None, {"ours": spread(new)})
    text = f"**{seconds(second)}**, {100 * statistics.median(second) / statistics.median(new):.1f} % of a new picture's"
    aim = "no tower, no prefix: the run fails if the tower runs"
    return [row, Row("second question on the same picture", aim, text, True, {"ours": spread(second)})]


def transformers_sum(run, arguments):
    """None where a part was not measured."""

    def taken_in(part, step):
        return run.taken.get(part, {}).get(step, {})

    def best(taken):
        values = [statistics.median(value) for label, value in taken.items() if label.startswith("transformers")]
        return min(values, default=None)

    parts = {"tower": best(taken_in("tower", "encode")), "prefill": best(taken_in("prefill", "prefill"))}
    if None in parts.values():
        run.say("  transformers' sum needs the parts tower and prefill in the same run")
        return None
    parts["prefill"] *= run.phi().layers / run.layers
    with Workers() as workers:
        variants = [run.transformers(workers, dtype, arguments) for dtype in ("bf16", "fp32")]
        taken, _ = run.turns("first", "breadth", variants)
    parts["breadth"] = best(taken)
    return {**parts, "sum": sum(parts.values())}


# Ours alone.


def bundled(run):
    """The model that comes with the program, as it is loaded by itself."""
    with Workers() as workers:
        ours = run.ours(workers, None, context=64, tokens=64)
        new, _ = run.turns("bundled", "first-token", [ours])
        taken, _ = run.turns("bundled", "decode", [ours])
    value, speed = statistics.median(new[ours.label]), 64 / statistics.median(taken[ours.label])
    texts = [f"**{seconds(new[ours.label])}**", f"**{rate(taken[ours.label], 64)}**"]
    values = [spread(new[ours.label]), spread(taken[ours.label])]
    return [
        Row("bundled model, first token after a picture", "≤ 0.3 s", texts[0], value <= 0.3, values[0]),
        Row("bundled model, decode", "≥ 100 tokens/s", texts[1], speed >= 100, values[1]),
    ]


def large(run):
    """Whether an 8B shape in 4 bit needs less than 8 GB."""
    shape = weights.TINY_LLAMA if run.short else weights.LLAMA_8B
    model = run.gguf(shape, "q4_0")
    tokens = 8
    with Workers() as workers:
        ours = run.ours(workers, model, "Q4_0", context=64, tokens=tokens)
        taken = ours.seconds("decode")
        peak = ours.loaded_peak_bytes() + ours.ready["resident_bytes"]
    held = model.stat().st_size / 1e9
    text = f"**{peak / 1e9:.2f} GB**, the program itself included; weights {held:.2f} GB, {tokens / taken:.3g} tokens/s"
    return [Row("8B shape, 4 bit: peak memory", "runs in 8 GB", text, peak <= 8e9, {"peak": peak})]


def counters(run):
    """No rows: what our steps consist of, by `bench --counters`, with the layers that `prefill` reads."""
    measured = {
        f"{run.layers} layers of the 3B shape, Q4_0": run.gguf(run.phi(run.layers), "q4_0"),
        "Florence-2-large": run.made_checkpoint("florence-2-large"),
    }
    for name, model in measured.items():
        run.say(f"  counting {name}")
        command = [run.program, "bench", "--counters", "--json", "--model", model]
        command += ["--context", str(run.context), "--tokens", str(run.tokens)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=plain_environment())
        counted = json.loads(done.stdout)
        counted["model"] = name  # not where it lies on this machine
        run.phases[name] = counted
    return []


_ALL = (decode4, decode8, smollm2, fidelity, prefill, tower, first, bundled, large, counters)
PARTS = {part.__name__: part for part in _ALL}
UNTIMED = {"fidelity"}  # count the same however busy the machine is
