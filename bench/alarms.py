"""Count alarms of the emergency detection in real messages; each alarm was judged by a person.

    python -m bench.alarms ../shared/data docs/reports/nlu-alarms.md

The messages are not repeated: rows are named, and `alarms.yml` holds a person's judgement of each.
A row without a judgement is listed as such. Needs the files of real messages.
"""

import csv
import sys
from collections import Counter
from pathlib import Path

import yaml

from nlu.danger.emergency import detect

FILES = ("messages_dev.csv", "hot_issues/messages.csv")
_UNJUDGED = "not judged"


def report(data: Path) -> str:
    """Make the report as Markdown. Rows count from 0 below the header.

    Raises:
        FileNotFoundError: a file of messages is not under `data`.
    """
    judged = yaml.safe_load(Path(__file__).with_name("alarms.yml").read_text(encoding="utf-8"))
    lines = [
        "# Alarms on real messages",
        "",
        "Made by `python -m bench.alarms DATA FILE`. Title and detail read as one message.",
        "These are letters to a city's leaders, days old when read: hardly any tells of danger.",
        "",
        *(f"- **{sort}**: {meaning}" for sort, meaning in judged["sorts"].items()),
    ]
    for name in FILES:
        with (data / name).open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        alarms = []
        for place, row in enumerate(rows):
            found = detect(f"{row['title']}。{row['detail'].strip()}")
            if found:
                alarms.append((place, found.kind, judged[name].get(place, _UNJUDGED)))
        sorts = Counter(sort for _, _, sort in alarms).most_common()
        lines += [
            "",
            f"## {name}",
            "",
            f"{len(alarms)} alarms on {len(rows)} messages: {1000 * len(alarms) / len(rows):.1f} in"
            " 1,000 (" + ", ".join(f"{sort} {count}" for sort, count in sorts) + ").",
            "",
            "| row | heard as | judged |",
            "|---|---|---|",
            *(f"| {place} | {kind} | {sort} |" for place, kind, sort in alarms),
        ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(report(Path(sys.argv[1])), encoding="utf-8")
