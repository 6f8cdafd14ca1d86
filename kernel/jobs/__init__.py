"""Background jobs and crons, enqueued in the caller's own transaction."""
