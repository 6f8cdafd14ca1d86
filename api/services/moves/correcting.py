"""Store staff's corrections of categories for training."""

from api.catalogue.rules.categories import RequestKind
from api.services.scene import LockedCase
from api.store.cases.corrections import Correction

LONGEST = 1_000
"""Most stored characters of a case's words: the topic is at the beginning."""


def keep_correction(at: LockedCase, before: str) -> None:
    """Store a correction of a case's category, with masked words.

    A report (举报) is not stored, because its content may reveal its author. Without a model that
    learns nothing is stored.
    """
    understanding, case = at.desk.understanding, at.case
    if understanding is None or case.kind is RequestKind.REPORT:
        return
    known = [value for value in (case.contact.name, case.contact.phone) if value]
    if case.matter.place is not None:
        known.append(case.matter.place.text)
    at.work.corrections.keep(
        Correction(
            number=case.number,
            at=at.now,
            before=before,
            after=case.category,
            model=understanding.version,
            words=understanding.mask(case.matter.happened, known)[:LONGEST],
        )
    )
