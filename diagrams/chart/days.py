"""When a calendar start opens a case, in words."""

from __future__ import annotations

from diagrams.wording import Worded
from engine.errors import BadSop
from engine.sops import recurrence
from engine.sops.sop import ByCalendar

__all__ = ["calendar"]

_WEEKDAYS = ("週一", "週二", "週三", "週四", "週五", "週六", "週日")


def calendar(by: ByCalendar, worded: Worded) -> str:
    """「每月24日」, 「每年4月3日」, 「每週一」; a rule that cannot be read stands as it is."""
    try:
        rule = recurrence.read(by.rule)
    except BadSop:
        return by.rule
    if rule.every == "year":
        days = worded("、").join(worded("{0}月{1}日", month, day) for month, day in rule.names)
        if rule.years > 1:
            return worded("自{0}年起每{1}年的{2}", rule.since - 1911, rule.years, days)
        return worded("每年{0}", days)
    if rule.every == "week":
        return worded("每{0}", worded("、").join(worded(_WEEKDAYS[day]) for _, day in rule.names))
    said = []
    for nth, weekday in rule.names:
        if weekday >= 0 and nth >= 0:
            said.append(worded("第{0}個{1}", nth + 1, worded(_WEEKDAYS[weekday])))
        elif weekday >= 0:
            said.append(worded("最後一個{0}", worded(_WEEKDAYS[weekday])))
        else:
            said.append(worded("{0}日", nth) if nth < 31 else worded("月底"))
    return worded("每月{0}", worded("、").join(said))
