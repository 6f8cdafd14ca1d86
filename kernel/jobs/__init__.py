"""Work that is done later, or again and again: enqueued in the caller's own transaction."""
