"""Which refusals of a request that fits its schema are right: those that rest on what is kept.

A request that does not fit its schema is answered with the code `request_invalid`. That one is not
listed: where the schema lets a request through, the service has to take its form.
"""

import schemathesis

from kernel import json

RIGHT = {
    "category_unknown": "the catalogue decides",
    "unit_unknown": "the catalogue decides",
    "exclusion_unknown": "the catalogue decides",
    "detail_unknown": "the catalogue decides",
    "cursor_invalid": "only the service makes cursors",
    "idempotency_key_reused": "the key stands for another request already",
    "version_stale": "the case has moved on since that version",
    "period_invalid": "two days together decide",
    "live_session_times_invalid": "the clock and two moments together decide",
    "until_invalid": "the clock decides",
    "contact_time_invalid": "the clock decides",
    "extension_too_long": "the calendar decides",
    "evidence_required": "the category decides",
    "reason_required": "the case's state decides",
    "move_lacks": "the case's state decides",
    "attachment_type_refused": "the bytes decide",
    "attachment_unreadable": "the bytes decide",
    "attachment_too_many_pixels": "the bytes decide",
    "url_refused": "the network decides",
}
"""Codes of refusals that no schema can foresee, and why."""


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Drop "valid data should have been accepted" where the refusal is one of `RIGHT`."""
    if failure.code != "ST202":
        return True
    try:
        code = json.loads(response.content.decode())["code"]
    except (ValueError, KeyError, TypeError):
        return True
    return code not in RIGHT
