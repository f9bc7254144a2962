"""What becomes of each petition of the invented city: told before it is opened, by the seed alone.

The first are placed by hand, so that everything an office meets is there and every desk has work; the rest is chance.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.rehearsal.matters import MATTERS, PLACES, Matter
from engine.rehearsal.said import NAMES

__all__ = ["CHANNELS", "Plan", "plans"]

#: channel → the SOP it is handled by
CHANNELS = {
    "線上陳情": "petition-online", "線上市容查報": "petition-online", "到府": "petition-visit-phone",
    "電話": "petition-visit-phone", "書面": "petition-written-fax", "傳真": "petition-written-fax",
}  # fmt: skip
_WEB, _SIGHT, _VISIT, _PHONE, _LETTER, _FAX = CHANNELS
_LIGHTING, _ROADS = "works-lighting", "works-roads"
_INSPECTION = "environment-inspection"


@dataclass(frozen=True, slots=True)
class Plan:
    """One petition. ``age``: working days before today. ``stays``: the step where it lies still, by its last part;
    with ``hand`` somebody took it in hand, with ``draft`` began to write. ``of``: the plan whose matter it repeats."""

    n: int
    kind: str
    age: int
    channel: str
    matter: Matter
    place: str
    who: str
    email: str
    officer: int = 0
    stays: str | None = None
    hand: bool = False
    draft: bool = False
    urgent: int = 0
    of: int | None = None

    @property
    def sop(self) -> str:
        return CHANNELS[self.channel]


#: kind, unit or "", channel, age, the rest by name; ``of`` counts back from the plan itself
_PLACED: tuple[tuple[str, str, str, int, dict[str, object]], ...] = (
    # third return: the same matter four times, each handed in after the one before was closed
    ("plain", _ROADS, _WEB, 58, {}),
    ("again", "", _WEB, 44, {"of": 1}),
    ("again", "", _WEB, 30, {"of": 1}),
    ("again", "", _WEB, 12, {"of": 1, "stays": "PO-08", "hand": True}),
    # one clerk's desk
    ("plain", _LIGHTING, _WEB, 7, {"stays": "PO-07", "hand": True}),
    ("plain", _LIGHTING, _WEB, 9, {"stays": "FU-04", "hand": True}),
    ("plain", _LIGHTING, _WEB, 5, {"stays": "PO-08", "hand": True}),
    ("plain", _LIGHTING, _SIGHT, 4, {"stays": "PO-08", "hand": True, "draft": True}),
    ("returned", _LIGHTING, _WEB, 4, {"stays": "PO-08", "hand": True}),
    ("plain", _LIGHTING, _PHONE, 4, {"stays": "PV-10", "hand": True}),
    ("plain", _LIGHTING, _LETTER, 6, {"stays": "PW-09", "hand": True}),
    ("plain", _LIGHTING, _SIGHT, 2, {"stays": "PO-08", "hand": True, "urgent": 1}),
    ("plain", _LIGHTING, _WEB, 1, {"stays": "PO-07"}),
    ("plain", _LIGHTING, _VISIT, 2, {"stays": "PV-08", "urgent": 2}),
    # their chief's, and what their chief looks over
    ("plain", _LIGHTING, _WEB, 4, {"stays": "PO-09", "hand": True}),
    ("plain", _LIGHTING, _PHONE, 4, {"stays": "PV-09", "hand": True}),
    ("extension-asked", _LIGHTING, _WEB, 3, {"officer": 1, "hand": True}),
    ("opinion-asked", _LIGHTING, _WEB, 4, {"officer": 1, "hand": True}),
    ("plain", _LIGHTING, _WEB, 26, {"stays": "FU-04", "officer": 1, "hand": True}),
    ("opinion-late", _LIGHTING, _FAX, 11, {"officer": 1, "hand": True}),
    ("plain", _LIGHTING, _LETTER, 8, {"stays": "PW-10", "hand": True}),
    # the registry's, the service centre's, the control office's
    ("plain", "", _WEB, 0, {"stays": "PO-04", "hand": True}),
    ("plain", "", _WEB, 1, {"stays": "PO-04"}),
    ("plain", "", _LETTER, 1, {"stays": "PW-04", "hand": True}),
    ("plain", "", _PHONE, 0, {"stays": "PV-01", "hand": True}),
    ("plain", "", _FAX, 1, {"stays": "PW-01", "hand": True}),
    ("duplicate", "", _WEB, 1, {"of": 14, "stays": "DC-02"}),
    ("plain", "", _WEB, 6, {"stays": "PO-11", "hand": True}),
    ("plain", "", _SIGHT, 5, {"stays": "PO-11"}),
    ("plain", "", _PHONE, 6, {"stays": "PV-12", "hand": True}),
    ("plain", "", _LETTER, 8, {"stays": "PW-13"}),
    ("plain", "", _LETTER, 2, {"stays": "PW-05", "hand": True}),
    ("misdirected", "", _WEB, 2, {"stays": "PO-07R", "hand": True}),
    ("late", "", _WEB, 14, {"stays": "FU-05", "hand": True}),
    ("interim", "", _WEB, 6, {"stays": "FU-01"}),
    # what else happens to petitions
    ("duplicate", "", _WEB, 3, {"of": 29}),
    ("interim", _ROADS, _WEB, 34, {"stays": "FU-04", "hand": True}),
    ("interim", "", _LETTER, 40, {}),
    ("late", "", _PHONE, 24, {}),
    ("neglected", "", _WEB, 38, {}),
    ("neglected", "", _PHONE, 19, {}),
    ("neglected", "", _LETTER, 22, {}),
    ("misdirected", "", _SIGHT, 11, {}),
    ("transferred", "", _WEB, 9, {}),
    ("extension-granted", "", _WEB, 10, {}),
    ("extension-granted", "works-drainage", _WEB, 7, {"stays": "PO-08", "hand": True}),
    ("extension-refused", "", _WEB, 12, {}),
    ("suspended", "", _WEB, 6, {}),
    ("suspended", "works-drainage", _PHONE, 4, {}),
    ("suspended-over", "", _LETTER, 20, {}),
    ("opinion-given", "", _WEB, 9, {}),
    ("opinion-asked", _ROADS, _LETTER, 6, {}),
    ("undeliverable", "", _WEB, 13, {}),
    ("undeliverable-again", "", _WEB, 18, {}),
    ("informant", _INSPECTION, _LETTER, 7, {"officer": 1, "stays": "PW-09", "hand": True}),
    ("informant", "fire-prevention", _WEB, 25, {}),
    ("not-released", "", _WEB, 21, {}),
    ("unhappy", "", _PHONE, 16, {}),
    ("unreachable", "", _PHONE, 15, {}),
    ("untold", "", _VISIT, 13, {}),
    ("brief", "", _FAX, 18, {}),
    ("joined-later", "", _WEB, 2, {"of": 55}),
    ("reopened", "", _WEB, 28, {}),
    ("amended", "", _WEB, 9, {}),
    ("withdrawn", "", _WEB, 8, {}),
    ("noted", "", _WEB, 17, {}),
)
_KINDS = {
    "plain": 58, "returned": 8, "late": 7, "interim": 6, "misdirected": 5, "untold": 2, "unreachable": 2, "unhappy": 2,
    "extension-granted": 2, "extension-refused": 1, "opinion-given": 3, "not-released": 2, "noted": 6, "amended": 1,
    "suspended-over": 1, "neglected": 2, "again": 2, "duplicate": 3,
}  # fmt: skip
_MIX = {_WEB: 34, _SIGHT: 20, _PHONE: 20, _VISIT: 8, _LETTER: 12, _FAX: 6}
#: the channels a kind can come by, where not all
_ONLY = {
    "unhappy": (_PHONE,), "unreachable": (_PHONE,), "untold": (_VISIT,), "interim": (_WEB, _SIGHT, _LETTER),
    "extension-granted": (_WEB, _SIGHT), "extension-refused": (_WEB, _SIGHT), "suspended-over": (_WEB, _LETTER),
    "again": (_WEB,), "duplicate": (_WEB,),
}  # fmt: skip
#: working days of the three months
_SPAN = 62


def plans(count: int, seed: int) -> list[Plan]:
    """So many, always the same for a seed; in the order they are told, not of their days."""
    made: list[Plan] = []
    for kind, unit, channel, age, rest in _PLACED[:count]:
        made.append(_one(made, random.Random(f"{seed}:{len(made)}"), kind, channel, age, unit, dict(rest)))
    while len(made) < count:
        made.append(_by_chance(made, random.Random(f"{seed}:{len(made)}")))
    return made


def _by_chance(made: list[Plan], chance: random.Random) -> Plan:
    kind = chance.choices(list(_KINDS), list(_KINDS.values()))[0]
    age = chance.randrange(9) if chance.random() < 0.3 else 6 + chance.randrange(_SPAN - 6)
    rest: dict[str, object] = {}
    if kind in ("again", "duplicate"):
        earlier = list(_repeatable(made, age, over=kind == "again"))
        if earlier:
            rest["of"] = len(made) - chance.choice(earlier)
        else:
            kind = "plain"
    offered = _ONLY.get(kind, tuple(_MIX))
    channel = chance.choices(offered, [_MIX[one] for one in offered])[0]
    if chance.random() < 0.12:
        rest["urgent"] = 1 + chance.randrange(2)
    return _one(made, chance, kind, channel, age, "", rest)


def _repeatable(made: list[Plan], age: int, *, over: bool) -> Iterator[int]:
    """Earlier petitions that went their plain way: closed by then, or still being handled."""
    for plan in made:
        gap = plan.age - age
        fits = 11 <= gap <= 30 if over else 1 <= gap <= 2
        if fits and plan.kind == "plain" and plan.stays is None and plan.sop == "petition-online":
            yield plan.n


def _one(
    made: list[Plan], chance: random.Random, kind: str, channel: str, age: int, unit: str, rest: dict[str, object]
) -> Plan:  # fmt: skip
    n = len(made)
    matters = [one for one in MATTERS if not unit or one.unit == unit]
    matter, lane = matters[n % len(matters)] if unit else chance.choice(matters), 1 + chance.randrange(180)
    if kind == "informant":
        matter = chance.choice([one for one in matters if one.kind == "檢舉"])
    back = rest.pop("of", None)
    plan = Plan(
        n=n, kind=kind, age=age, channel=channel, matter=matter, place=f"{chance.choice(PLACES)}{lane}號",
        who=f"例{chance.choice(NAMES)}", email=f"resident{n + 1}@example.invalid", officer=chance.randrange(2),
    )  # fmt: skip
    if unit and "officer" not in rest:
        rest["officer"] = 0
    plan = replace(plan, **rest)  # type: ignore[arg-type]  # the table's own words
    if back is None:
        return plan
    first = made[n - int(str(back))]
    same = replace(plan, of=first.n, matter=first.matter, place=first.place, officer=first.officer)
    if kind == "again" or n % 2:  # the same person once more; otherwise a neighbour
        return replace(same, who=first.who, email=first.email)
    return same
