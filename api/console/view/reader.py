"""Provide the reader of a page, with language and address, on which its words depend.

This module does not draw.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.requests import Request

from api.catalogue.rules.texts import Text
from api.console.context import ROOT, ConsoleContext
from api.console.guard import inner_path, language_of, session_of
from api.console.texts import LANGUAGES
from api.contract import Names
from api.errors import Refusal
from api.people.rules.actor import Actor
from api.people.rules.staff import SessionEnded, Staff


class Reader:
    """The reader of one page.

    It stores only the digest of the session, so the account is read again each time.
    """

    def __init__(self, context: ConsoleContext, request: Request) -> None:
        self.context = context
        self.language = language_of(request)
        self.path = ROOT + inner_path(request.scope)
        self.query = {key: request.query_params[key] for key in request.query_params}
        self._session = session_of(request.scope)

    async def staff(self) -> Staff:
        """Return the account in its present state.

        Raises:
            SessionEnded: the session has ended.
        """
        if self._session is None:
            raise SessionEnded
        return await self.context.door.who(self._session)

    async def actor(self) -> Actor:
        """Return the acting staff member, read again.

        Raises:
            SessionEnded: the session has ended.
        """
        return (await self.staff()).actor

    def say(self, key: str, /, **parameters: object) -> str:
        """Return words in the reader's language."""
        return self.context.texts.words(key, self.language, **parameters)

    def say_or(self, key: str, otherwise: str) -> str:
        """Return the words if they exist, else `otherwise`."""
        return self.say(key) if self.context.texts.has(key) else otherwise

    def name(self, names: Names | Text) -> str:
        """Return a name in the reader's language."""
        return names.en if self.language == "en" else names.zh

    def address(self, changes: Mapping[str, str | None]) -> str:
        """Make this page's address with changed parameters; None removes one."""
        query = {**self.query, **changes}
        kept = {key: value for key, value in query.items() if value and key != "lang"}
        return self.path + (f"?{urlencode(kept)}" if kept else "")

    def other_language(self) -> tuple[str, str]:
        """Return the other language and this page's address in it."""
        other = next(language for language in LANGUAGES if language != self.language)
        here = self.address({})
        return other, f"{here}{'&' if '?' in here else '?'}lang={other}"

    def refusal(self, refused: Refusal) -> str:
        """Return the words of a refusal."""
        key = f"refused_{refused.code}"
        if not self.context.texts.has(key):
            return self.say("refused", code=refused.code)
        return self.say(key, **refused.params)
