"""Coming in and going out: sign-in, sign-out, the one-time link, the password."""

from __future__ import annotations

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from engine.errors import Invalid, NotAllowed
from engine.office import accounts
from webui import door
from webui.permissions import EVERYONE, SIGNED_IN, permit

pages = Blueprint("sign_in", __name__)


@pages.get("/sign-in")
@permit(EVERYONE)
def sign_in() -> ResponseReturnValue:
    if g.who is not None:
        return door.go("inbox.inbox")
    return _sign_in_page(next_=request.args.get("next", ""))


@pages.post("/sign-in")
@permit(EVERYONE)
def enter() -> ResponseReturnValue:
    form = door.posted()
    form.only({"account", "password", "next"})
    account = form.one("account")
    try:
        # a failed try is counted by the verb itself, in a transaction that stays
        with door.act() as db:
            token = accounts.sign_in(db, account, form.as_typed("password"), g.at)
            accounts.sign_out(db, g.visit, g.at)  # who sat at this browser before is out
    except NotAllowed as refusal:
        return _sign_in_page(next_=form.one("next"), account=account, wrong={"": refusal.sentence}), 403
    answer = door.go_to(door.own_path(form.one("next")))
    return door.keep_visit(answer, token)


@pages.post("/sign-out")
@permit(EVERYONE)
def sign_out() -> ResponseReturnValue:
    door.posted().only(())
    with door.act() as db:
        accounts.sign_out(db, g.visit, g.at)
    answer = door.go("sign_in.sign_in", "signed-out")
    answer.delete_cookie(door.door().cookie, path="/", secure=door.door().https, httponly=True, samesite="Lax")
    return answer


@pages.get("/password")
@permit(SIGNED_IN)
def password() -> ResponseReturnValue:
    return _password_page("變更密碼", with_old=True)


@pages.post("/password")
@permit(SIGNED_IN)
def change_password() -> ResponseReturnValue:
    form = door.posted()
    form.only({"old", "new", "again"})
    wrong = _twice(form.as_typed("new"), form.as_typed("again"))
    if not wrong:
        try:
            with door.act() as db:
                token = accounts.change_password(db, door.who(), form.as_typed("old"), form.as_typed("new"), g.at)
        except Invalid as refusal:
            wrong = refusal.fields or {"": refusal.sentence}
        except NotAllowed:
            wrong = {"old": "目前密碼不正確；連續錯誤五次會鎖定十五分鐘。"}
        else:
            return door.keep_visit(door.go("inbox.inbox", "password"), token)
    return _password_page("變更密碼", with_old=True, wrong=wrong), 422


@pages.post("/sign-out/elsewhere")
@permit(SIGNED_IN)
def elsewhere() -> ResponseReturnValue:
    door.posted().only(())
    with door.act() as db:
        accounts.end_visits(db, door.who().account, who=door.who(), at=g.at, keep=g.visit)
    return door.go("sign_in.password", "signed-out-elsewhere")


@pages.get("/welcome/<token>")
@permit(EVERYONE)
def welcome(token: str) -> ResponseReturnValue:
    with door.look() as db:
        account = accounts.behind_link(db, token, g.at)
    return _password_page("設定您的密碼", account=account)


@pages.post("/welcome/<token>")
@permit(EVERYONE)
def redeem(token: str) -> ResponseReturnValue:
    form = door.posted()
    form.only({"new", "again"})
    with door.look() as db:
        account = accounts.behind_link(db, token, g.at)
    wrong = _twice(form.as_typed("new"), form.as_typed("again"))
    if not wrong:
        try:
            with door.act() as db:
                accounts.redeem(db, token, form.as_typed("new"), g.at)
        except Invalid as refusal:
            wrong = refusal.fields or {"": refusal.sentence}
        else:
            return door.go("sign_in.sign_in", "redeemed")
    return _password_page("設定您的密碼", account=account, wrong=wrong), 422


def _twice(new: str, again: str) -> dict[str, str]:
    return {} if new == again else {"again": "兩次輸入的新密碼不同。"}


def _sign_in_page(*, next_: str, account: str = "", wrong: dict[str, str] | None = None) -> str:
    return render_template("sign_in.html", next=next_, account=account, wrong=wrong or {})


def _password_page(
    heading: str, *, with_old: bool = False, account: str = "", wrong: dict[str, str] | None = None
) -> str:
    others = 0
    if with_old:
        with door.look() as db:
            others = accounts.visits(db, door.who(), g.at) - 1
    return render_template(
        "password.html", heading=heading, with_old=with_old, account=account, wrong=_named(wrong or {}), others=others
    )  # fmt: skip


def _named(wrong: dict[str, str]) -> dict[str, str]:
    """The page calls the new password ``new``; the verb may call it ``password``."""
    return {{"password": "new"}.get(name, name): sentence for name, sentence in wrong.items()}
