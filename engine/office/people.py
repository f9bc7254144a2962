"""People, the units they sit in, the roles they hold; and the one table that says who may do what.

A thing handed to ``require`` is a row or a mapping. With a ``role`` it is a work item (``unit, role, assignee,
done_by``); without one it is a case (``unit, opened_by`` and, where known, ``units``: all units that had work in it).
Whoever may not even see the thing reads ``Missing``; whoever sees it but may not do this reads ``NotAllowed``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from engine.errors import Missing, NotAllowed, NotNow
from engine.office.staff import (
    CHIEF_ROLES,
    CONTROL_ROLES,
    CONTROL_UNIT,
    LEVELS,
    OFFICE_ZONE,
    OUTSIDE_ROLES,
    OWNER_ROLE,
    SYSTEM,
    Person,
    Unit,
    administrators,
    control_office,
    excluded_from,
    find,
    get,
    holders,
    in_control_office,
    is_above,
    is_chief,
    names,
    not_excluded,
    office_day,
    owns_procedures,
    reach,
    role_name,
    roles,
    seat,
    seats,
    several,
    sitting_in,
    standing_in,
    unit_name,
    units,
    units_led,
    units_named,
    units_signed,
    valid_on,
)
from engine.store import Connection

__all__ = [
    "CHIEF_ROLES", "CONTROL_ROLES", "CONTROL_UNIT", "LEVELS", "OFFICE_ZONE", "OUTSIDE_ROLES", "OWNER_ROLE", "RULES",
    "SYSTEM", "Facts", "Person", "Test", "Unit", "administrators", "concerns_a_row", "control_office",
    "excluded_from", "facts_of", "find", "get", "holders", "holds", "in_control_office", "is_above", "is_chief",
    "leads", "may", "names", "not_excluded", "office_day", "owns_procedures", "reach", "require", "role_name",
    "roles", "seat", "seats", "several", "sitting_in", "standing_in", "unit_name", "units", "units_led",
    "units_named", "units_signed", "valid_on",
]  # fmt: skip


# -- who may do what -------------------------------------------------------------------------------------------------

Facts = Mapping[str, Any]
Test = Callable[[Connection, Person, Facts], bool]


def holds(db: Connection, who: Person, role: str, unit: str) -> bool:
    """Whether the person holds the role in the unit, or above it where nobody in the unit does."""
    own = who.all_memberships
    if (unit, role) in own:
        return True
    return any(r == role for _, r in own) and (unit, role) in seats(db, who)


def _is_assignee(db: Connection, who: Person, thing: Facts) -> bool:
    return thing.get("assignee") is not None and thing["assignee"] in who.ids


def _is_free_for(db: Connection, who: Person, thing: Facts) -> bool:
    return thing.get("assignee") is None and holds(db, who, thing["role"], thing["unit"])


def _is_chief(db: Connection, who: Person, thing: Facts) -> bool:
    chief_of = {unit for unit, role in who.all_memberships if role in CHIEF_ROLES}
    unit = thing.get("unit")
    if not chief_of or unit is None:
        return False
    return unit in chief_of or any(is_above(db, mine, unit) for mine in chief_of)


def leads(db: Connection, who: Person, other: Person) -> bool:
    """Whether the person is chief of a unit that the other sits in, or above it."""
    return any(_is_chief(db, who, {"unit": unit}) for unit, _ in other.memberships)


def _signs_at_its_level(db: Connection, who: Person, thing: Facts) -> bool:
    """Whoever holds the role of the thing's ``level``, or a higher one, in its unit or above it."""
    level = thing.get("level")
    return level is not None and thing.get("unit") in units_signed(db, who, level)


def _signs_a_request(db: Connection, who: Person, thing: Facts) -> bool:
    """One of the thing's ``levels``, those of the requests that wait in it, is the person's to sign."""
    return any(thing.get("unit") in units_signed(db, who, level) for level in thing.get("levels") or ())


def _finished_it(db: Connection, who: Person, thing: Facts) -> bool:
    """Only who did it, not whoever stands for them: the act carries their own name."""
    return who.id is not None and thing.get("done_by") == who.id


def _is_control(db: Connection, who: Person, thing: Facts) -> bool:
    return in_control_office(who)


def _is_control_chief(db: Connection, who: Person, thing: Facts) -> bool:
    return (CONTROL_UNIT, "rdec_chief") in who.memberships


def _is_admin(db: Connection, who: Person, thing: Facts) -> bool:
    return who.admin


def _is_staff(db: Connection, who: Person, thing: Facts) -> bool:
    return bool(who.memberships)


def _is_owner(db: Connection, who: Person, thing: Facts) -> bool:
    return owns_procedures(who)


def _owns_it(db: Connection, who: Person, thing: Facts) -> bool:
    """Process owners of the control office own every SOP; others those of their unit and below, and those of none."""
    mine = {unit for unit, role in who.memberships if role == OWNER_ROLE}
    unit: str | None = thing.get("unit")
    if unit is None or CONTROL_UNIT in mine:
        return bool(mine)
    return unit in mine or any(is_above(db, one, unit) for one in mine)


def _is_in_unit(db: Connection, who: Person, thing: Facts) -> bool:
    here = {unit for unit, _ in who.all_memberships}
    return thing.get("unit") in here or bool(here & set(thing.get("units") or ()))


def _opened_it(db: Connection, who: Person, thing: Facts) -> bool:
    return thing.get("opened_by") is not None and thing["opened_by"] in who.ids


def _answers_petitioner(db: Connection, who: Person, thing: Facts) -> bool:
    """The responsible unit, which has to answer, and the service centre, which took the petition down."""
    return any(
        unit == thing.get("unit") or (unit, role) == (CONTROL_UNIT, "service_center")
        for unit, role in who.all_memberships
    )


def _knows_petitioner(db: Connection, who: Person, thing: Facts) -> bool:
    """Of an informant's report (檢舉) not even the responsible unit; where nobody said what it is, it counts as one."""
    if thing.get("informant", True):
        return _is_service_center(db, who, thing)
    return _answers_petitioner(db, who, thing)


def _is_service_center(db: Connection, who: Person, thing: Facts) -> bool:
    return (CONTROL_UNIT, "service_center") in who.all_memberships


def _answers_for_it(db: Connection, who: Person, thing: Facts) -> bool:
    """Whoever sits in the responsible unit."""
    return thing.get("unit") is not None and any(unit == thing["unit"] for unit, _ in who.all_memberships)


def _holds_its_role(db: Connection, who: Person, thing: Facts) -> bool:
    return "role" in thing and holds(db, who, thing["role"], thing["unit"])


def _asked_it(db: Connection, who: Person, thing: Facts) -> bool:
    return thing.get("asked_by") is not None and thing["asked_by"] in who.ids


def _wrote_it(db: Connection, who: Person, thing: Facts) -> bool:
    return thing.get("by") is not None and thing["by"] in who.ids


def _is_oneself(db: Connection, who: Person, thing: Facts) -> bool:
    return who.id is not None and thing.get("person_id") == who.id


def _sees(db: Connection, who: Person, thing: Facts) -> bool:
    if _is_control(db, who, thing) or _is_in_unit(db, who, thing) or _is_chief(db, who, thing):
        return True
    if "role" in thing:
        return (
            _is_assignee(db, who, thing) or _finished_it(db, who, thing) or holds(db, who, thing["role"], thing["unit"])
        )
    return any(
        test(db, who, thing) for test in (_opened_it, _answers_petitioner, _signs_at_its_level, _signs_a_request)
    )


#: verb → whoever passes one of these tests may do it
RULES: Mapping[str, tuple[Test, ...]] = {
    # work items
    "claim": (_is_free_for, _is_assignee),
    "complete": (_is_free_for, _is_assignee),
    "save_draft": (_is_free_for, _is_assignee),
    "assign": (_is_chief,),
    "hand_back": (_is_assignee, _is_chief),
    "remind": (_is_chief, _is_control),  # with a word, who has the item
    "send_back": (_is_chief,),
    "recall": (_finished_it,),
    "amend": (_finished_it, _is_chief),
    # cases
    "open": (_is_staff,),
    "see": (_sees,),
    "see_identity": (_knows_petitioner, _is_control),
    "mark_informant": (_is_service_center, _is_control),
    "exclude": (_is_service_center, _is_control),  # somebody from a case: the accused of an informant's report
    "see_exclusions": (_is_service_center, _is_control, _is_admin),  # who is kept away from a case, and why
    "withdraw": (_is_control,),
    "call_in": (_is_chief, _is_control, _answers_for_it, _opened_it, _finished_it),  # those who have not handed in
    "follow_up": (_is_control,),  # ask those who hold a case in control how it stands
    "resume": (_is_control, _is_admin),  # a case that is stuck
    "reopen": (_is_control,),
    "transfer": (_is_control,),
    "renew": (_is_control,),  # go on by the version in force
    "join": (_is_control, _is_service_center),
    "part": (_is_control, _is_service_center),
    "set_priority": (_is_chief, _is_control),
    "set_solved": (_is_control, _answers_for_it),
    "note_add": (_sees,),
    "note_strike": (_wrote_it, _is_chief),
    "note_undeliverable": (_answers_petitioner, _is_control),
    "send_again": (_answers_petitioner, _is_control),
    "correct_identity": (_knows_petitioner, _is_control),
    # opinions: the first of an open item of the case, the second of the opinion itself
    "ask_opinion": (_is_free_for, _is_assignee, _is_chief),
    "give_opinion": (_holds_its_role, _is_chief),
    "take_back_opinion": (_asked_it, _is_chief),
    # what was done a moment ago is undone
    "take_back_assignment": (_is_chief,),
    "take_back_send_back": (_is_chief,),
    "take_back_extension": (_asked_it,),
    # time: the first two of an open item of the case, for who holds it
    "ask_extension": (_is_free_for, _is_assignee),
    "suspend": (_is_free_for, _is_assignee, _is_chief),
    "proceed": (_is_free_for, _is_assignee, _is_chief),
    "move_event": (_is_free_for, _is_assignee, _is_chief),
    "decide_extension": (_signs_at_its_level,),
    # SOPs
    "publish": (_is_owner, _is_admin),
    "draft_sop": (_owns_it, _is_admin),  # write in the draft of an SOP, submit it, bring it into force
    "review_first": (_is_chief, _owns_it),  # 初審, in the unit whose SOP it is
    "review_second": (_is_control,),  # 複審
    # the office itself
    "manage_calendar": (_is_admin,),
    "manage_accounts": (_is_admin,),
    "decide_nomination": (_is_admin, _is_control_chief),  # and never who asked for it, nor whom it is for
    "read_access": (_is_admin, _is_control),  # who looked at which identity; never the identity
    "manage_retention": (_is_admin,),
    "manage_organisation": (_is_admin,),
    "manage_settings": (_is_admin,),  # quiet hours, digest, the clock
    "see_health": (_is_admin,),
    "see_journal": (_is_admin,),  # of all cases at once, without what people wrote in them
    "import_cases": (_is_admin,),
    "substitute": (_is_oneself, _is_chief, _is_admin),
}
#: verbs that concern no case, so that nothing has to be seen first
_UNSEEN = frozenset(
    {
        "open", "publish", "manage_accounts", "manage_calendar", "manage_organisation", "manage_settings", "substitute",
        "resume", "see_health", "see_journal", "import_cases", "decide_nomination", "read_access", "manage_retention",
        "draft_sop", "review_first", "review_second",
    }
)  # fmt: skip
#: of these, the verbs that concern a person
_OF_A_PERSON = frozenset({"substitute"})


def concerns_a_row(verb: str) -> bool:
    """Whether the verb can only be asked for a thing: a work item, a case, a person."""
    return verb not in _UNSEEN or verb in _OF_A_PERSON


def may(db: Connection, who: Person, to: str, thing: Any = None) -> bool:
    """For buttons: whether ``require`` would let the person pass."""
    try:
        require(db, who, to, thing)
    except (Missing, NotAllowed, NotNow):
        return False
    return True


def require(db: Connection, who: Person, to: str, thing: Any = None) -> None:
    """Passes in silence or raises. An unknown verb is a mistake of ours, never a permission."""
    tests = RULES[to]
    if who.is_system:
        return
    facts = facts_of(thing)
    here = who.before(_case_of(facts))
    if here is None or (to not in _UNSEEN and not _sees(db, here, facts)):
        raise Missing("missing", "查無此資料，或您無權查看。")
    who = here
    if any(test(db, who, facts) for test in tests):
        return
    assignee = facts.get("assignee")
    if _is_free_for in tests and assignee is not None and holds(db, who, facts["role"], facts["unit"]):
        holder = names(db, [assignee]).get(assignee, "他人")
        refusal = NotNow if to == "claim" else NotAllowed
        raise refusal("claimed", f"此待辦已由{holder}領取。", who=assignee)
    raise NotAllowed("not_allowed", "您沒有辦理此動作的權限。", verb=to)


def _case_of(facts: Facts) -> int | None:
    """The case a thing belongs to: a work item names it, a case is it; None for what belongs to none."""
    found: int | None = facts.get("case_id", None if "role" in facts else facts.get("id"))
    return found


def facts_of(thing: Any) -> Facts:
    """A row or a mapping, read as a mapping; nothing at all is an empty one."""
    if thing is None:
        return {}
    if isinstance(thing, Mapping):
        return thing
    if isinstance(thing, sa.Row):
        return dict(thing._mapping)
    raise TypeError(f"a thing is a row or a mapping, not {type(thing).__name__}")
