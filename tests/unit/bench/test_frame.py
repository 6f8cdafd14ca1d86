"""The frame of the bench: parts by name, one report, tables in the READMEs."""

from pathlib import Path

import pytest

from bench.__main__ import chosen
from bench.figures import percentile, table
from bench.frame import READMES, ROOT, Bar, Chapter, Part, Run, into_readmes, report, summary
from bench.parts import PARTS


async def nothing(run: Run) -> Chapter:
    return Chapter(about="Nothing.", body="")


DAILY = Part("daily", "Every day", nothing)
RARE = Part("rare", "Elsewhere", nothing, packages=("numpy",), everyday=False)
KEPT = Bar("wait, p95", "12 ms", "< 50 ms", held=True)
MISSED = Bar("share", "33 %", "≥ 35 %", held=False)


def test_parts_have_names_of_their_own_and_most_are_everyday():
    assert len({part.name for part in PARTS}) == len(PARTS)
    assert {"road-in", "push", "broadcast", "live"} <= {p.name for p in PARTS if p.everyday}


def test_without_names_the_everyday_parts_run_and_a_named_one_always():
    assert chosen(None, (DAILY, RARE)) == [DAILY]
    assert chosen("rare, daily", (DAILY, RARE)) == [RARE, DAILY]


def test_an_unknown_part_is_told_with_the_known_ones():
    with pytest.raises(SystemExit, match="nope; there are daily, rare"):
        chosen("nope", (DAILY, RARE))


def test_the_report_says_where_which_bars_and_a_chapter_for_each():
    chapter = Chapter(about="About it.", body="Its tables.", bars=[KEPT, MISSED])
    text = report([(DAILY, chapter), (RARE, Chapter("More.", ""))], quick=False)
    assert "commit " in text
    assert "numpy 2" in text
    assert "| daily | wait, p95 | 12 ms | < 50 ms | yes |" in text
    assert "| daily | share | 33 % | ≥ 35 % | **no** |" in text
    assert text.index("## Every day\n\nAbout it.\n\nIts tables.") < text.index("## Elsewhere")
    assert "quick trial" not in text
    assert "quick trial" in report([], quick=True)
    assert summary([]).count("\n") == 1


def test_a_table_goes_where_the_readme_keeps_it_and_nowhere_else(tmp_path: Path):
    for name in READMES:
        (tmp_path / name).write_text("a\n<!-- bench:daily -->\nold\n<!-- /bench:daily -->\nz")
    into_readmes(DAILY, r"| \1 |", tmp_path)
    for name in READMES:
        text = (tmp_path / name).read_text()
        assert text == "a\n<!-- bench:daily -->\n| \\1 |\n<!-- /bench:daily -->\nz"
    with pytest.raises(ValueError, match="no place for the table of rare"):
        into_readmes(RARE, "", tmp_path)


def test_the_readmes_keep_places_only_for_parts_that_there_are():
    names = {part.name for part in PARTS}
    for readme in READMES:
        kept = (ROOT / readme).read_text().split("<!-- bench:")[1:]
        assert kept
        assert {place.split(" ")[0] for place in kept} <= names


def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed():
    assert percentile(range(1, 101), 0.95) == 95
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([7.0], 0.99) == 7.0
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


def test_columns_of_figures_are_right_aligned():
    assert table(("a", "b"), [("x", 1), ("y", "")]) == "| a | b |\n|---|---:|\n| x | 1 |\n| y |  |"
