"""Prints what tests/tools/evaluations.sh found as the Markdown tables of a model's card.

Files that are not there make no column; test.json and test-2.json, of other seeds, are added up. Example: python3 tests/tools/evaluation_table.py results --beside prototype.json
"""
import argparse
import functools
import json
import math
import pathlib

SPLITS = ["style", "fonts", "words", "pairs", "photos", "wordings"]
OUTSIDE = ["fashion", "digits"]
# The rows that stand for a kind in the table of all splits.
KINDS = ["existence", "count", "colour", "where", "relation", "compare", "category", "scene", "list", "read", "chart value",
         "chart most", "chart least", "boxes", "unanswerable"]


def wilson(right, asked):
    """As `evaluate` computes its intervals."""
    z, share = 1.959964, right / asked
    centre, spread = share + z * z / (2 * asked), z * math.sqrt(share * (1 - share) / asked + z * z / (4 * asked * asked))
    return [(centre + sign * spread) / (1 + z * z / asked) for sign in (-1, 1)]


def added(a, b):
    """Two reports, or parts of reports, with all that was counted added up."""
    if isinstance(a, dict) and "asked" in a:
        sum_ = {"right": a["right"] + b["right"], "asked": a["asked"] + b["asked"], "share": None, "low": None, "high": None}
        if sum_["asked"]:
            sum_["share"] = sum_["right"] / sum_["asked"]
            sum_["low"], sum_["high"] = wilson(sum_["right"], sum_["asked"])
        return sum_
    if isinstance(a, dict):
        both = {**b, **a}
        both.update({key: added(a[key], b[key]) for key in a.keys() & b.keys()})
        if "pictures" in a:
            both.update(pictures=a["pictures"] + b["pictures"], seed=f"{a['seed']} and {b['seed']}")
        return both
    if isinstance(a, list) and a and isinstance(a[0], dict):
        key = next(name for name in ("name", "letters") if name in a[0])
        others = {row[key]: row for row in b}
        return [added(row, others.pop(row[key])) if row[key] in others else row for row in a] + list(others.values())
    return a


def percent(found):
    return f"{100 * found['share']:.1f} %" if found and found["asked"] else "-"


def interval(found):
    return f"{100 * found['low']:.1f} - {100 * found['high']:.1f}"


def line(*cells):
    print("| " + " | ".join(cells) + " |")


def head(*names):
    line(*names)
    line(*["---"] * len(names))


def shares(report):
    """Every measured share of a report with its name and aim: [(name, share, aim, row)]."""
    for row in report["questions"]:
        yield row["name"], row["answers"], row.get("aim"), row
    for task, parts in report.get("captions", {}).items():
        for part in ("precision", "recall"):
            yield f"things named, `{task}`, {part}", parts[part], None, {}
    for task, parts in report.get("boxes", {}).items():
        yield f"boxes that overlap by half, `{task}`", parts["found"], 0.85, {}
    for task, parts in report.get("reading", {}).items():
        name = task if task == "tesseract" else f"`{task}`"
        yield f"words of 14 px and more, {name}", parts["words_14_px_and_more"], 0.9, {}
        for height in parts["by_height"]:
            if height["letters"] == "9 to 13 px":
                yield f"words of 9 to 13 px, {name}", height["words"], 0.6, {}


def whole_table(test, compared, beside):
    print(f"### {test['pictures']:,} pictures of the split \"{test['split']}\", seed {test['seed']}, {test['wordings']} wordings\n")
    names = ["what", "right", "95 % interval", "of", "aim", "most common answer"]
    blind = {row["name"]: row.get("without_picture") for row in compared["questions"]} if compared else {}
    other = {name: share for name, share, _, _ in shares(beside)} if beside else {}
    if compared:
        names.append(f"no picture ({compared['pictures']})")
    if beside:
        names.append(f"prototype ({beside['pictures']})")
    head(*names)
    rows = list(shares(test))
    if compared:
        rows += [row for row in shares(compared) if "tesseract" in row[0]]
    for name, share, aim, row in rows:
        if not share["asked"]:
            continue
        cells = [name, percent(share), interval(share), str(share["asked"]), f"{100 * aim:.0f} %" if aim else "",
                 percent(row["majority"]) if row.get("majority") else ""]
        if compared:
            cells.append(percent(blind[name]) if blind.get(name) else "")
        if beside:
            cells.append(percent(other[name]) if other.get(name) else "")
        line(*cells)
    print()


def split_table(reports):
    found = {name: {row["name"]: row["answers"] for row in report["questions"]} for name, report in reports.items()}
    head("what", *(f"{name} ({report['pictures']})" for name, report in reports.items()))
    for kind in KINDS:
        cells = [rows.get(kind) for rows in found.values()]
        line(kind, *(f"{100 * share['share']:.0f} % of {share['asked']}" if share and share["asked"] else "-" for share in cells))
    print()


def outside_table(read):
    head("others' pictures and photographs", "right", "95 % interval", "of")
    for name in OUTSIDE:
        report = read(name)
        for row, share, _, _ in shares(report) if report else []:
            if share["asked"]:
                line(f"{name}: {row}", percent(share), interval(share), str(share["asked"]))
    if report := read("photographs"):
        for key in ("main_thing_named", "main_thing_named_by_caption_task", "free_questions_sensible"):
            line(key.replace("_", " "), percent(report[key]), interval(report[key]), str(report[key]["asked"]))
    print()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, help="what evaluations.sh wrote")
    parser.add_argument("--beside", type=pathlib.Path, help="what evaluate --json said of another model, for a column")
    options = parser.parse_args()

    def read(name):
        files = sorted(options.folder.glob(f"{name}.json")) + sorted(options.folder.glob(f"{name}-*.json"))
        return functools.reduce(added, [json.loads(file.read_text()) for file in files]) if files else None

    test = read("test")
    whole_table(test, read("compared"), json.loads(options.beside.read_text()) if options.beside else None)
    splits = {name: read(name) for name in ["test", *SPLITS]}
    split_table({name: report for name, report in splits.items() if report})
    outside_table(read)


if __name__ == "__main__":
    main()
