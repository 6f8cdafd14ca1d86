import pytest

from tools.telegram_sim.markup import Unparsable, read, units


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("plain", "plain"),
        ("<b>bold <i>both</i></b>", "bold both"),
        ("1 &lt; 2 &amp; 3 &gt; 2 &quot;x&quot; &#39;", '1 < 2 & 3 > 2 "x" \''),
        ("&nbsp; stays", "&nbsp; stays"),
        ('<a href="https://x.test/?a=1&amp;b=2">link</a>', "link"),
    ],
)
def test_what_telegram_takes_is_read(text, words):
    assert read(text) == words


@pytest.mark.parametrize(
    "text", ["<script>x</script>", "1 < 2", "<b>x", "</b>", "<b><i>x</b></i>", "<b", "<>"]
)
def test_what_telegram_refuses_is_refused(text):
    with pytest.raises(Unparsable):
        read(text)


def test_length_is_counted_in_units_of_utf_16():
    assert units("a路😀") == 4
