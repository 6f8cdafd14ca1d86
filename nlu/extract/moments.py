"""When: dates, times of day, spans and repetitions, in Chinese and English."""

from datetime import timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has one time zone and no summer time; a fixed offset needs no tz database in Rasa's image."""
