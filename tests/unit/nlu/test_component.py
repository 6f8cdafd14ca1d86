"""The component as config.yml names it: plain, and under Rasa."""

import importlib
import subprocess
import sys
import types
from datetime import datetime, timedelta, timezone
from pathlib import Path
from time import process_time

import pytest

import nlu.component
from nlu.component import SolveFirstNLU

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=timezone(timedelta(hours=8)))
ROOT = Path(nlu.component.__file__).parents[1]


@pytest.fixture(scope="module")
def component():
    return SolveFirstNLU.load({})


def test_a_reading_has_the_shape_that_rasa_and_the_actions_expect(component):
    text = "秦淮区夫子庙的路灯从昨天晚上八点就不亮了，我的电话13912345678"
    parsed = component.parse(text, NOW)
    assert set(parsed) == {
        "text", "intent", "intent_ranking", "entities", "category", "language",
    }  # fmt: skip
    assert parsed["text"] == text
    assert parsed["intent"]["name"] == parsed["intent_ranking"][0]["name"]
    assert parsed["intent"]["confidence"] >= parsed["intent_ranking"][0]["confidence"]
    assert len(parsed["intent_ranking"]) == len(parsed["category"]["ranking"]) == 5
    assert parsed["category"]["code"] == parsed["category"]["ranking"][0]["code"] == "0203"
    assert parsed["language"] == "zh"
    kinds = [entity["entity"] for entity in parsed["entities"]]
    assert kinds == ["place", "time", "phone"]
    for entity in parsed["entities"]:
        assert text[entity["start"] : entity["end"]] == entity["text"]
        assert entity["extractor"] == "SolveFirst"
        assert 0 < entity["confidence_entity"] <= 1
    assert parsed["entities"][1]["value"]["start"] == "2026-11-23T20:00:00+08:00"


def test_yesterday_is_seen_from_the_clock_when_no_now_is_given():
    component = SolveFirstNLU.load({}, clock=lambda: NOW)
    assert component.parse("昨天")["entities"][0]["value"]["start"].startswith("2026-11-23")


@pytest.mark.parametrize("text", ["", "   ", "😀😀", "？！", "\ud800"])
def test_a_message_without_letters_has_no_intent(component, text):
    parsed = component.parse(text, NOW)
    assert parsed["text"] == text
    assert parsed["intent"] == {"name": None, "confidence": 0.0}
    assert parsed["entities"] == []
    assert parsed["category"]["code"] is None


@pytest.mark.parametrize(
    "hostile",
    [
        "1", "一", "中山路", "每天", "晚上到", "有人被困电梯", " ", "\n", "the ",
        "1,", "a市", "😀", "\ud800",
        "苏a", "not ", "lost my child ", "<b>'; DROP TABLE x; --",
    ],
)  # fmt: skip
def test_a_hundred_kilobytes_are_read_in_bounded_time(component, hostile):
    component.parse(hostile * 2_000, NOW)  # warm: the character table is filled when first met
    begin = process_time()  # not the clock, which runs on while other tests have the processor
    component.parse(hostile * (100_000 // len(hostile)), NOW)
    assert process_time() - begin < 0.5


def test_a_text_too_long_is_read_in_part_and_says_so(component, caplog):
    caplog.set_level("INFO")
    text = "秦淮区的路灯坏了，" * 12_000
    parsed = component.parse(text, NOW)
    assert parsed["cut"] == {"characters": len(text), "read": 4_000}
    assert parsed["category"]["code"] == "0203"
    assert [record.message for record in caplog.records] == ["text_cut"]
    assert "cut" not in component.parse(text[:4_000], NOW)


def test_serving_imports_nothing_but_the_standard_library_and_numpy():
    program = (
        "import sys\n"
        "from nlu.component import SolveFirstNLU\n"
        "from nlu.danger.emergency import detect\n"
        "SolveFirstNLU.load({}).parse('秦淮区的路灯昨晚不亮了'); detect('着火了')\n"
        "roots = {name.partition('.')[0] for name in sys.modules}\n"
        "print(*sorted(roots - set(sys.stdlib_module_names) - {'nlu', 'numpy'}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{program}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    foreign = {name for name in done.stdout.split() if not name.startswith("_")}
    assert foreign <= {"cython_runtime"}


class Message:
    """Rasa's message, as far as components use it."""

    def __init__(self, data):
        self.data = data
        self.output = set()

    def get(self, name, default=None):
        return self.data.get(name, default)

    def set(self, name, value, add_to_output=False):
        self.data[name] = value
        if add_to_output:
            self.output.add(name)


@pytest.fixture
def under_rasa(monkeypatch):
    """nlu.component imported where Rasa's names exist; yields it and what it registered."""
    registered = []

    class Recipe:
        class ComponentType:
            INTENT_CLASSIFIER = "classifier"
            ENTITY_EXTRACTOR = "extractor"

        @classmethod
        def register(cls, component_types, is_trainable, model_from=None):
            return lambda made: registered.append((made, component_types, is_trainable)) or made

    class GraphComponent:
        pass

    names = {
        "rasa.engine.graph": {"GraphComponent": GraphComponent, "ExecutionContext": object},
        "rasa.engine.recipes.default_recipe": {"DefaultV1Recipe": Recipe},
        "rasa.engine.storage.resource": {"Resource": object},
        "rasa.engine.storage.storage": {"ModelStorage": object},
        "rasa.shared.nlu.training_data.message": {"Message": Message},
    }
    for path, content in names.items():
        parts = path.split(".")
        for depth in range(1, len(parts) + 1):
            name = ".".join(parts[:depth])
            if name not in sys.modules:
                monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
        for name, what in content.items():
            setattr(sys.modules[path], name, what)
    spec = importlib.util.spec_from_file_location("component_under_rasa", nlu.component.__file__)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module, registered, GraphComponent


def test_under_rasa_it_registers_as_an_untrained_classifier_and_extractor(under_rasa):
    module, registered, base = under_rasa
    assert registered == [(module.SolveFirstNLU, ["classifier", "extractor"], False)]
    assert issubclass(module.SolveFirstNLU, base)


def test_under_rasa_a_message_gets_all_outputs_and_keeps_what_others_found(under_rasa):
    module, _, _ = under_rasa
    made = module.SolveFirstNLU.create({}, None, None, None)
    other = {"entity": "other", "value": "x", "start": 0, "end": 1}
    message = Message({"text": "昨天路灯坏了", "entities": [other]})
    silent = Message({"intent": {"name": "greet"}})
    assert made.process([message, silent]) == [message, silent]
    assert message.output == {"intent", "intent_ranking", "category", "language", "entities"}
    assert [item["entity"] for item in message.get("entities")] == ["other", "time"]
    assert silent.data == {"intent": {"name": "greet"}}
