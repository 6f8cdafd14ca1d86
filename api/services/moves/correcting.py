"""What the assistant learns from: staff who file a case under another category."""

from api.catalogue.rules.categories import Kind
from api.services.scene import Scene
from api.store.cases.corrections import Correction

LONGEST = 1_000
"""Characters kept of a case's words: what it is about stands at the beginning."""


def keep_correction(at: Scene, before: str) -> None:
    """Keep that a case was filed anew, with its words masked.

    A report (举报) is not kept: who wrote it could be told by what is told. Nor is a case whose
    city has nothing that learns.
    """
    understanding, case = at.desk.understanding, at.case
    if understanding is None or case.kind is Kind.REPORT:
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
