"""A Chinese sentence said in English, found by its pattern. What no pattern knows is data and stays as it is."""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cache, cached_property, lru_cache
from importlib import resources
from typing import Any

import holidays
import yaml
from markupsafe import Markup, escape

from webui.words.patterns import CHINESE, HAN, filled, marks_only, matcher

#: templates first: where a pattern is written twice, the first file holds it
FILES = ("templates", "webui", "engine")
_WEEKDAY = dict(zip("一二三四五六日", ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), strict=True))
_DATE = re.compile(
    r"(?P<full>民國)?(?P<y>\d{2,3})(?P<sep>/|年)(?P<m>\d{1,2})(?:/|月)(?P<d>\d{1,2})日?(?:（(?:星期)?(?P<w>[一二三四五六日])）)?"
    r" ?(?P<t>\d\d:\d\d)?"
)
_PLAIN_DATE = re.compile(r"\d{3}/\d\d/\d\d(?: \d\d:\d\d)?")
_MONTH = re.compile(r"(?:民國)?(\d{2,3})年(0?[1-9]|1[0-2])月")
_SHORT = re.compile(r"(\d{1,2})/(\d{1,2})（([一二三四五六日])）(\d\d:\d\d)?")
_YEARS = (2010, 2032)
_ASIDE = re.compile(r"[（，；：]")
_RUN = re.compile(r"([\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff01-\uff60\U00020000-\U0003ffff]+)")
_SPAN = re.compile(r"(\d+(?:\.\d+)?) ?(工作天|工作小時|小時|分鐘|日|天|週|個月|月|年)")
_SPANS = {
    "工作天": "working day", "工作小時": "working hour", "小時": "hour", "分鐘": "minute", "日": "day", "天": "day",
    "週": "week", "個月": "month", "月": "month", "年": "year",
}  # fmt: skip
_IN_BRACKETS = re.compile(r"（([^（）]*)）")
_BETWEEN = re.compile(r"(、|；|\n)")


class Catalogue:
    """Some of the files, the first of which holds what several say. Read when it is first asked."""

    def __init__(self, files: Sequence[str]) -> None:
        self.files = files
        self.say = lru_cache(maxsize=8192)(self._say)
        self._titles: Mapping[str, str] = {}
        self._edition: Hashable = None

    @cached_property
    def told(self) -> dict[str, str]:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        told: dict[str, str] = {}
        for name in self.files:
            text = resources.files("webui.words").joinpath(f"{name}.yaml").read_text("utf-8")
            told = {**(yaml.load(text, loader) or {}), **told}  # noqa: S506 a safe loader, and our own file
        return told

    def learn(self, edition: Hashable, titles: Callable[[], Mapping[str, str]]) -> None:
        """What SOPs are called in English; asked for again only when another edition is in force."""
        if edition != self._edition:
            self._titles, self._edition = titles(), edition
            self.say.cache_clear()

    def of_pattern(self, pattern: str) -> str | None:
        """The English pattern; None where nobody has written it."""
        found = self.told.get(pattern)
        return marks_only(pattern) if found is None else found

    def worded(self, pattern: str, /, *values: object) -> str:
        """The English pattern, its holes filled with values as they are."""
        return filled(self.of_pattern(pattern) or pattern, [str(value) for value in values])

    def _say(self, text: str) -> str:
        """In English where the catalogue knows the sentence; else the very same words."""
        if not CHINESE.search(text):
            return (_PLAIN_DATE.fullmatch(text) and _dated(text)) or text
        core = text.strip()
        found = self._known(core)
        if found is None:
            return text
        begin = text.index(core)
        return text[:begin] + found + text[begin + len(core) :]

    def _known(self, core: str) -> str | None:
        found = self.told.get(core) or self._titles.get(core)
        if found is not None:
            return found
        dated = _WEEKDAY.get(core) or _dated(core) or _holidays().get(core)
        if dated is not None:
            return dated
        if not HAN.search(core):
            return marks_only(core)
        if span := _SPAN.fullmatch(core):
            return f"{span[1]} {_SPANS[span[2]]}{'' if span[1] == '1' else 's'}"
        if (within := _IN_BRACKETS.fullmatch(core)) and self.say(within[1]) != within[1]:
            return f" ({self.say(within[1])})"
        for longest, tight, match, english in self._with_holes:
            if longest in core and (fits := match.fullmatch(core)):
                told = [self.say(value) for value in fits.groups()]
                if not tight or not any(HAN.search(value) for value in told):
                    return filled(english, told)
        parts = _BETWEEN.split(core)
        if len(parts) > 1:
            told = [self.say(part) for part in parts]
            if any(old != new for old, new in zip(parts[::2], told[::2], strict=True)):
                return "".join(told)
        return self._with_an_aside(core)

    def _with_an_aside(self, core: str) -> str | None:
        """派工（逾期送出）: somebody's words, then ours."""
        for found in _ASIDE.finditer(core, 1):
            aside = core[found.start() :]
            told = self.say(aside)
            if told != aside:
                return self.say(core[: found.start()]) + told
        return None

    @cached_property
    def _with_holes(self) -> tuple[tuple[str, bool, re.Pattern[str], str], ...]:
        """The patterns with holes, those that say the most first. Each with its longest words, to look for quickly, and
        whether these are a single sign: 註3 is a note, 註銷 is somebody's word, which must stay whole."""
        rows = []
        for pattern, english in self.told.items():
            match = matcher(pattern)
            words = re.split(r"\{\d+\}", pattern)
            if match is not None and HAN.search(pattern):
                size = sum(map(len, words))
                rows.append((size, max(words, key=len), size == 1, match, english))
        rows.sort(key=lambda row: -row[0])
        return tuple(row[1:] for row in rows)


#: what the pages say; what the terminal says, which no page must take for its own
PAGES = Catalogue(FILES)
TERMINAL = Catalogue(("commands", *FILES))
say = PAGES.say
of_pattern = PAGES.of_pattern


@cache
def _holidays() -> dict[str, str]:
    """The public holidays' names, as the package of the calendar has them in both languages."""
    chinese, told = (
        holidays.country_holidays("TW", years=range(*_YEARS), expand=False, language=language)
        for language in ("zh_TW", "en_US")
    )
    return {chinese[day]: told[day].replace("Labor", "Labour") for day in chinese if day in told}


def _dated(core: str) -> str | None:
    """2026-11-20 (Fri) 17:00; spelt out days keep their year of the Republic: 2026-11-20 (ROC 115/11/20)."""
    if found := _DATE.fullmatch(core):
        year, month, day = int(found["y"]) + 1911, int(found["m"]), int(found["d"])
        said = f"{year}-{month:02}-{day:02}"
        if found["sep"] == "年":
            said += f" (ROC {found['y']}/{month:02}/{day:02})"
        elif found["w"]:
            said += f" ({_WEEKDAY[found['w']]})"
        return f"{said} {found['t']}" if found["t"] else said
    if found := _MONTH.fullmatch(core):
        return f"{month_name[int(found[2])]} {int(found[1]) + 1911}"
    if found := _SHORT.fullmatch(core):
        said = f"{_WEEKDAY[found[3]]} {int(found[1]):02}-{int(found[2]):02}"
        return f"{said} {found[4]}" if found[4] else said
    return None


def spoken(value: Any) -> Any:
    """For a value within an attribute or an option: English, or as it is."""
    return say(str(value)) if isinstance(value, str) and not isinstance(value, Markup) else value


def shown(value: Any) -> Any:
    """For a value within text: English, or marked as Chinese, so that it is read out and broken into lines as such."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    said = say(value)
    if said == value or not HAN.search(said):
        return marked(value) if said == value else said
    return mixed(said)


def mixed(text: str) -> Markup:
    """English in which Chinese data stands, each marked as such."""
    return Markup("").join(marked(part) for part in _RUN.split(text))


def marked(value: Any) -> Any:
    """Data, never said in English."""
    if not isinstance(value, str) or isinstance(value, Markup) or not HAN.search(value):
        return value
    return Markup('<span lang="zh-Hant-TW">%s</span>') % escape(value)
