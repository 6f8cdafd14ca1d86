"""Define the command line: each command only calls the module that does the task.

Modules are imported inside the commands: `solvefirst --help` must not load a web server, and
serving must not load libraries that only training needs.
Nothing is imported from here. Begin with `app`.
"""
# ruff: noqa: PLC0415, FBT002 - late imports as said above; typer's way of options

import gc
import os
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console

from kernel import private
from solvefirst.cli.nlu import nlu

app = typer.Typer(
    name="solvefirst",
    help="The conversational front of a city hotline: a citizen's words become a case.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
db = typer.Typer(help="The two stores: migrations and service tokens.", no_args_is_help=True)
app.add_typer(db, name="db")
dead_letters = typer.Typer(
    help="What was given up on after its last attempt: messages of and to citizens, webhooks.",
    no_args_is_help=True,
)
app.add_typer(dead_letters, name="dead-letters")
staff = typer.Typer(help="Who may sign in to the console.", no_args_is_help=True)
app.add_typer(nlu, name="nlu")
app.add_typer(staff, name="staff")
console = Console(highlight=False)


class ProcessPart(StrEnum):
    """One part of the product that can run as its own process."""

    API = "api"
    BOT = "bot"
    JOBS = "jobs"


@app.command()
def serve(
    only: Annotated[
        ProcessPart | None, typer.Option(help="Run one part; the others run elsewhere.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Instead of SOLVEFIRST_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Instead of SOLVEFIRST_PORT.")] = None,
) -> None:
    """Serve the web chat, the REST channel and the API on one port."""
    # Messages run in parallel: a second thread for one message's sums slows all by a tenth.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Objects of the start stay alive: a garbage collection would take an eighth of the start.
    gc.disable()
    from solvefirst.serve import run

    given = {key: value for key, value in (("host", host), ("port", port)) if value is not None}
    raise typer.Exit(run(only.value if only else None, given, console))


@app.command()
def chat(
    language: Annotated[str, typer.Option(help="zh or en.")] = "zh",
) -> None:
    """Chat with the hotline in the terminal. Needs no running server."""
    from solvefirst.chat import run

    raise typer.Exit(run(language, console))


@app.command()
def actions(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 5055,
) -> None:
    """Run the actions as a rasa-sdk action server, for a Rasa server to call."""
    from solvefirst.rasa.action_server import run

    raise typer.Exit(run(host, port, console))


@app.command()
def rasa(
    port: Annotated[int, typer.Option(help="Port of the Rasa server.")] = 5005,
    actions_port: Annotated[int, typer.Option(help="Port of our action server.")] = 5055,
    prepare: Annotated[
        bool, typer.Option("--prepare", help="Make environment and model, and serve nothing.")
    ] = False,
) -> None:
    """Run a real Rasa server with our actions, for SOLVEFIRST_ENGINE=rasa."""
    from solvefirst.rasa.run import run

    raise typer.Exit(run(console, port=port, actions_port=actions_port, only_prepare=prepare))


@app.command("telegram-sim")
def telegram_sim(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8312,
    token: Annotated[
        str | None, typer.Option(help="The bot's token; default: one of nobody.")
    ] = None,
) -> None:
    """Run a simulated Telegram for tests and demonstrations: a Bot API and a page to chat."""
    from solvefirst.project import tool

    raise typer.Exit(tool("telegram_sim.run").run(host, port, token, console))


@app.command()
def demo(
    cases: Annotated[int, typer.Option(min=1, help="How many example cases.")] = 320,
    days: Annotated[int, typer.Option(min=1, help="Over how many past days.")] = 45,
    seed: Annotated[int, typer.Option(help="Makes the city the same each time.")] = 7,
) -> None:
    """Fill the store with an example city, so that every page has data to show."""
    from solvefirst.project import tool

    raise typer.Exit(tool("demo_city.city").run(cases, days, seed, console))


@app.command()
def doctor(
    only: Annotated[
        ProcessPart | None, typer.Option(help="Look at what one part needs, as for `serve`.")
    ] = None,
) -> None:
    """Check settings, versions, files, database and Redis; print faults and corrections."""
    from solvefirst.doctor.run import run

    raise typer.Exit(run(only.value if only else None, console))


@app.command()
def lifecycle() -> None:
    """Write the life cycle of a case, from the service's own table, into docs/."""
    from solvefirst.documents.lifecycle import PAGE, page

    PAGE.write_text(page(), encoding="utf-8")
    console.print(f"{PAGE}")


@app.command(name="personal-data")
def personal_data() -> None:
    """Write the list of stored personal data, from the tables' declarations, into docs/."""
    from solvefirst.documents.personal_data import PAGE, page

    PAGE.write_text(page(), encoding="utf-8")
    console.print(f"{PAGE}")


@app.command()
def permissions() -> None:
    """Write the table of permissions into docs/."""
    from solvefirst.documents.permissions import PAGE, page

    PAGE.write_text(page(), encoding="utf-8")
    console.print(f"{PAGE}")


@db.command()
def upgrade() -> None:
    """Migrate both stores to this version. Safe to repeat."""
    from solvefirst.stores import run_upgrade as run

    raise typer.Exit(run(console))


@db.command()
def status() -> None:
    """Show the version of each store."""
    from solvefirst.stores import run_status as run

    raise typer.Exit(run(console))


@db.command()
def token(
    name: Annotated[str, typer.Argument(help="Whom the token is for, as it appears in history.")],
    role: Annotated[str, typer.Option(help="clerk, unit, leader, supervisor, admin or service.")],
    unit: Annotated[str | None, typer.Option(help="Code of the unit, for role unit.")] = None,
) -> None:
    """Make a token for the API and print it once; only its hash is stored."""
    from solvefirst.tokens import make_token

    raise typer.Exit(make_token(name, role, unit, console))


@db.command()
def tokens() -> None:
    """List the tokens of the API that are not revoked: id, name, role, since when."""
    from solvefirst.tokens import show_tokens

    raise typer.Exit(show_tokens(console))


@db.command("revoke-token")
def revoke_token(
    id_: Annotated[str, typer.Argument(metavar="ID", help="As `tokens` lists it.")],
) -> None:
    """Revoke a token of the API at once."""
    from solvefirst.tokens import end_token

    raise typer.Exit(end_token(id_, console))


@db.command("index-key")
def index_key() -> None:
    """Print the secret entry to add to SOLVEFIRST_SECRET_KEY before its last key is taken out.

    Blind indexes are made with a key of the last entry; this entry keeps that key.
    """
    from kernel.privacy.crypto import Keyring
    from solvefirst.secrets import secret_key
    from solvefirst.settings import Settings

    console.print(Keyring.from_setting(secret_key(Settings())).index_entry(), soft_wrap=True)


@dead_letters.command("list")
def dead_letters_list() -> None:
    """List dead letters by queue: key, attempts, time, and last error. Changes nothing."""
    from solvefirst.dead_letters import show

    raise typer.Exit(show(console))


@dead_letters.command("replay")
def dead_letters_replay(
    queue: Annotated[str, typer.Argument(help="As `list` names it: outbox, webhooks, …")],
    key: Annotated[str | None, typer.Argument(help="As `list` shows it.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All of the queue, instead of one key.")
    ] = False,
) -> None:
    """Replay one dead letter, or all of a queue, with all attempts. It may be delivered twice."""
    from solvefirst.dead_letters import replay

    if (key is None) is not everything:
        raise typer.BadParameter("Give a KEY as `list` shows it, or --all.")
    raise typer.Exit(replay(queue, key, console))


@staff.command("add")
def staff_add(
    login: Annotated[str, typer.Argument(help="Name to sign in by: a-z 0-9 . _ -")],
    name: Annotated[str, typer.Option(help="The person's name, as colleagues know it.")],
    role: Annotated[str, typer.Option(help="clerk, unit, leader, supervisor or admin.")],
    unit: Annotated[str | None, typer.Option(help="Code of the unit, for unit and leader.")] = None,
    title: Annotated[str | None, typer.Option(help="What citizens are told of a leader.")] = None,
    password: Annotated[
        str | None,
        typer.Option(
            envvar="SOLVEFIRST_STAFF_PASSWORD", help="Asked for when it is not given.", hidden=True
        ),
    ] = None,
) -> None:
    """Open an account for the console; prompts for the password."""
    from solvefirst.staff import StaffAddOptions
    from solvefirst.staff import add as run

    secret = password or typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    raise typer.Exit(run(StaffAddOptions(login, name, role, unit, title), secret, console))


@staff.command("list")
def staff_list() -> None:
    """List all accounts."""
    from solvefirst.staff import show as run

    raise typer.Exit(run(console))


@staff.command("disable")
def staff_disable(login: Annotated[str, typer.Argument(help="Whose account.")]) -> None:
    """Close an account: its sessions end at once, and it cannot sign in."""
    from solvefirst.staff import activate as run

    raise typer.Exit(run(login, console, active=False))


@staff.command("enable")
def staff_enable(login: Annotated[str, typer.Argument(help="Whose account.")]) -> None:
    """Open a closed account again."""
    from solvefirst.staff import activate as run

    raise typer.Exit(run(login, console, active=True))


def main() -> None:
    """Run the command line. Only this user may open the files that it creates."""
    private.new_files()
    app()
