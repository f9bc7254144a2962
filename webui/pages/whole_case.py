"""One act on a case as a whole: one post, one transaction, one redirect; refused, the case file with what was typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import g, make_response
from flask.typing import ResponseReturnValue

from engine.cases import desks, once
from engine.cases.desks.matter import Kind
from engine.errors import Invalid, Missing, Refusal, Stuck
from engine.store import Connection
from webui import door
from webui.acts_view import RefusedAct
from webui.pages import case_file

__all__ = ["carry_out", "case_of"]


def carry_out(
    case_id: int, act: str, said: str, verb: Callable[[Connection], Any], typed: Mapping[str, str], *,
    thing: int | None = None, anchor: str | None = None, sealed: bool = False,
) -> ResponseReturnValue:  # fmt: skip
    """Do it and go back to the case. ``thing`` is the row of the form (default: the case), for when it comes back.

    The same form sent twice has one effect. ``sealed``: what was typed is an identity, and not even its digest is kept.
    """
    key = door.posted().one("key") or None
    asked = {"act": act, "case": case_id, "thing": thing, "typed": sorted(typed) if sealed else dict(typed)}
    try:
        with door.act() as db:
            if once.done_before(db, key, who=door.who(), at=g.at, asked=asked) is None:
                verb(db)
    except (Missing, Stuck):
        raise
    except Refusal as refusal:
        wrong = dict(refusal.fields) if isinstance(refusal, Invalid) else {}
        g.refused_act = RefusedAct(
            act, thing if thing is not None else case_id, typed, wrong, refusal.sentence, refusal.code
        )
        answer = make_response(case_file.page(case_id))
        answer.status_code = refusal.status
        return answer
    return door.go("case_file.case_file", said, case_id=case_id, _anchor=anchor)


def case_of(kind: Kind, row_id: int) -> int:
    """The case of the row in the address. Missing when there is none; whether it may be seen, its verb asks."""
    with door.look() as db:
        return desks.case_of(db, kind, row_id)
