"""Collect all tables of the case service, with their declarations of personal data."""

import api.live.tables
import api.people.tables
import api.privacy.tables
import api.store.attachments.attachments
import api.store.cases.corrections
import api.store.cases.facts_tables
import api.store.cases.tables
import api.store.clocks.tables
import api.store.events.tables
import api.store.joint.tables
import api.webhooks.tables  # noqa: F401 - each registers its tables
from api.metadata import metadata

TABLES = tuple(metadata.sorted_tables)
"""All tables in the order of their foreign keys."""

CHILDREN_FIRST = tuple(reversed(TABLES))
"""The order in which rows may be deleted."""
