"""The understanding of generated projects, for both engines: a message says what it means.

`i1@0.8 i2@0.75 e0=x e1:from=y #3` is intent i1 with confidence 0.8, i2 as the second guess, two
entities, the
second with a role (`e1/g0=y` has a group); `#3` is for the actions. Runs under Python 3.10 too.
"""

import re
from typing import Any, Dict, List  # noqa: UP035 - Rasa compares annotations with these

try:
    from rasa.engine.graph import GraphComponent
    from rasa.engine.recipes.default_recipe import DefaultV1Recipe
    from rasa.shared.nlu.training_data.message import Message
except ImportError:
    GraphComponent = object
    DefaultV1Recipe = None
    Message = Any

_INTENT = re.compile(r"(\w+)@([\d.]+)$")
_ENTITY = re.compile(r"(\w+?)(?::(\w+))?(?:/(\w+))?=(.*)$")


class Spoken(GraphComponent):
    """Reads what a message says that it means."""

    @classmethod
    def create(cls, config, model_storage, resource, execution_context):
        return cls()

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],  # noqa: UP006
        *more: Any,
        **others: Any,
    ) -> "Spoken":
        return cls()

    def parse(self, text: str) -> Dict[str, Any]:  # noqa: UP006
        ranking, entities = [], []
        for word in text.split():
            if found := _INTENT.match(word):
                ranking.append({"name": found[1], "confidence": float(found[2])})
            elif found := _ENTITY.match(word):
                entity = {"entity": found[1], "value": found[4], "start": 0, "end": len(text)}
                if found[2]:
                    entity["role"] = found[2]
                if found[3]:
                    entity["group"] = found[3]
                entities.append(entity)
        first = ranking[0] if ranking else {"name": None, "confidence": 0.0}
        return {"intent": dict(first), "intent_ranking": ranking, "entities": entities}

    def process(self, messages: List[Message]) -> List[Message]:  # noqa: UP006
        for message in messages:
            if message.get("text") is not None:
                for key, value in self.parse(message.get("text")).items():
                    message.set(key, value, add_to_output=True)
        return messages


if DefaultV1Recipe is not None:
    DefaultV1Recipe.register(
        [
            DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER,
            DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR,
        ],
        is_trainable=False,
    )(Spoken)
