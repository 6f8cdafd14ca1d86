"""Provide `SolveFirstNLU`, the component that `config.yml` names, with and without Rasa.

With Rasa 3.6 installed it is a graph component that classifies and extracts. Rasa trains nothing;
the trained model is in `nlu/model`. Without Rasa it is a plain class with `load` and `parse`.
"""

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Dict, List, Optional  # noqa: UP035 - Rasa compares annotations with these

from nlu.extract.times.calendar import SHANGHAI
from nlu.serve.understanding import MODEL, MessageUnderstanding

try:
    from rasa.engine.graph import (  # type: ignore[import-not-found, unused-ignore]
        ExecutionContext,
        GraphComponent,
    )
    from rasa.engine.recipes.default_recipe import (  # type: ignore[import-not-found, unused-ignore]
        DefaultV1Recipe,
    )
    from rasa.engine.storage.resource import (  # type: ignore[import-not-found, unused-ignore]
        Resource,
    )
    from rasa.engine.storage.storage import (  # type: ignore[import-not-found, unused-ignore]
        ModelStorage,
    )
    from rasa.shared.nlu.training_data.message import (  # type: ignore[import-not-found, unused-ignore]
        Message,
    )

    WITH_RASA = True
except ImportError:
    GraphComponent = object
    ExecutionContext = Message = ModelStorage = Resource = Any
    WITH_RASA = False

_NO_OPTIONS: Dict[str, Any] = {}  # noqa: UP006
_OUTPUTS = frozenset({"intent", "intent_ranking", "category", "language", "matters", "frame"})


def _wall_clock() -> datetime:
    return datetime.fromtimestamp(time.time(), SHANGHAI)


class SolveFirstNLU(GraphComponent):  # type: ignore[misc, valid-type, unused-ignore]
    """Understands one message at a time.

    The config may name another folder of model files under `model`, relative to the working
    directory. `clock` gives the present time for words like "yesterday", if the caller of `parse`
    does not.
    """

    def __init__(
        self, understanding: MessageUnderstanding, clock: Callable[[], datetime] = _wall_clock
    ) -> None:
        self._understanding = understanding
        self._clock = clock

    @staticmethod
    def get_default_config() -> Dict[str, Any]:  # noqa: UP006
        """Return the default config, which Rasa completes.

        `model` is a folder; empty means the shipped one beside this file.
        """
        return {"model": None}

    @staticmethod
    def required_packages() -> List[str]:  # noqa: UP006
        """Return the required packages."""
        return ["numpy"]

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],  # noqa: UP006
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> GraphComponent:
        """Make the component for Rasa, which calls this in training and in serving."""
        del model_storage, resource, execution_context
        return cls.load(config)

    @classmethod
    def load(
        cls,
        config: Dict[str, Any] = _NO_OPTIONS,  # noqa: UP006
        *_rasa: object,
        clock: Callable[[], datetime] = _wall_clock,
        **_more: object,
    ) -> "SolveFirstNLU":
        """Load the model that `config` names.

        Raises:
            nlu.classify.ModelUnusable: its files are missing or damaged.
        """
        folder = Path(config.get("model") or MODEL)
        if not folder.is_absolute() and not folder.is_dir():
            # A process may start in any folder; `nlu/model` is relative to this package's parent.
            folder = MODEL.parents[1] / folder
        return cls(MessageUnderstanding.open(folder), clock)

    def parse(self, text: str, now: Optional[datetime] = None) -> Dict[str, Any]:  # noqa: UP006, UP045
        """Understand `text`, sent at `now`: see `MessageUnderstanding.parse`."""
        return self._understanding.parse(text, now or self._clock())

    async def parse_async(self, text: str) -> Dict[str, Any]:  # noqa: UP006
        """Understand `text`, sent now; a long text does not block the event loop."""
        return await self._understanding.parse_async(text, self._clock())

    def process(self, messages: List[Message]) -> List[Message]:  # noqa: UP006
        """Understand Rasa's messages in place; entities of other components stay."""
        for message in messages:
            text = message.get("text")
            if text is None:  # an empty text is processed too
                continue
            parsed = self.parse(text)
            for output in _OUTPUTS & parsed.keys():
                message.set(output, parsed[output], add_to_output=True)
            entities = [*(message.get("entities") or ()), *parsed["entities"]]
            message.set("entities", entities, add_to_output=True)
        return messages


if WITH_RASA:
    DefaultV1Recipe.register(
        [
            DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER,
            DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR,
        ],
        is_trainable=False,
    )(SolveFirstNLU)
