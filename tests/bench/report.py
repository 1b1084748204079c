"""The results as Markdown."""

import dataclasses

BEGIN, END = "<!-- results: written by tests/bench/compare.py -->", "<!-- end of results -->"


def markdown(results):
    return "\n\n".join(part for part in (about(results), table(results), phases(results)) if part)


def about(results):
    machine, limits = results["machine"], results["limits"]
    peers = ", ".join(f"{name} {version}" for name, version in sorted(results["peers"].items())) or "none"
    lines = [
        f"**The machine.** {machine['processor']}, {machine['cores']} cores, {machine['instructions']}, "
        f"{machine['memory_bytes'] / 1e9:.0f} GB, {machine['system']}; memory {limits['bandwidth'] / 1e9:.1f} GB/s, "
        f"products {limits['matrix_rate'] / 1e9:.0f} GFLOP/s.",
        f"**The programs.** Fusionscope {results['revision']} with {machine['library']}; {peers}. "
        f"{results['started']}, {results['minutes']:.0f} minutes, {results['repeats']} rounds after one to warm up.",
    ]
    lines += _measured_apart(results)
    busy = [part["busy_cores"] for part in results["parts"].values() if "busy_cores" in part]
    if busy and max(busy) > results["idle_below"]:
        lines.append(f"**Not idle.** Others kept up to {max(busy):.1f} cores at work: this only shows that it runs.")
    if results["short"]:
        lines.append("**The short form**: tiny shapes, which show nothing but that everything runs.")
    return "\n\n".join(lines)


def _measured_apart(results):
    """Of parts that were measured again later, what differs from the whole run."""
    runs = {}
    for name, part in results["parts"].items():
        if part.get("started", results["started"]) != results["started"]:
            where = f"{part['machine']['processor']}, {part['machine']['instructions']}"
            text = f"Fusionscope {part['revision']}, {part['started']}, {where}"
            runs.setdefault(text, []).append(name)
    if not runs:
        return []
    return ["**Measured apart.** " + "; ".join(f"{', '.join(names)}: {text}" for text, names in runs.items()) + "."]


def table(results):
    lines = ["| figure | aim | measured | |", "| --- | --- | --- | --- |"]
    for part in results["parts"].values():
        for row in part["rows"]:
            mark = {True: "reached", False: "**not reached**", None: ""}[row["reached"]]
            lines.append(f"| {row['figure']} | {row['aim']} | {row['measured']} | {mark} |")
        if "failed" in part:
            lines.append(f"| {part['name']} | | failed: {part['failed']} | |")
    return "\n".join(lines)


def phases(results):
    """One table a step: the longest phases first, what is below 1 % of the step in one line."""
    texts = []
    for model, counted in results["phases"].items():
        for step, list_ in counted["phases"].items():
            whole = sum(phase["seconds"] for phase in list_)
            lines = [f"### {step}, {model}: {whole:.3g} s", ""]
            lines += ["| phase | time | share | of the limit |", "| --- | --- | --- | --- |"]
            small = 0
            for phase in list_:
                share = phase["seconds"] / whole
                if share < 0.01:
                    small += share
                    continue
                name = phase["name"] or "the rest"
                lines.append(f"| {name} | {phase['seconds']:.3g} s | {100 * share:.0f} % | {_limit(phase)} |")
            if small:
                lines.append(f"| all smaller ones | {small * whole:.3g} s | {100 * small:.0f} % | |")
            texts.append("\n".join(lines))
    return "\n\n".join(texts)


def _limit(phase):
    if not phase["share_of_limit"]:
        return ""
    return f"{100 * phase['share_of_limit']:.0f} % of the {'memory' if phase['bytes'] else 'products'}"


def into_page(page, text):
    """Puts the results between the page's two marks."""
    content = page.read_text(encoding="utf-8")
    before, begin, rest = content.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise OSError(f"{page}: has no place for results; it would stand between {BEGIN} and {END}")
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def plain(row):
    return dataclasses.asdict(row)
