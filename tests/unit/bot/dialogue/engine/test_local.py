"""The engine in this process hands a turn to the agent and gives what the port asks for."""

import pytest

from bot.dialogue.engine.local import EmbeddedEngine
from bot.dialogue.engine.port import Turn
from bot.message import Button, Reply

DOMAIN = """
intents: [greet, switch]
entities: [language]
slots:
  language: {type: text, mappings: [{type: from_entity, entity: language}]}
responses:
  utter_hello:
  - text: "Good day\\n\\nWhat now?"
  utter_switched:
  - text: Switched
    buttons: [{title: Back, payload: /greet}]
"""
RULES = """
rules:
- rule: greet
  steps: [{intent: greet}, {action: utter_hello}]
- rule: switch
  steps: [{intent: switch}, {action: utter_switched}]
"""


@pytest.fixture
def engine(talk) -> EmbeddedEngine:
    return EmbeddedEngine(talk(DOMAIN, RULES).agent)


async def test_a_turn_gives_replies_the_state_to_keep_and_the_language_to_go_on_in(engine):
    first = await engine.handle(Turn("cnv", "m1", "/greet", "web"))
    second = await engine.handle(Turn("cnv", "m2", '/switch{"language": "en"}', "web", first.state))

    assert first.replies == (Reply("Good day"), Reply("What now?"))
    assert first.language is None
    assert second.replies == (Reply("Switched", buttons=(Button("Back", "/greet"),)),)
    assert second.language == "en"
    assert second.state != first.state


async def test_the_engine_understands_without_answering_and_is_always_ready(engine):
    assert (await engine.parse("/greet"))["intent"] == {"name": "greet", "confidence": 1.0}
    assert await engine.ready()
