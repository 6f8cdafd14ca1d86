"""All tables of the case service, with what they declare of personal data."""

import api.live.tables
import api.people.tables
import api.privacy.tables
import api.store.attachments
import api.store.clock_tables
import api.store.corrections
import api.store.facts_tables
import api.store.push_tables
import api.store.tables
import api.store.together_tables
import api.webhooks.tables  # noqa: F401 - each registers its tables
from api.metadata import metadata

TABLES = tuple(metadata.sorted_tables)
"""In the order of their foreign keys."""

CHILDREN_FIRST = tuple(reversed(TABLES))
"""The order in which rows may be deleted."""
