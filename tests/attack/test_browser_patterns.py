"""No text holds a page up: every regular expression of the browser scripts takes linear time."""

import shutil

import pytest
from browser_patterns import ROOT, BrowserPattern, browser_patterns, milliseconds, scripts

SIZE = 10_000
MILLISECONDS = 5.0


@pytest.fixture(scope="module")
def node() -> str:
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not installed")
    return found


def faults(node: str, every: list[BrowserPattern]) -> list[str]:
    """Name the regular expressions that some text is slow on."""
    measured = zip(every, milliseconds(node, every, SIZE), strict=True)
    return [f"{item.where} {took:.0f} ms" for item, took in measured if took > MILLISECONDS]


def test_every_regular_expression_of_the_browser_scripts_takes_linear_time(node):
    every = [
        pattern
        for path in scripts()
        for pattern in browser_patterns(path.read_text("utf-8"), str(path.relative_to(ROOT)))
    ]
    assert len(every) >= 3
    assert faults(node, every) == []


def test_no_browser_script_makes_a_regular_expression_of_a_string():
    assert len(scripts()) >= 3
    assert [path.name for path in scripts() if "RegExp(" in path.read_text("utf-8")] == []


@pytest.mark.parametrize("source", [r"[0-9]+x", r"(?<all>go(?:a|b|ab)*)z", r"^(?:a|aa)+$"])
def test_a_regular_expression_that_is_not_linear_is_found(node, source):
    planted = list(browser_patterns(f"return text.replace(/{source}/gi, '');", "planted"))
    assert [item.source for item in planted] == [source]
    assert len(faults(node, planted)) == 1


@pytest.mark.parametrize(
    ("script", "sources"),
    [
        (r"a.match(/[/\]]+b/u)", [r"[/\]]+b"]),
        ("const half = all / 2 / rest;", []),
        ("open(`${scheme}:/chat/socket`);", []),
        ("f(a, // what follows is a comment / of two\n  b);", []),
        ("const is = (one) => /x\\/y/.test(one);", [r"x\/y"]),
    ],
)
def test_a_regular_expression_is_told_from_a_division_and_a_comment(script, sources):
    assert [pattern.source for pattern in browser_patterns(script, "given")] == sources
