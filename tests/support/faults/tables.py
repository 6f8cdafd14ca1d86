"""What the tables hold after a run, compared with what citizens and the unit were told."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select

from api.store.cases.tables import cases
from api.store.events.tables import event, survey
from api.webhooks.tables import webhook_delivery
from bot.store.tables import inbox, outbox
from faults.people import MARK, Citizen, TelegramCitizen
from kernel.database.database import Database
from kernel.database.transaction import Transaction


@dataclass(slots=True)
class Findings:
    """Figures of one run, and each thing that is wrong in one line."""

    messages: int = 0
    cases: int = 0
    pushes: int = 0
    in_flight_twice: int = 0
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Tell whether nothing is wrong."""
        return not (self.lost or self.twice or self.stuck)


async def compare(
    url: str, citizens: Sequence[Citizen], kills: Sequence[datetime], findings: Findings
) -> None:
    """Read the tables at `url`, of which no server has hold any more."""
    database = Database(url)
    try:
        await database.read(_messages, citizens, findings)
        await database.read(_cases, citizens, findings)
        await database.read(_pushes, findings)
    finally:
        await database.close()
    for citizen in citizens:
        findings.lost += [f"push {item}" for item in citizen.wanted() - citizen.marks()]
        if isinstance(citizen, TelegramCitizen):
            _repeats(citizen, kills, findings)
        else:
            texts = Counter(text for text in citizen.texts() if MARK.search(text))
            findings.twice += [f"push {text}" for text, count in texts.items() if count > 1]


def _messages(tx: Transaction, citizens: Sequence[Citizen], findings: Findings) -> None:
    said = Counter(id_ for citizen in citizens for id_ in citizen.said)
    kept = Counter(tx.execute(select(inbox.c.message_id)).scalars().all())
    findings.messages = said.total()
    findings.lost += [f"message {id_}" for id_ in (said - kept)]
    findings.twice += [f"message {id_}" for id_ in (kept - said)]
    answered = select(outbox.c.event).where(
        outbox.c.conversation_id == inbox.c.conversation_id,
        outbox.c.in_reply_to == inbox.c.sequence,
    )
    open_ = select(inbox.c.message_id).where(
        inbox.c.done_at.is_(None) | inbox.c.parked_at.is_not(None) | ~answered.exists()
    )
    findings.stuck += [f"message {id_} has no answer" for id_ in tx.execute(open_).scalars()]


def _cases(tx: Transaction, citizens: Sequence[Citizen], findings: Findings) -> None:
    numbers = set(tx.execute(select(cases.c.number)).scalars())
    findings.cases = len(numbers)
    wanted = {citizen.number for citizen in citizens}
    findings.lost += [f"case {item}" for item in wanted - numbers]
    findings.twice += [f"case {item} of nobody" for item in numbers - wanted]
    several = select(cases.c.contact_point).group_by(cases.c.contact_point).having(func.count() > 1)
    findings.twice += [f"case of {item}" for item in tx.execute(several).scalars()]
    moves = tx.execute(
        select(event.c.order_key, event.c.type, func.count()).group_by(
            event.c.order_key, event.c.type
        )
    ).all()
    for order, type_, count in moves:
        if count > (2 if type_ == "case.progress" else 1):
            findings.twice.append(f"{count} events {type_} of {order}")
    unended = select(survey.c.number).where(survey.c.ended.is_(None))
    findings.stuck += [f"survey of {item}" for item in tx.execute(unended).scalars()]


def _pushes(tx: Transaction, findings: Findings) -> None:
    pushes = tx.execute(
        select(outbox.c.event_key, outbox.c.status).where(outbox.c.event_key.is_not(None))
    ).all()
    findings.pushes = len(pushes)
    findings.stuck += [f"push {key} is {status}" for key, status in pushes if status != "sent"]
    undelivered = select(webhook_delivery.c.event, webhook_delivery.c.state).where(
        webhook_delivery.c.done_at.is_(None)
    )
    findings.stuck += [f"event {item} is {state}" for item, state in tx.execute(undelivered)]
    unsaid = tx.execute(select(outbox.c.event).where(outbox.c.status != "sent")).scalars()
    findings.stuck += [f"reply {item} was not sent" for item in unsaid]


def _repeats(citizen: TelegramCitizen, kills: Sequence[datetime], findings: Findings) -> None:
    """Allow twice only what was the last message to arrive in its chat before a kill."""
    came = [
        call for call in citizen.simulator.world.record.of("sendMessage", citizen.name) if call.sent
    ]
    for place, call in enumerate(came):
        text = call.arguments.get("text")
        before = next((n for n in range(place) if came[n].arguments.get("text") == text), None)
        if before is None:
            continue
        killed = any(came[place - 1].at <= kill <= call.at for kill in kills)
        if came[place - 1].arguments.get("text") == text and killed:
            findings.in_flight_twice += 1
        else:
            findings.twice.append(f"in chat {citizen.name}: {text}")
