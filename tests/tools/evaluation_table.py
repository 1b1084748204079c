"""Prints what `fusionscope-cli evaluate --json` found as Markdown: one table a file, aims and intervals beside.

Example: python3 tests/tools/evaluation_table.py test.json style.json
"""
import json
import sys


def share(found):
    if not found or found["share"] is None:
        return "-", "-", "-"
    return f"{100 * found['share']:.1f} %", f"{100 * found['low']:.1f} - {100 * found['high']:.1f}", str(found["asked"])


def line(*cells):
    print("| " + " | ".join(cells) + " |")


def table(file):
    report = json.load(open(file, encoding="utf-8"))
    print(f"### {report['pictures']} pictures of the split \"{report['split']}\", seed {report['seed']}, {report['wordings']} wordings\n")
    baselines = any("no_picture" in row for row in report["questions"])
    names = ["what", "right", "95 % interval", "of", "most common answer"] + (["no picture"] if baselines else []) + ["aim"]
    line(*names)
    line(*["---"] * len(names))
    for row in report["questions"]:
        right, interval, asked = share(row["answers"])
        if asked == "-":
            continue
        aim = f"{100 * row['aim']:.0f} %" if row.get("aim") else ""
        line(row["name"], right, interval, asked, share(row.get("majority"))[0], *([share(row.get("no_picture"))[0]] if baselines else []), aim)
    for task, parts in report.get("captions", {}).items():
        for part in ("precision", "recall"):
            line(f"things named, `{task}`, {part}", *share(parts[part]), "", *([""] if baselines else []), "")
    for task, parts in report.get("boxes", {}).items():
        line(f"boxes that overlap by half, `{task}`", *share(parts["found"]), "", *([""] if baselines else []), "85 %")
    for task, parts in report.get("reading", {}).items():
        line(f"words of 14 px and more, `{task}`", *share(parts["words_14_px_and_more"]), "", *([""] if baselines else []), "90 %")
        for height in parts["by_height"]:
            if height["letters"] == "9 to 13 px":
                line(f"words of 9 to 13 px, `{task}`", *share(height["words"]), "", *([""] if baselines else []), "60 %")
    print()


for name in sys.argv[1:]:
    table(name)
