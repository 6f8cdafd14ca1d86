"""Give a use case all repositories on one transaction.

`kernel.database.database` commits when the use case returns and rolls back when it raises. There
is no commit here, so none can be forgotten.
"""

from collections.abc import Callable, Sequence
from functools import cached_property

from api.domain.cases.facts import Measures
from api.people.store.audit import Audit
from api.people.store.citizens import Citizens
from api.people.store.identity import Identity
from api.people.store.tokens import Tokens
from api.store.attachments.attachments import AttachmentRows
from api.store.cases.answers import IdempotentAnswers
from api.store.cases.cases import Cases
from api.store.cases.corrections import Corrections
from api.store.cases.facts import FactsOfCases
from api.store.cases.followers import Followers
from api.store.cases.queue import Queue
from api.store.clocks.clocks import Clocks
from api.store.events.events import Events, Listener
from api.store.events.surveys import Surveys
from api.store.joint.together import Together
from kernel.database.transaction import Transaction
from kernel.ids import Ids
from kernel.privacy.crypto import Keyring


class UnitOfWork:
    """The repositories of one transaction, made on first use."""

    def __init__(
        self,
        tx: Transaction,
        keyring: Keyring,
        ids: Ids,
        measures: Measures,
        listeners: Sequence[Listener],
        ring: Callable[[str], None] = lambda _topic: None,
    ) -> None:
        self._tx = tx
        self._keyring = keyring
        self._ids = ids
        self._measures = measures
        self._listeners = listeners
        self._ring = ring

    @cached_property
    def cases(self) -> Cases:
        """Cases with their history."""
        return Cases(self._tx, self._keyring, self.facts)

    @cached_property
    def facts(self) -> FactsOfCases:
        """Facts for figures."""
        return FactsOfCases(self._tx, self._measures)

    @cached_property
    def queue(self) -> Queue:
        """Cases as lists and counts."""
        return Queue(self._tx, self._keyring)

    @cached_property
    def clocks(self) -> Clocks:
        """The clocks of cases."""
        return Clocks(self._tx, self._keyring)

    @cached_property
    def events(self) -> Events:
        """Events for subscribers."""
        return Events(self._tx, self._keyring, self._ids, self._listeners, self._ring)

    @cached_property
    def surveys(self) -> Surveys:
        """Callback surveys."""
        return Surveys(self._tx, self._keyring)

    @cached_property
    def together(self) -> Together:
        """Assessments, tasks and meetings."""
        return Together(self._tx, self._keyring)

    def ring(self, topic: str) -> None:
        """Signal a topic after the commit."""
        self._tx.after_commit(lambda: self._ring(topic))

    @cached_property
    def citizens(self) -> Citizens:
        """Citizens and contact points."""
        return Citizens(self._tx, self._ids)

    @cached_property
    def followers(self) -> Followers:
        """Contact points that follow another citizen's case."""
        return Followers(self._tx, self._keyring)

    @cached_property
    def answers(self) -> IdempotentAnswers:
        """Stored answers by idempotency key."""
        return IdempotentAnswers(self._tx, self._keyring)

    @cached_property
    def attachments(self) -> AttachmentRows:
        """Files of citizens."""
        return AttachmentRows(self._tx, self._keyring)

    @cached_property
    def identity(self) -> Identity:
        """Consents, codes and tickets."""
        return Identity(self._tx, self._keyring, self._ids)

    @cached_property
    def corrections(self) -> Corrections:
        """Corrections of categories by staff."""
        return Corrections(self._tx, self._keyring)

    @cached_property
    def audit(self) -> Audit:
        """The audit log."""
        return Audit(self._tx, self._ids)

    @cached_property
    def tokens(self) -> Tokens:
        """Service tokens."""
        return Tokens(self._tx)
