"""Metadata of all tables of the case service, and the owners of personal data.

Columns that end in `_sealed` hold personal data, encrypted by the repositories.
"""

from sqlalchemy import (
    MetaData,
)

from kernel.privacy.personal import Owner

CASE = Owner("case", "number")
POINT = Owner("point", "contact_point")
STAFF = Owner("staff", "id")
WITH_CASE = "as long as the case: until its citizen asks to be forgotten and it has ended"
ACTED = "who acted for the city stays known"


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)
