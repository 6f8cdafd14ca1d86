"""Declarations of personal data: what is missing is named, and what logs hide follows."""

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table

from kernel.privacy.personal import Fate, Holds, Owner, holds, log_names, plain, undeclared

MINE = Owner("citizen", "id")


def table(*columns: Column[str], named: str, metadata: MetaData | None = None) -> Table:
    return Table(
        "letter",
        metadata or MetaData(),
        Column("id", Integer, primary_key=True),
        *columns,
        info=plain(named),
    )


def test_a_new_column_that_says_nothing_is_named():
    new = table(Column("words", String), named="id")
    assert undeclared(new.metadata) == ["letter.words"]


def test_a_declaration_of_no_column_or_a_second_one_of_a_column_is_named():
    twice = Column("words", String, info=holds(Holds.WORDS, MINE, until="ever"))
    assert undeclared(table(twice, named="id words gone").metadata) == [
        "letter.gone",
        "letter.words",
    ]


def test_a_table_without_any_declaration_is_named_column_by_column():
    bare = Table("bare", MetaData(), Column("id", Integer), Column("words", String))
    assert undeclared(bare.metadata) == ["bare.id", "bare.words"]


@pytest.mark.parametrize("erased", [Fate.KEPT, Fate.CODE])
def test_what_is_not_erased_by_itself_says_why(erased):
    with pytest.raises(ValueError, match="says why"):
        holds(Holds.WORDS, MINE, until="ever", erased=erased)


def test_logs_hide_what_columns_hold_but_not_names_that_elsewhere_are_impersonal():
    words = holds(Holds.WORDS, MINE, until="ever")
    letter = table(
        Column("words_sealed", String, info=words),
        Column("reason_sealed", String, info=words),
        named="id",
    )
    other = Table("outbox", MetaData(), Column("reason", String), info=plain("reason"))
    assert log_names([letter, other]) == {"words_sealed", "words", "reason_sealed"}
