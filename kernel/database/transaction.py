"""The open transaction that a database function receives and cannot end."""

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, Concatenate, Literal, ParamSpec, TypeAlias, TypeVar

from sqlalchemy import Connection, CursorResult, Engine, Executable, event
from structlog import get_logger

P = ParamSpec("P")
T = TypeVar("T")

Dialect: TypeAlias = Literal["sqlite", "postgresql"]
Parameters: TypeAlias = Mapping[str, Any] | Sequence[Mapping[str, Any]]

logger = get_logger(__name__)


class NestedTransaction(RuntimeError):  # noqa: N818 - the name says what was attempted
    """A database function requested a second transaction while its own was open.

    It would wait for itself on SQLite and could deadlock with itself on PostgreSQL. Do the work in
    the open transaction, or after it.
    """


class DatabaseClosed(RuntimeError):  # noqa: N818 - a state, not a mistake
    """The database was closed before the function could run."""


class Transaction:
    """One open transaction, the first argument of a database function.

    The function neither commits nor rolls back: its work is committed when it returns and rolled
    back when it raises.
    `connection` is for what `execute` and `scalar` do not offer; `connection.begin_nested()` is
    allowed, `commit()` and `rollback()` are not.
    """

    __slots__ = ("_callbacks", "_open", "connection", "dialect", "empties_log")

    def __init__(self, connection: Connection, dialect: Dialect) -> None:
        self.connection = connection
        self.dialect: Dialect = dialect
        self._callbacks: list[Callable[[], None]] = []
        self._open = False
        self.empties_log = False

    def execute(
        self, statement: Executable, parameters: Parameters | None = None
    ) -> CursorResult[Any]:
        """Run one statement, once or for each entry of a list of parameters."""
        return self.connection.execute(statement, parameters)

    def scalar(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - a column's type is known to the statement only
        """Return the first column of the first row, or `None` when there is no row."""
        return self.connection.scalar(statement, parameters)

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call `callback` after this function's work is committed; never if it is rolled back.

        The call is made in a database thread before the function's result is returned. It must
        be quick, because others wait for it. Its exceptions are logged and not raised.
        """
        self._callbacks.append(callback)

    def empty_log(self) -> None:
        """Truncate SQLite's write-ahead log after the commit; do nothing on PostgreSQL.

        Until then the log holds earlier versions of the pages, with the erased data.
        """
        self.empties_log = True

    def perform(
        self,
        function: Callable[Concatenate["Transaction", P], T],
        *args: P.args,
        **kw: P.kwargs,
    ) -> T:
        """Run `function` in this transaction; only the database drivers call it."""
        token = _current.set(self)
        self._open = True
        try:
            value = function(self, *args, **kw)
            if self.connection.in_nested_transaction():
                raise RuntimeError("a database function left a savepoint of its own open")
        except StopIteration as error:  # a future cannot carry it
            raise RuntimeError("a database function raised StopIteration") from error
        else:
            return value
        finally:
            self._open = False
            _current.reset(token)

    def committed(self) -> None:
        """Run the callbacks of `after_commit`; only the database drivers call it."""
        for callback in self._callbacks:
            try:
                callback()
            except Exception:
                logger.exception("after_commit_failed")


def keep_open(engine: Engine) -> None:
    """Make the engine's connections reject a commit or rollback while a function runs on them."""

    @event.listens_for(engine, "commit")
    @event.listens_for(engine, "rollback")
    def refuse(connection: Connection) -> None:
        transaction = _current.get()
        if transaction is not None and transaction._open and transaction.connection is connection:  # noqa: SLF001 - its own module
            raise RuntimeError("a database function may not end its transaction itself")


# Not a plain flag: a task that a function starts inherits its context and outlives its transaction.
_current: ContextVar[Transaction | None] = ContextVar("current_transaction", default=None)


def refuse_nested() -> None:
    """Raise `NestedTransaction` when called, directly or not, from inside a transaction."""
    transaction = _current.get()
    if transaction is not None and transaction._open:  # noqa: SLF001 - its own module
        raise NestedTransaction(
            "a database function may not ask for another transaction before its own has ended"
        )
