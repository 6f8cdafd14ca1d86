import pytest

from api.console.drawing import Drawn, _open, draw


def drawn(build) -> str:
    token = _open.set([])
    try:
        with draw("div") as root:
            build()
    finally:
        _open.reset(token)
    return root.inside()


def test_text_and_attributes_are_escaped():
    hostile = '"><img src=x onerror="alert(1)">'
    assert drawn(lambda: draw("p", hostile, title=hostile)) == (
        '<p title="&quot;&gt;&lt;img src=x onerror=&quot;alert(1)&quot;&gt;">'
        "&quot;&gt;&lt;img src=x onerror=&quot;alert(1)&quot;&gt;</p>"
    )


def test_what_is_drawn_inside_stands_inside():
    def build():
        with draw("ul", classes="a b"):
            draw("li", "1", data_key="k", hidden=None)
            draw("li", "2", for_="x", hidden=False)
        draw("img", src="/s.svg", alt="")

    assert drawn(build) == (
        '<ul class="a b"><li data-key="k">1</li><li for="x">2</li></ul><img src="/s.svg" alt="">'
    )


def test_nothing_is_drawn_outside_of_a_drawing():
    with pytest.raises(RuntimeError):
        draw("p", "lost")
    with pytest.raises(RuntimeError):
        Drawn("p", None, {})
