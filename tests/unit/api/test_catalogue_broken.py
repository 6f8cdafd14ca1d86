"""What a city is told of its mistakes: all of them, each with file and line."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.catalogue.store.loading import CatalogueInvalid, load_catalogue
from api.catalogue.store.located import CatalogueProblem

TINY = Path(__file__).parents[2] / "cities" / "tiny"

# file, the text there, what is written instead, the part of the file whose line is reported,
# words of the complaint, words of the advice
BROKEN = {
    "a survey about a category that there is not": (
        (
            "city.yml",
            "clocks:\n",
            "survey: { treatment: { categories: ['0201', '7777'] } }\nclocks:\n",
            "7777",
        ),
        ("no category has the code '7777'", "second-level code"),
    ),
    "an unknown key, with a guess at what was meant": (
        ("categories/02-lanes.yml", "    required:", "    requird:", "requird"),
        ("unknown key 'requird'", "did you mean 'required'?"),
    ),
    "an unknown key far from any other": (
        ("city.yml", "  number:", "  xyzzy: 1\n  number:", "xyzzy"),
        ("unknown key 'xyzzy'", "one of: names, number"),
    ),
    "a missing language": (
        ("categories/02-lanes.yml", ", en: Flagstones", "", "names: { zh: 石板路"),
        ("'en' is missing", "add 'en:'"),
    ),
    "an empty text": (
        ("details.yml", "names: { zh: 照片, en: Photo }", 'names: { zh: "", en: Photo }', 'zh: ""'),
        ("'zh' is empty", "write the words"),
    ),
    "a key that stands twice": (
        ("categories/01-brook.yml", '"0102":', '"0101":', '"0101":', 2),
        ("'0101' stands twice", "keep one"),
    ),
    "two files with one first-level code": (
        ("categories/02-lanes.yml", 'code: "02"', 'code: "01"', 'code: "01"'),
        ("first-level code 01 is also that of categories/01-brook.yml", "of its own"),
    ),
    "a second-level code that does not lie under its parent": (
        ("categories/02-lanes.yml", '"0201":', '"0301":', '"0301":'),
        ("0301 does not lie under 02", "'02' and two more digits"),
    ),
    "a code of the wrong shape": (
        ("categories/02-lanes.yml", '"0201":', '"201":', '"201":'),
        ("'201' has the wrong shape", r"^\d{4}$"),
    ),
    "a required detail without a definition": (
        ("categories/02-lanes.yml", "[place, contact]", "[place, colour]", "colour"),
        ("'colour' has no definition", "details.yml"),
    ),
    "a detail both required and optional": (
        ("categories/02-lanes.yml", "[photo]", "[photo, place]", "optional"),
        ("'place' is both required and optional", "once"),
    ),
    "a detail named twice": (
        ("categories/02-lanes.yml", "[place, contact]", "[place, place]", "required"),
        ("'place' stands twice", "say it once"),
    ),
    "one of the dialogue's own details missing": (
        ("details.yml", "  photo:\n", "  picture:\n", "details:"),
        ("no detail 'photo'", "type: photo"),
    ),
    "one of the dialogue's own details with another type": (
        ("details.yml", "    type: time", "    type: text", "  time:", 1, 1),
        ("'time' is of type text", "'type: time'"),
    ),
    "a type that does not exist": (
        ("details.yml", "type: number", "type: integer", "type: integer"),
        ("'integer' is not allowed", "'number'"),
    ),
    "a single prompt": (
        ("details.yml", "zh: [几条船？, 有多少船？]", "zh: [几条船？]", "几条船"),
        ("'zh' has 1 entries", "at least 2"),
    ),
    "the same prompt twice": (
        ("details.yml", "zh: [几条船？, 有多少船？]", "zh: [几条船？, 几条船？]", "几条船"),
        ("'几条船？' stands twice", "other words"),
    ),
    "a choice without choices": (
        ("details.yml", "type: number", "type: choice", "  boats:"),
        ("type choice with 0 choices", "at least two"),
    ),
    "choices on something else": (
        ("details.yml", "type: choice", "type: text", "  shore:"),
        ("choices on a detail of type text", "type: choice"),
    ),
    "a limit nobody can read": (
        ("categories/02-lanes.yml", "limit: 3 working days", "limit: 3 d", "limit:"),
        ("'3 d' is not a limit", "5 working days"),
    ),
    "a limit of nothing": (
        ("city.yml", "help: 3 working days", "help: 0 working days", "help:"),
        ("'0 working days' is not a limit", "a number"),
    ),
    "a clock that is missing": (
        ("city.yml", "  accept: 2 hours\n", "", "clocks:"),
        ("'accept' is missing", "add 'accept:'"),
    ),
    "no limit at all": (
        ("categories/02-lanes.yml", "limit: 3 working days\n", "", '"0201":'),
        ("no 'limit' for 0201", "head of the file"),
    ),
    "no unit type at all": (
        ("categories/02-lanes.yml", "unit_type: street\n", "", '"0201":'),
        ("no 'unit_type' for 0201", "head of the file"),
    ),
    "a unit type that does not exist": (
        ("categories/01-brook.yml", "unit_type: water", "unit_type: fire", "unit_type: fire"),
        ("unknown unit type 'fire'", "units.yml"),
    ),
    "a department that does not exist": (
        ("categories/02-lanes.yml", "department: works", "department: navy", "department:"),
        ("unknown unit type 'navy'", "units.yml"),
    ),
    "a unit type without a unit": (
        ("units.yml", "  works: {",
         "  navy: { names: { zh: 水军, en: Navy }, level: city }\n  works: {", "navy"),
        ("no unit is of type 'navy'", "a unit of this type"),
    ),
    "a unit of an unknown type": (
        ("units.yml", "{ type: works, names: { zh: 小", "{ type: wrks, names: { zh: 小", "wrks"),
        ("unknown unit type 'wrks'", "works"),
    ),
    "a unit that covers nowhere": (
        ("units.yml", 'covers: ["990102"]', 'covers: ["990109"]', "990109"),
        ("covers 990109, which the territory does not have", "territory/*.csv"),
    ),
    "a district's unit without a district": (
        ("units.yml", "type: works, names: { zh: 小", "type: desk, names: { zh: 小", "  WORKS:"),
        ("of level district but covers nothing", "covers:"),
    ),
    "a phone that is real and invented at once": (
        ("units.yml", "phone: 0990-7654321",
         "phone: 0990-7654321, example_phone: 0990-1", "  WORKS"),
        ("both phone and example_phone", "'phone' once"),
    ),
    "units for an ending that no place has": (
        ("units.yml", "ends_with: [区]", "ends_with: [县]", "ends_with: [县]"),
        ("no place is left whose name ends so", "territory/*.csv"),
    ),
    "units of the wrong level": (
        ("units.yml", "    type: desk\n", "    type: works\n", "    type: works"),
        ("'works' is no unit type of level district", "same level"),
    ),
    "a fallback in a circle": (
        ("units.yml", "level: street }", "level: street, falls_back_to: street }", "  street:"),
        ("'street' falls back in a circle", "remove one"),
    ),
    "a fallback to nothing": (
        ("units.yml", "level: street }", "level: street, falls_back_to: moon }", "  street:"),
        ("unknown unit type 'moon'", "types"),
    ),
    "an exclusion without the right door": (
        ("exclusions.yml", "    door:", "    dor:", "  court:"),
        ("'door' is missing", "add 'door:' under"),
    ),
    "a rise that counts what is not a number": (
        ("categories/01-brook.yml", "detail: boats", "detail: shore", "raises:"),
        ("'shore' is not a detail of type number", "counted"),
    ),
    "a rise that counts what is not asked": (
        ("categories/01-brook.yml", "[boats, time]", "[time]", "raises:"),
        ("'boats' is not asked in this category", "'required' or 'optional'"),
    ),
    "a day that is off and worked": (
        ("calendar.yml", "2026-06-06:", "2026-06-01:", "2026-06-01", 2),
        ("2026-06-01 is also under days_off", "keep one"),
    ),
    "a date of another century": (
        ("calendar.yml", "2026-06-06:", "2162-06-06:", "2162-06-06"),
        ("lies in no year that a case is counted in", "2026-05-04"),
    ),
    "a date that is none": (
        ("calendar.yml", "2026-06-06:", "2026-02-30:", "2026-02-30"),
        ("'2026-02-30'", "docs/catalogue.md"),
    ),
    "hours that run backwards": (
        ("calendar.yml", '"08:30-12:00"', '"12:00-08:30"', "hours"),
        ("'12:00-08:30' is not a span of hours", "09:00-12:00"),
    ),
    "hours that overlap": (
        ("calendar.yml", '"13:30-17:30"', '"11:30-17:30"', "hours"),
        ("overlap or run backwards", "in order"),
    ),
    "indentation that is not YAML": (
        ("city.yml", "  consult: 2", " consult: 2", "  suggestion:"),
        ("not YAML", "indentation"),
    ),
    "a community in no street": (
        ("territory/west.csv", "990102101202", "990102909202", "990102909202"),
        ("lies in 990102909, which no file has", "add a row 990102909"),
    ),
    "a territory code of the wrong shape": (
        ("territory/west.csv", "990102101202", "9901021012", "9901021012,"),
        ("'9901021012' is not a territory code", "9 (street)"),
    ),
    "a place that stands in two files": (
        ("territory/west.csv", "990102101202", "990101001001", "990101001001"),
        ("also in territory/east.csv:5", "its own code"),
    ),
    "a street without an English name": (
        ("territory/west.csv", "990102101,岭下镇,Underridge Town", "990102101,岭下镇", "岭下镇"),
        ("990102101 岭下镇 has no English name", "column en"),
    ),
    "an unknown column": (
        ("territory/west.csv", "code,zh,en,aliases", "code,zh,en,nicknames", "code,zh"),
        ("unknown column 'nicknames'", "aliases"),
    ),
    "a comma between aliases": (
        ("territory/east.csv", "Lantern Market,灯市口",
         "Lantern Market,灯市口,灯市", "灯市口,灯市"),
        ("5 cells under 4 columns", "|"),
    ),
    "an overlay over no street": (
        ("territory/west.csv", "code,zh,en,aliases\n990102,西岭区,West Ridge District",
         "code,zh,en,aliases,overlays\n990102,西岭区,West Ridge District,,990101009", "西岭区"),
        ("overlays 990101009, which is no street", "9-character code"),
    ),
}  # fmt: skip


@pytest.fixture
def city(tmp_path: Path) -> Path:
    return shutil.copytree(TINY, tmp_path / "city")


def problems_of(folder: Path) -> tuple[CatalogueProblem, ...]:
    found = problems_in(folder)
    assert found, "the folder is taken for valid"
    return found


def problems_in(folder: Path) -> tuple[CatalogueProblem, ...]:
    try:
        load_catalogue(folder)
    except CatalogueInvalid as error:
        return error.problems
    return ()


def line_of(path: Path, part: str, occurrence: int, further: int) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [number for number, line in enumerate(lines, start=1) if part in line]
    return found[occurrence - 1] + further


@pytest.mark.parametrize("name", BROKEN)
def test_a_mistake_is_reported_with_its_file_and_line(city: Path, name: str) -> None:
    (file, there, instead, part, *more), (what, advice) = BROKEN[name]
    occurrence, further = (*more, *(1, 0)[len(more) :])
    path = city / file
    text = path.read_text(encoding="utf-8")
    assert there in text, "the test no longer breaks anything"
    path.write_text(text.replace(there, instead, 1), encoding="utf-8")

    found = problems_of(city)

    said = [p for p in found if what in p.what]
    assert said, [str(problem) for problem in found]
    assert said[0].file == file
    assert said[0].line == line_of(path, part, occurrence, further)
    assert advice in said[0].instead


def test_every_mistake_in_every_file_is_reported_at_once(city: Path) -> None:
    broken = [
        ("city.yml", "help: 3 working days", "help: soon"),
        ("details.yml", "type: number", "type: integer"),
        ("categories/01-brook.yml", "unit_type: water", "unit_type: fire"),
        ("categories/02-lanes.yml", ", en: Flagstones", ""),
        ("units.yml", 'covers: ["990102"]', 'covers: ["990109"]'),
        ("exclusions.yml", "    door:", "    dor:"),
        ("calendar.yml", '"08:30-12:00"', '"12:00-08:30"'),
        ("territory/west.csv", "990102101202", "9901021012"),
    ]
    for file, there, instead in broken:
        path = city / file
        path.write_text(path.read_text(encoding="utf-8").replace(there, instead), encoding="utf-8")
    found = problems_of(city)
    assert {problem.file for problem in found} == {file for file, _, _ in broken}
    assert [*found] == sorted(found, key=lambda problem: (problem.file, problem.line))


def test_the_error_reads_as_a_list_that_an_editor_can_follow(city: Path) -> None:
    (city / "calendar.yml").write_text("hours: [noon]\n", encoding="utf-8")
    with pytest.raises(CatalogueInvalid) as caught:
        load_catalogue(city)
    first, *rest = str(caught.value).splitlines()
    assert first == f"1 problem(s) in the catalogue {city}:"
    assert rest == [
        "  calendar.yml:1: 'noon' is not a span of hours -> opening and closing: '09:00-12:00'"
    ]


@pytest.mark.parametrize("file", ["city.yml", "details.yml", "units.yml", "calendar.yml"])
def test_a_missing_file_is_named_once(city: Path, file: str) -> None:
    (city / file).unlink()
    found = [problem for problem in problems_of(city) if problem.file == file]
    assert [problem.what for problem in found] == ["the file is missing"]


def test_a_broken_details_file_does_not_blame_the_categories(city: Path) -> None:
    (city / "details.yml").write_text("details: {", encoding="utf-8")
    assert {problem.file for problem in problems_of(city)} == {"details.yml"}


def test_a_folder_without_categories_or_places_says_so(city: Path) -> None:
    shutil.rmtree(city / "categories")
    shutil.rmtree(city / "territory")
    files = {problem.file for problem in problems_of(city)}
    assert {"categories", "territory"} <= files


def test_a_folder_that_does_not_exist_is_one_problem(tmp_path: Path) -> None:
    assert [p.what for p in problems_of(tmp_path / "nowhere")] == ["no such folder"]


@pytest.mark.parametrize("file", ["city.yml", "territory/east.csv"])
def test_another_encoding_is_told_as_such(city: Path, file: str) -> None:
    (city / file).write_bytes("names: 小河市".encode("gb18030"))
    assert any("not UTF-8" in p.what and p.file == file for p in problems_of(city))


def test_a_spreadsheets_byte_order_mark_is_no_mistake(city: Path) -> None:
    for file in ("territory/west.csv", "territory/east.csv", "calendar.yml"):
        path = city / file
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load_catalogue(city).territory.get("990102") is not None


def test_a_file_that_contains_itself_is_refused_and_does_not_hang(city: Path) -> None:
    (city / "city.yml").write_text("code: &a [*a]\n", encoding="utf-8")
    assert any("nested too deep" in problem.what for problem in problems_of(city))


def test_numbers_need_no_quotes(city: Path) -> None:
    path = city / "categories" / "02-lanes.yml"
    text = path.read_text(encoding="utf-8").replace('"02"', "02").replace('"0201"', "0201")
    path.write_text(text, encoding="utf-8")
    assert "0201" in load_catalogue(city).categories


FILES = sorted(str(p.relative_to(TINY)) for p in TINY.rglob("*") if p.suffix in (".yml", ".csv"))
NASTY = [
    "",
    "- ",
    "  - [",
    "{}",
    "null",
    "? ",
    "a: b: c",
    "\t",
    "!!python/object:x {}",
    "*a",
    "<<: {}",
]


@given(
    file=st.sampled_from(FILES),
    at=st.integers(0, 60),
    line=st.one_of(st.sampled_from(NASTY), st.text(max_size=40)),
)
def test_no_line_makes_the_reader_fail_in_another_way(file: str, at: int, line: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        city = shutil.copytree(TINY, Path(folder) / "city")
        lines = (city / file).read_text(encoding="utf-8").splitlines()
        lines[at % len(lines)] = line
        text = "\n".join(lines).encode("utf-8", "surrogatepass")
        (city / file).write_bytes(text)
        problems = problems_in(city)
    for problem in problems:
        assert problem.line >= 1
        assert problem.what
        assert problem.instead


def test_a_city_says_how_often_it_reminds_and_what_it_shows_to_all_units(tmp_path):
    city = shutil.copytree(TINY, tmp_path / "city") / "city.yml"
    plain = city.read_text("utf-8")
    mine = (
        "\nreminders: 3\nreview: { alike_days: 7 }\ncircular: { enough: 4, weights: { late: 3 } }\n"
    )
    city.write_text(plain + mine, "utf-8")
    read = load_catalogue(city.parent).city
    assert (read.reminders, read.review.alike_days, read.review.returns) == (3, 7, 2)
    assert (read.circular.enough, read.circular.urges) == (4, 2)
    assert (read.circular.weights["late"], read.circular.weights["supervised"]) == (3, 2)
    city.write_text(plain + "\ncircular: { weights: { lazy: 3 } }\n", "utf-8")
    with pytest.raises(CatalogueInvalid, match="lazy"):
        load_catalogue(city.parent)
