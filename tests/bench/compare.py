#!/usr/bin/env python3
"""Measures Fusionscope beside llama.cpp and transformers, on the same weights, in turn, in one run."""

import argparse
import datetime
import json
import os
import pathlib
import shlex
import subprocess
import sys
import time

import machine
import parts
import peers
import report
from measuring import WorkerFailed

EXAMPLE = """
Every program keeps its model ready in a process of its own while a part runs; they take turns, after a round that
warms up. Results are written after each part. Peers, weights and the default results are kept in
~/.cache/fusionscope/bench (FUSIONSCOPE_CACHE names another folder than ~/.cache/fusionscope): 1 GB of peers, up to
26 GB of weights. Nothing is fetched but the peers, PyTorch where the installer's does not fit, and SmolLM2-135M.
With --only, the file's results of other parts stay. The part fidelity measures no time, so it may run beside anything.

Example:
  tests/bench/compare.py --out docs/speed-results.json --page docs/speed.md
"""
IDLE_BELOW = 0.15  # cores at work while nothing is measured


def parse():
    build = peers.SOURCE / "build" / "release" / "bin" / "fusionscope-cli"
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--against", metavar="NAMES", default=",".join(peers.PACKAGES),
        help="peers, with commas (default: %(default)s); none: ours alone")
    add("--only", metavar="PARTS", default=",".join(parts.PARTS),
        help="parts of the run, with commas (default: all: %(default)s)")
    add("--repeats", metavar="N", type=int, default=5, help="counted rounds (default: %(default)s)")
    add("--layers", metavar="N", type=int, default=4,
        help="layers of the 3B shape's 32 that prefill is measured with (default: %(default)s)")
    add("--program", metavar="FILE", type=pathlib.Path, default=build, help="fusionscope-cli (default: %(default)s)")
    add("--out", metavar="FILE", type=pathlib.Path, help="where the results go as JSON")
    add("--page", metavar="FILE", type=pathlib.Path, help="a Markdown page between whose marks the results go too")
    add("--json", action="store_true", help="print JSON in place of Markdown")
    add("--even-if-busy", action="store_true", help="measure though others use the machine, and say so in the results")
    add("--short", action="store_true",
        help="tiny shapes, and peers only where they are installed: shows that everything runs")
    options = parser.parse_args()
    options.only = _known(parser, "--only", options.only, parts.PARTS)
    options.against = _known(parser, "--against", options.against.replace("none", ""), peers.PACKAGES)
    if options.repeats < 1 or options.layers < 1:
        parser.error("--repeats and --layers start at 1")
    if not options.program.exists():
        parser.error(f"{options.program} is missing: build it, or name it with --program")
    return options


def _known(parser, option, text, known):
    names = [name for name in text.split(",") if name]
    for name in names:
        if name not in known:
            parser.error(f"{option}: \"{name}\" is none of {', '.join(known)}")
    return names


def say(text):
    print(text, file=sys.stderr, flush=True)


def require_idle(options):
    """How many cores others use; ends the program when that is too many."""
    busy = machine.busy_cores(0.2 if options.short else 5)
    if busy > IDLE_BELOW and not options.short:
        text = f"Others keep {busy:.1f} cores of this machine at work (load {os.getloadavg()[0]:.1f})"
        if not options.even_if_busy:
            sys.exit(f"compare.py: {text}. Figures would mean nothing: wait, or give --even-if-busy.")
        say(f"{text}: the figures are not to be trusted.")
    return busy


def revision():
    command = ["git", "-C", peers.SOURCE, "describe", "--always", "--dirty"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "of unknown revision"


def results_file(options):
    return options.out or peers.cache_folder() / "results.json"


def earlier(options):
    """The file's results, which parts are added to; None without them, and when everything is measured anew."""
    path = results_file(options)
    if set(options.only) == set(parts.PARTS) or not path.exists():
        return None
    try:
        results = json.loads(path.read_text(encoding="utf-8"))
        if results["short"] == options.short:
            return results
    except (ValueError, LookupError, TypeError):
        pass
    raise OSError(f"{path}: holds no results that these parts could be added to. Name another file with --out.")


def save(options, results):
    path = results_file(options)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(part, path)
    if options.page:
        report.into_page(options.page, report.markdown(results))


FAILURES = (WorkerFailed, OSError, subprocess.CalledProcessError)


def sentence(failure):
    if isinstance(failure, subprocess.CalledProcessError):
        return f"{shlex.join(map(str, failure.cmd))} ended with {failure.returncode}"
    return str(failure)


def measure(options, run, results, now):
    """Puts parts in the place of the same ones in the results, which may be of another run than what is done now."""
    started = time.monotonic()
    for name in options.only:
        part = {"name": name, "rows": [], **{key: now[key] for key in ("started", "revision", "machine")}}
        if name not in parts.UNTIMED:
            part["busy_cores"] = require_idle(options)
        say(f"{name}:")
        try:
            part["rows"] = [report.plain(row) for row in parts.PARTS[name](run)]
        except FAILURES as failure:
            part["failed"] = sentence(failure)
            say(f"  failed: {part['failed']}")
        now["minutes"] = (time.monotonic() - started) / 60
        results["parts"][name] = part
        results["parts"] = {known: results["parts"][known] for known in parts.PARTS if known in results["parts"]}
        results["seconds"].update(run.taken)
        results["phases"].update(run.phases)
        save(options, results)


def main():
    options = parse()
    if options.short:
        options.repeats = 1
        options.against = [peer for peer in options.against if peers.installed(peer)]
    else:
        if not parts.UNTIMED.issuperset(options.only):
            require_idle(options)
        peers.install(options.against, say)
    run = parts.Run(options.program, options.against, options.repeats, options.layers, options.short, say)
    limits = run.limits()
    now = {
        "started": datetime.datetime.now().strftime("%d %B %Y, %H:%M"),
        "minutes": 0,
        "revision": revision(),
        "short": options.short,
        "repeats": options.repeats,
        "idle_below": IDLE_BELOW,
        "peers": {name: version for name, version in peers.versions().items() if options.against},
        "machine": {**limits.pop("machine"), **machine.description()},
        "limits": limits,
        "parts": {},
        "seconds": {},
        "phases": {},
    }
    results = earlier(options) or now
    measure(options, run, results, now)
    measured = {name: results["parts"][name] for name in options.only}
    shown = {**now, "parts": measured, "seconds": run.taken, "phases": run.phases}
    print(json.dumps(shown, indent=1, ensure_ascii=False) if options.json else report.markdown(shown))
    return 1 if any("failed" in part for part in measured.values()) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except FAILURES as failure:
        sys.exit(f"compare.py: {sentence(failure)}")
    except KeyboardInterrupt:
        sys.exit(3)
