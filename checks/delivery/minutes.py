"""Minutes of the log, `2026-11-21T09:31` UTC, as numbers: for differences between them."""

from functools import lru_cache


@lru_cache(maxsize=1024)
def _day_number(day: str) -> int:
    """Minutes from the year 0 to this day, as if all calendars were Gregorian; 0 for what is no date."""
    try:
        year, month, date = int(day[:4]), int(day[5:7]), int(day[8:10])
    except ValueError:
        return 0
    year -= month < 3
    shifted = (month + 9) % 12
    return (365 * year + year // 4 - year // 100 + year // 400 + (153 * shifted + 2) // 5 + date) * 1440


def minute_number(minute: str) -> int:
    """`2026-11-21T09:31` as a number of minutes, for differences; 0 for what is no time."""
    day = _day_number(minute[:10]) if minute.isascii() else 0
    hour, of_hour = minute[11:13], minute[14:16]
    return day + int(hour) * 60 + int(of_hour) if day and hour.isdigit() and of_hour.isdigit() else 0
