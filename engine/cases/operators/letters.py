"""Answers that leave the house."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.cases import documents, duplicates, people_of
from engine.cases.act import Act
from engine.cases.operators.registry import operator
from engine.errors import Stuck
from engine.flow import ProjectedStep
from engine.office import notices


@operator("petition.send-reply", required=("text",), optional=("copy",), effect="outside")
def send_reply(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Answer the petitioner by the channel of receipt, with a copy to the control office; duplicates are answered too.

    Online the system mails; by telephone, at the counter and on paper a person has told the petitioner in the step
    before, and this registers the answer. The text stays in its answer row; the outbox row names the document, and its
    delivery (Message-ID, time) is the proof of sending. The address is read from the vault at the moment of delivery.
    """
    answer_id, field = act.effects.get("references", {}).get(step.path, {}).get("text", (None, None))
    if not args.get("text"):
        raise Stuck("no_reply_text", "沒有可寄出的回覆內容。", step=step.path)
    document = documents.make(
        act, step, kind="reply", answer_id=answer_id, facts={"channel": act.case["channel"], "field": field}
    )
    if act.case["channel"] not in (None, *duplicates.BY_HAND):  # what came by no channel was answered by a person
        notice = notices.post(
            act.db, key=f"reply:{document}", to=None, case_id=act.case["id"], kind="reply", at=act.at,
            facts={"number": act.case["number"], "document": document}, channel="mail",
        )  # fmt: skip
        documents.proven_by(act, document, notice)
    duplicates.answer_all(act, document)
    if act.case["dispatched_at"] is None:
        act.change(dispatched_at=act.at)
    people_of.tell(act, str(args.get("copy") or "").split(), kind="copy", key=f"document:{document}")
    return {}
