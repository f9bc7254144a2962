"""Time in the office: which days are worked, when something is due and why, and the alarms that ring about it.

``roc`` speaks 民國 dates; ``workdays`` and ``periods`` are pure (the calendar is a value, the clock is never read);
``ladders`` are the default rungs; ``calendars`` and ``deadlines`` keep all of it in the database. Nothing here knows a
case's flow, and lateness is computed, never stored.
"""
