"""Generate a city's year of cases in SQL, for lists, searches and figures.

Four fifths of the last month's cases are open, and one in fifty of the older ones. They cover all
categories, streets and units of the shipped city. Their words are noise of the usual size, which no
list reads.
"""

import json
from datetime import datetime

from sqlalchemy import Engine, text

from api.catalogue.rules.catalogue import Catalogue
from api.catalogue.rules.territory import PlaceLevel
from api.catalogue.rules.units import Level

_STATES = [
    "dispatched",
    *["processing"] * 4,
    "submitted",
    "return_pending",
    "rehandling",
    "replied",
    *["callback"] * 2,
]
_ENDS = ["closed"] * 18 + ["withdrawn", "rejected"]

_CASES = """
INSERT INTO cases (number, state, kind, category, urgency, unit, citizen, contact_point, channel,
  language, district, street, opened_at, changed_at, due_at, owed, urged, because, contact_mode,
  matter_sealed, access_index, version)
SELECT number, state, 'complaint', category, urgency, unit, 'bench', 'bench', 'web', 'zh', district,
  street, opened_at, opened_at + interval '1 hour',
  CASE WHEN state IN ('replied', 'callback') OR ended THEN NULL
       ELSE opened_at + interval '9 days' * (0.2 + random()) END,
  CASE WHEN n % 11 = 0 THEN '["photo"]' ELSE '[]' END::jsonb,
  CASE WHEN n % 19 = 0 THEN 1 ELSE 0 END,
  '[]'::jsonb, 'named', noise, decode(md5(number), 'hex'), 4
FROM (
  SELECT n, number, opened_at, ended, category, street, district, noise,
    CASE WHEN n % 41 = 0 THEN 'urgent' ELSE 'normal' END AS urgency,
    CASE WHEN ended THEN (:ends)[1 + n % cardinality((:ends))]
         ELSE (:states)[1 + n % cardinality((:states))] END AS state,
    CASE WHEN n % 3 = 0 THEN 'S' || street
         ELSE (:units)[1 + n * 7 % cardinality((:units))] END AS unit
  FROM (
    SELECT n, opened_at, (:categories)[1 + n * 31 % cardinality((:categories))] AS category,
      (:streets)[1 + n * 17 % cardinality((:streets))] AS street,
      (:districts)[1 + n * 17 % cardinality((:streets))] AS district,
      to_char(opened_at AT TIME ZONE 'Asia/Shanghai', 'YYYYMMDD') || '-' || lpad(n::text, 6, '0')
        || '-0' AS number,
      opened_at < CAST(:now AS timestamptz) - interval '30 days' AND n % 50 <> 0
        OR n % 5 = 0 AS ended,
      decode(repeat(md5(n::text), 16), 'hex') AS noise
    FROM (
      SELECT n, CAST(:now AS timestamptz) - interval '365 days' * (n::float / :cases) AS opened_at
      FROM generate_series(1, :cases) AS n
    ) AS one
  ) AS two
) AS three
"""

_FACTS = """
INSERT INTO case_facts (number, tenure, last, opened_at, opened_day, kind, category, unit, district,
  street, due_at, contact_due_at, replied_at, handled_minutes, elapsed_minutes, ended, contact,
  answered, returned, solved, satisfaction, first_solved, first_satisfaction)
SELECT number, 1, true, opened_at, (opened_at AT TIME ZONE 'Asia/Shanghai')::date, kind, category,
  unit, district, street, opened_at + interval '7 days', opened_at + interval '1 day',
  CASE WHEN done THEN opened_at + interval '2 days' END, CASE WHEN done THEN 300 + n % 900 END,
  CASE WHEN done THEN 600 + n % 3000 END, state IN ('closed', 'withdrawn', 'rejected'),
  CASE WHEN done
       THEN (ARRAY['in_time', 'in_time', 'in_time', 'late', 'none', 'denied'])[1 + n % 6] END,
  CASE WHEN done THEN (ARRAY['in_time', 'in_time', 'late'])[1 + n % 3] END,
  (ARRAY['never', 'never', 'never', 'refused', 'accepted'])[1 + n % 5],
  solved, satisfaction, solved, satisfaction
FROM (
  SELECT *, CASE WHEN done THEN (ARRAY['yes', 'yes', 'partly', 'no'])[1 + n % 4] END AS solved,
    CASE WHEN done THEN (ARRAY['very_satisfied', 'satisfied', 'fairly_satisfied', 'dissatisfied',
      'very_dissatisfied'])[1 + n % 5] END AS satisfaction
  FROM (
    SELECT *, state = 'closed' AS done, substr(number, 10, 6)::int AS n FROM cases
  ) AS one
) AS two
"""


def write(engine: Engine, catalogue: Catalogue, cases: int, now: datetime) -> None:
    """Write `cases` cases of the year before `now`, and their facts, into a migrated PostgreSQL."""
    streets = catalogue.territory.at_level(PlaceLevel.STREET)
    city_units = [unit.code for unit in catalogue.units.values() if unit.level is Level.CITY]
    arrays = {
        "ends": _ENDS,
        "states": _STATES,
        "units": city_units,
        "categories": list(catalogue.categories),
        "streets": [street.code for street in streets],
        "districts": [street.parent for street in streets],
    }
    statement = _CASES
    for name, values in arrays.items():
        words = json.dumps(values)[1:-1].replace('"', "'")
        statement = statement.replace(f"(:{name})", f"(ARRAY[{words}])")
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO citizen (id, created_at) VALUES ('bench', :now)"), {"now": now}
        )
        connection.execute(
            text(
                "INSERT INTO contact_point (id, citizen, channel, language, registered_at)"
                " VALUES ('bench', 'bench', 'web', 'zh', :now)"
            ),
            {"now": now},
        )
        connection.execute(text(statement), {"now": now, "cases": cases})
        connection.execute(text(_FACTS))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE cases"))
        connection.execute(text("VACUUM ANALYZE case_facts"))
