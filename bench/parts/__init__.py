"""The parts of the bench, in the order in which they run and are reported.

The function `measure` of a module measures one chapter of the report; a new module is added to the
list here. Only `bench.__main__` imports them. Begin with `road_in`.
"""

from bench.frame import Part
from bench.parts import (
    broadcast,
    clinc,
    clocks,
    diet,
    learned,
    lists,
    live,
    mail,
    opening,
    pages,
    push,
    rasa,
    road_in,
    routing,
    speed,
    understanding,
)

PARTS = (
    Part(
        "road-in",
        "The road in",
        road_in.measure,
        packages=("fastapi", "uvicorn", "sqlalchemy", "rasa-sdk", "numpy"),
    ),
    Part("push", "A push to an open page", push.measure, packages=("websockets",)),
    Part(
        "broadcast",
        "A broadcast over Telegram",
        broadcast.measure,
        packages=("python-telegram-bot",),
    ),
    Part("live", "A leader on duty, there and back", live.measure, packages=("websockets",)),
    Part("clocks", "Clocks over open cases", clocks.measure, packages=("sqlalchemy", "psycopg")),
    Part(
        "understanding",
        "Understanding, on sentences never seen",
        understanding.measure,
        packages=("numpy", "scikit-learn"),
        everyday=False,
    ),
    Part(
        "mail",
        "The shipped model on real mail",
        mail.measure,
        packages=("numpy",),
        everyday=False,
    ),
    Part(
        "learned",
        "Trained on real mail",
        learned.measure,
        packages=("numpy", "scikit-learn"),
        everyday=False,
    ),
    Part(
        "clinc",
        "Out of scope, on CLINC150",
        clinc.measure,
        packages=("numpy", "scikit-learn"),
        everyday=False,
    ),
    Part(
        "diet",
        "Beside Rasa's own understanding",
        diet.measure,
        packages=("numpy",),
        everyday=False,
    ),
    Part("speed", "What understanding costs", speed.measure, packages=("numpy",), everyday=False),
    Part("opening", "Opening cases", opening.measure, packages=("psycopg",)),
    Part("lists", "Lists, searches, figures", lists.measure, packages=("psycopg",)),
    Part(
        "pages",
        "The console's pages, on NiceGUI and rendered on the server",
        pages.measure,
        packages=("nicegui", "jinja2", "playwright"),
        everyday=False,
    ),
    Part("routing", "Routing", routing.measure),
    Part(
        "rasa",
        "Beside a real Rasa",
        rasa.measure,
        packages=("rasa-sdk", "numpy"),
        everyday=False,
    ),
)
