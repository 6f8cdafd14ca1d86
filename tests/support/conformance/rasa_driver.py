"""Real Rasa 3.6.21, driven line by line: runs in Rasa's own Python 3.10, imports nothing of ours.

Requests and answers are JSON, one a line, on the standard streams; whatever Rasa prints goes to
standard error.

    {"do": "open", "root", "training_data", "out"}  train and load: {"opened"} or {"refused"}
    {"do": "forget"}                                let go of every conversation
    {"do": "say", "sender", "text", "channel", "metadata", "now", "pick"}    run one message

Rasa's own Agent, processor, policies and trackers do the work. Three things are handed in: the
time (`now`, seconds since the
epoch, on which the clock stands while a message runs), which of several wordings is said
(`pick`), and custom
actions, which are asked for on the same line: while a message runs the driver may write
`{"call"}` and reads the answer that rasa-sdk's server would give, `{"status", "body"}`.
"""

import asyncio
import itertools
import json
import logging
import os
import signal
import sys
import time
import warnings
from pathlib import Path

LINES = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)  # from here on nothing but answers reaches the reader
os.environ.update(
    RASA_TELEMETRY_ENABLED="false",
    TF_CPP_MIN_LOG_LEVEL="3",
    CUDA_VISIBLE_DEVICES="",
    SQLALCHEMY_SILENCE_UBER_WARNING="1",
    LOG_LEVEL="CRITICAL",
)
warnings.simplefilter("ignore")

import numpy as np  # noqa: E402
import rasa.model_training  # noqa: E402
import structlog  # noqa: E402
from rasa.core.agent import Agent  # noqa: E402
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage  # noqa: E402
from rasa.core.tracker_store import InMemoryTrackerStore  # noqa: E402
from rasa.utils.endpoints import ClientResponseError  # noqa: E402

PATIENCE = 4.0
CALLS = 60
"""For one message: seconds of the processor, however busy it is, and calls of actions.

There are dialogues in which Rasa never comes to an end.
"""


class Endless(BaseException):  # Rasa catches every Exception of an action
    """The patience is at its end."""


class Clock:
    """Stands at a moment and moves by a microsecond a look, so that events keep their order."""

    def __init__(self):
        self._moment = time.time()
        self._looks = itertools.count(1)

    def set(self, moment, anew=False):
        """Move to `moment`, never back unless `anew`; gives the reading before any later one."""
        self._moment = moment if anew else max(moment, self())
        self._looks = itertools.count(1)
        return self._moment

    def __call__(self):
        return self._moment + next(self._looks) * 1e-6


class Wordings:
    """Chooses among the wordings of a response what the reader says; Rasa asks numpy to choose."""

    pick = 0

    def choice(self, variations):
        return variations[self.pick % len(variations)]


class Trackers(InMemoryTrackerStore):
    """Rasa's own store in memory; it remembers the tracker that was saved last."""

    saved = None

    async def save(self, tracker):
        self.saved = tracker
        await super().save(tracker)


class Actions:
    """The action server at the other end of the line."""

    url = "line"
    calls = 0
    kwargs = {}  # noqa: RUF012 - as in Rasa's EndpointConfig

    async def request(self, json=None, **_):
        self.calls += 1
        if self.calls > CALLS:
            raise Endless
        write({"call": json})
        answer = read()
        if answer["status"] != 200:
            raise ClientResponseError(answer["status"], "", dumps(answer["body"]))
        return answer["body"]


def dumps(value):
    return json.dumps(value, ensure_ascii=False, default=str)


def write(value):
    LINES.write(dumps(value) + "\n")
    LINES.flush()


def read():
    line = sys.stdin.readline()
    if not line:
        sys.exit(0)
    return json.loads(line)


class Driver:
    """One project at a time."""

    def __init__(self):
        self.clock = time.time = Clock()
        self.wordings = Wordings()
        self.agent = None

    async def open(self, root, training_data, out):
        root = Path(root)
        os.chdir(root)
        domain = root / "domain"
        domain = domain if domain.is_dir() else root / "domain.yml"
        try:
            # Off the loop, as Rasa's training runs one of its own.
            result = await asyncio.get_running_loop().run_in_executor(
                None,
                lambda: rasa.model_training.train(
                    str(domain),
                    str(root / "config.yml"),
                    [str(root / folder) for folder in training_data],
                    output=out,
                    force_training=True,
                ),
            )
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the refusal is the answer
            return {"refused": f"{type(error).__name__}: {error}"}
        if not result.model:
            return {"refused": f"no model, code {result.code}"}
        self.agent = Agent(action_endpoint=Actions())
        self.agent.load_model(result.model)
        await self.forget()
        return {"opened": str(result.model)}

    async def forget(self):
        self.clock.set(0, anew=True)
        self.agent.tracker_store = self.agent.processor.tracker_store = Trackers(self.agent.domain)
        return {}

    async def say(self, sender, text, channel, metadata, now, pick):
        since = self.clock.set(now)
        self.wordings.pick = pick
        self.agent.action_endpoint.calls = 0
        np.random.choice = self.wordings.choice
        said = CollectingOutputChannel()
        store = self.agent.tracker_store
        store.saved = None
        message = UserMessage(
            text,
            said,
            sender,
            input_channel=channel,
            message_id=metadata.get("message_id"),
            metadata=metadata,
        )
        signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE)
        try:
            await self.agent.handle_message(message)
        except Endless:
            return {"endless": True}
        except Exception as error:  # noqa: BLE001 - the reader compares it with ours
            return {"error": f"{type(error).__name__}: {error}"}
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        tracker = store.saved
        return {
            "events": [event.as_dict() for event in tracker.events if event.timestamp > since],
            "slots": tracker.current_slot_values(),
            "loop": tracker.active_loop_name,
            "messages": said.messages,
            "stopped": self.agent.processor.is_action_limit_reached(
                tracker,
                self.agent.processor.should_predict_another_action(tracker.latest_action_name),
            ),
        }


def ring(_signal, _frame):
    raise Endless


async def main():
    signal.signal(signal.SIGVTALRM, ring)
    driver = Driver()
    write({"ready": True})
    while True:
        request = read()
        write(await getattr(driver, request.pop("do"))(**request))


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    asyncio.run(main())
