"""Docstrings are short and plain: the rule of CONTRIBUTING.md, as far as a test can check it."""

import ast
import re
from collections.abc import Iterator

from house import modules

LONGEST = 25
"""Words of a docstring's first sentence."""

END = re.compile(r"\.\s|\n\n")
GIVEN_UP = re.compile(
    r"\b(whoever|tak(?:e|es|en) up|(?:is|are) heard|stands? still|g[ai]ves? way|likeliest"
    r"|(?:this|the) house|this room|other rooms)\b",
    re.IGNORECASE,
)
DEFINITIONS = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def docstrings() -> Iterator[tuple[str, str]]:
    """Yield the place and the text of every docstring of the product."""
    for path in modules().values():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, DEFINITIONS) and (text := ast.get_docstring(node)):
                yield f"{path}:{getattr(node, 'lineno', 1)}", text


def words(text: str) -> int:
    """Count the words of a docstring's first sentence."""
    return len(END.split(text, maxsplit=1)[0].split())


def test_the_first_sentence_of_a_docstring_has_at_most_25_words():
    found = list(docstrings())
    assert len(found) > 3000
    assert [place for place, text in found if words(text) > LONGEST] == []


def test_a_docstring_has_no_phrase_that_was_given_up():
    assert [
        (place, GIVEN_UP.findall(text)) for place, text in docstrings() if GIVEN_UP.search(text)
    ] == []


def test_a_long_first_sentence_and_a_phrase_that_was_given_up_are_found():
    assert words("word " * 26 + ". More.") > LONGEST
    assert words("Three words here. " + "word " * 40) == 3
    assert GIVEN_UP.search("The message is heard, and\nwhoever waits goes on.")
