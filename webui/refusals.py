"""A refusal as a page: one sentence, a code, never a traceback; what we did not foresee gets a reference id."""

from __future__ import annotations

import logging
import secrets

from flask import Flask, g, render_template, request
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoFreeConnection
from werkzeug.exceptions import HTTPException

from engine.cases import incidents
from engine.errors import BadSop, Invalid, Refusal, Stuck
from webui import door

log = logging.getLogger("sopflow.web")

HEADINGS = {
    400: "無法處理這個請求",
    403: "您沒有這項權限",
    404: "查無此頁或您無權查看",
    405: "不支援的操作方式",
    409: "情況已有變動",
    413: "送出的內容過大",
    422: "內容需要修正",
    500: "系統發生錯誤",
    503: "系統忙碌中",
}
SENTENCES = {
    404: "這個網址沒有內容，或者不是您可以查看的資料。",
    405: "這個網址不能這樣使用。",
    413: "送出的內容超過上限，未予儲存。",
    400: "送出的內容無法辨識，未予儲存。",
}

Answer = tuple[str, int]
#: seconds after which it is worth trying again
RETRY_AFTER = 5


def page(status: int, sentence: str, code: str, *, fields: dict[str, str] | None = None, reference: str = "") -> Answer:
    back = request.full_path.rstrip("?") if request.method in door.SAFE and status in (409, 500, 503) else ""
    words = render_template(
        "refusal.html", heading=HEADINGS.get(status, HEADINGS[400]), sentence=sentence, code=code,
        fields=fields or {}, reference=reference, back=back,
    )  # fmt: skip
    return words, status


def install(app: Flask) -> None:
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(HTTPException, _http)
    for away in (OperationalError, NoFreeConnection):
        app.register_error_handler(away, _busy)
    app.register_error_handler(Exception, _unforeseen)


def by_field(refused: Refusal | None) -> dict[str, str]:
    """What a page says at its fields, '' for the form as a whole; an SOP's refusal names its element."""
    if refused is None:
        return {}
    if isinstance(refused, Invalid) and refused.fields:
        return dict(refused.fields)
    if isinstance(refused, BadSop) and refused.element:
        return {"": f"{refused.sentence}（{refused.element}）"}
    return {"": refused.sentence}


def keep(stuck: Stuck) -> None:
    """The act was rolled back; what stopped it stays visible on its case, and the answers as a draft."""
    with door.act() as db:
        incidents.keep(db, stuck, at=g.at)


def _refused(refusal: Refusal) -> Answer:
    if isinstance(refusal, Stuck):
        keep(refusal)
        return page(409, f"案件無法繼續，已登錄為異常，您的內容已存為草稿：{refusal.sentence}", refusal.code)
    fields = {k: v for k, v in refusal.fields.items() if v != refusal.sentence} if isinstance(refusal, Invalid) else {}
    return page(refusal.status, refusal.sentence, refusal.code, fields=fields)


def _http(error: HTTPException) -> Answer:
    status = error.code or 500
    sentence = SENTENCES.get(status, SENTENCES[400])
    words, status = page(status, sentence, f"http_{status}")
    return words, status


def _busy(error: Exception) -> tuple[str, int, dict[str, str]]:
    """The database is held by others, or not there: nothing was stored, and in a moment it may be."""
    log.warning("busy: %s at %s", type(error).__name__, _where(error))
    sentence = "資料庫目前忙碌或無法連線，請稍候幾秒再試。"
    if request.method not in door.SAFE:
        sentence = "資料庫目前忙碌或無法連線，剛才的內容沒有儲存；請稍候幾秒，重新整理本頁並同意重送，不會重複。"
    words, status = page(503, sentence, "busy")
    return words, status, {"Retry-After": str(RETRY_AFTER)}


def _unforeseen(error: Exception) -> Answer:
    reference = secrets.token_hex(6)
    # the stack names our code; messages of foreign errors may hold what people typed, so they are not written
    log.error("reference %s: %s at %s", reference, type(error).__name__, _where(error))
    return page(
        500, "系統發生未預期的錯誤，沒有儲存任何內容；請將參考編號告知管理者。", "unforeseen", reference=reference
    )


def _where(error: BaseException) -> str:
    steps = []
    trace = error.__traceback__
    while trace is not None:
        steps.append(f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " > ".join(steps[-6:])
