"""Who reads what where: one row for every route, by its endpoint. Read by test_every_route.py.

``house``: pages that are about no case. Whoever ``may`` reads ``gives``, the other signed-in people 403.
``of_case``: what is about a case. Whoever ``may`` reads ``gives``; who only ``sees`` it 403; who does not see it 404,
and so does everybody who is excluded from it. ``informant``: who reads something else when it is an informant's report.
``public``: for whoever comes by.
Nobody signed in: 303 to the sign-in page, and 403 for a form.

404 or 409 or 422 as what is *given* means: they may, but there is no such row, it is not the moment, or the empty form
is refused in a sentence. ``body`` is what is posted; ``{colleague}`` and the like stand for ids of the city of
route_matrix.py. A new route needs a row here: the test says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

__all__ = ["ROWS", "Row"]


@dataclass(frozen=True)
class Row:
    may: frozenset[str]
    gives: int = 200
    #: None: about no case
    sees: frozenset[str] | None = None
    #: who may, but reads something else
    odd: Mapping[str, int] = field(default_factory=dict)
    informant: Mapping[str, int] = field(default_factory=dict)
    body: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    #: what the address names is another of the city's rows
    swap: Mapping[str, str] = field(default_factory=dict)
    #: the door turns the others away, before any case is looked at
    at_the_door: bool = False
    #: what a visitor reads; None: has to sign in
    nobody: int | None = None

    def expected(self, role: str, thing: str, method: str) -> int:
        """The status this person reads for this case."""
        if role == "nobody":
            return self.nobody if self.nobody is not None else 303 if method == "GET" else 403
        if self.sees is not None and thing == "excluded":
            return 403 if self.at_the_door and role not in self.may else 404
        if thing == "informant" and role in self.informant:
            return self.informant[role]
        if role in self.may:
            return self.odd.get(role, self.gives)
        return 403 if self.sees is None or role in self.sees else 404


CLERK = frozenset({"clerk"})
UNIT = frozenset({"clerk", "colleague", "chief"})
CHIEFS = frozenset({"chief", "head"})
CONTROL = frozenset({"control"})
ADMIN = frozenset({"admin"})
OWNER = frozenset({"owner"})
#: of an informant's report only they learn who it was
SEALED = frozenset({"service", "control"})
ANSWER = UNIT | SEALED
#: writers and reviewers of SOPs
WORKSHOP = CHIEFS | CONTROL | OWNER | ADMIN | {"other-chief"}
OVERSEE = CHIEFS | CONTROL | {"other-chief"}
SEE_ITEM = UNIT | CHIEFS | CONTROL
SEE_CASE = SEE_ITEM | {"registrar", "service"}
ALL = SEE_CASE | ADMIN | OWNER | {"stranger", "other-chief"}


def house(may: Iterable[str], gives: int = 200, *, body: Mapping[str, str] | None = None, query: str = "") -> Row:
    return Row(frozenset(may), gives, body=body or {}, query=query)


def of_case(
    may: Iterable[str], gives: int = 200, *, sees: Iterable[str] = SEE_CASE, odd: Mapping[str, int] | None = None,
    informant: Mapping[str, int] | None = None, body: Mapping[str, str] | None = None, query: str = "",
    swap: Mapping[str, str] | None = None, at_the_door: bool = False,
) -> Row:  # fmt: skip
    return Row(
        frozenset(may), gives, frozenset(sees), odd or {}, informant or {}, body or {}, query, swap or {}, at_the_door
    )


def public(gives: int, *, signed_in: int | None = None) -> Row:
    return Row(ALL, gives if signed_in is None else signed_in, nobody=gives)


ROWS: Mapping[str, Row] = {
    "absence.absence": house(ALL),
    "absence.end": house(ALL, 404),
    "absence.note": house(ALL, 422),
    "access.access": house(CONTROL | ADMIN),
    "access.sheet": house(CONTROL | ADMIN),
    "admin.index": house(ADMIN),
    "attachments.download": of_case(SEE_CASE),
    "attachments.small": of_case(SEE_CASE, informant=dict.fromkeys(SEE_CASE, 404)),
    "calculator.calculator": house(ALL),
    "calendar.apply": house(ADMIN, 422),
    "calendar.calendar": house(ALL),
    "calendar.go_on": house(ADMIN, 303),
    "calendar.preview": house(ADMIN, 422),
    "calendar.progress": house(ADMIN, 303),
    "case_acts.amend": of_case(
        {"registrar"}, 303, sees={"registrar"}, body={"step": "PO-04", "answer-receipt_number": "2", "reason": "更正"}
    ),
    "case_acts.amending": of_case({"registrar"}, sees={"registrar"}, query="?step=PO-04"),
    "case_acts.resume": of_case(CONTROL | ADMIN, 409, sees=ALL, at_the_door=True),
    "case_acts.withdraw": of_case(CONTROL, 303, body={"reason": "撤回"}),
    "case_file.case_file": of_case(SEE_CASE),
    "case_file.case_picture": of_case(SEE_CASE),
    "case_file.identity": of_case(ANSWER, informant=dict.fromkeys(UNIT, 403), body={"reason": "聯絡"}),
    "case_file.receipt": of_case(SEE_CASE),
    "case_file.turned": of_case(SEE_CASE),
    "control.as_csv": house(CONTROL),
    "control.as_ods": house(CONTROL),
    "control.control": house(CONTROL),
    "control.follow_up": house(CONTROL, 422),
    "control.months": house(CONTROL),
    "control.months_as_csv": house(CONTROL),
    "drafts.keep": of_case(CLERK, sees=SEE_ITEM, body={"answer-findings": "草稿"}),
    "editor.edit": house(OWNER | ADMIN),
    "editor.facts": house(OWNER | ADMIN),
    "editor.save": house(OWNER | ADMIN, 422),
    "editor.screens": house(OWNER | ADMIN, 404),
    "differences.draft": house(OVERSEE | OWNER | ADMIN, 404),
    "differences.versions": house(ALL, 404),
    "editor_compare.beside": house(OVERSEE | OWNER | ADMIN, 404),
    "editor_compare.facts": house(OVERSEE | OWNER | ADMIN, 404),
    "editor_forms.save": house(OWNER | ADMIN, 404),
    "editor_forms.screen": house(OWNER | ADMIN, 404),
    "editor_import.bring_in": house(OWNER | ADMIN, 404),
    "editor_import.show": house(OWNER | ADMIN, 404),
    "editor_limits.add": house(OWNER | ADMIN, 404),
    "editor_limits.limit": house(OWNER | ADMIN, 404),
    "editor_limits.limits": house(OWNER | ADMIN, 404),
    "editor_limits.remove": house(OWNER | ADMIN, 404),
    "editor_limits.save": house(OWNER | ADMIN, 404),
    "editor_list.add": house(OWNER | ADMIN, 404),
    "editor_list.remove": house(OWNER | ADMIN, 404),
    "editor_list.save": house(OWNER | ADMIN, 404),
    "editor_list.step": house(OWNER | ADMIN, 404),
    "editor_list.steps": house(OWNER | ADMIN, 404),
    "editor_parts.part": house(OWNER | ADMIN, 404),
    "editor_parts.save": house(OWNER | ADMIN, 404),
    "editor_steps.hang": house(OWNER | ADMIN, 404),
    "editor_steps.move": house(OWNER | ADMIN, 404),
    "editor_tables.save": house(OWNER | ADMIN, 404),
    "editor_tables.show": house(OWNER | ADMIN, 404),
    "finding.cases": house(ALL),
    "handing_in.as_csv": of_case(ALL, 404, sees=ALL),
    "handing_in.call_in": of_case(SEE_CASE, 404, body={"reason": "請提送"}),
    "handing_in.screen": of_case(ALL, 404, sees=ALL),
    "health.again": house(ADMIN, 404),
    "duties.as_csv": house(ALL),
    "duties.as_ics": house(ALL),
    "duties.as_ods": house(ALL),
    "duties.duties": house(ALL),
    "duties.feed": public(404),
    "duties.picture": house(ALL),
    "health.health": public(200),
    "health.page": house(ADMIN),
    "health.release_mails": house(ADMIN, 409),
    "importing.apply": house(ADMIN, 404),
    "importing.batch": house(ADMIN, 404),
    "importing.drop": house(ADMIN, 404),
    "importing.go_on": house(ADMIN, 404),
    "importing.start": house(ADMIN),
    "importing.submit": house(ADMIN, 422),
    "importing.template": house(ADMIN),
    "importing.undo": house(ADMIN, 404),
    "inbox.inbox": house(ALL),
    "inbox.unread": house(ALL),
    "incidents.aside": house(CONTROL | ADMIN, 404),
    "incidents.incident": house(CONTROL | ADMIN, 404),
    "incidents.incidents": house(CONTROL | ADMIN),
    "incidents.retry": house(CONTROL | ADMIN, 404),
    "informants.exclude": of_case(SEALED, 303, body={"person": "roads1", "reason": "迴避"}),
    "informants.guard": of_case(SEALED),
    "informants.mark": of_case(SEALED, 303, informant={"service": 409, "control": 409}, body={"reason": "檢舉"}),
    "informants.readmit": of_case(SEALED, 404, body={"who": "1", "reason": "誤排"}),
    "item_acts.assign": of_case(CHIEFS, 303, sees=SEE_ITEM, body={"to": "{colleague}"}),
    "item_acts.claim": of_case({"clerk", "colleague"}, 303, sees=SEE_ITEM, odd={"colleague": 409}),
    "item_acts.hand_back": of_case(CLERK | CHIEFS, 303, sees=SEE_ITEM, body={"reason": "忙"}),
    "item_acts.recall": of_case(CLERK, 409, sees=SEE_ITEM, swap={"item_id": "done_item_id"}, body={"reason": "誤送"}),
    "item_acts.send_back": of_case(CHIEFS, 303, sees=SEE_ITEM, body={"reason": "誤", "to_step": "PO-07"}),
    "item_acts.work": of_case(CLERK, 303, sees=SEE_ITEM, body={"act": "draft", "answer-findings": "草稿"}),
    "joining_acts.join": of_case(SEALED, 422, body={"original": "none", "reason": "重複"}),
    "joining_acts.part": of_case(SEALED, 409, body={"reason": "誤併"}),
    "journal.download": house(ADMIN),
    "journal.journal": house(ADMIN),
    "journal.verify": house(ADMIN, 303),
    "language.choose": public(422),
    "letter_acts.correct": of_case(
        ANSWER,
        303,
        informant=dict.fromkeys(UNIT, 403),
        body={"answer-petitioner_phone": "0900-111-222", "reason": "來電更正"},
    ),
    "letter_acts.send_again": of_case(ANSWER, 409, body={"way": "post", "reason": "退件"}),
    "letter_acts.undeliverable": of_case(ANSWER, 404, body={"why": "查無此人"}),
    "nominations.decide": house(ADMIN, 404),
    "nominations.nominations": house(ADMIN),
    "note_acts.add": of_case(SEE_CASE, 303, body={"text": "備註"}),
    "note_acts.strike": of_case(CLERK | CHIEFS, 303),
    "notices.language": house(ALL, 303),
    "notices.notices": house(ALL),
    "notices.read": of_case(CLERK, 303, sees=CLERK),
    "notices.read_all": house(ALL, 303),
    "opening.choose": house(ALL),
    "opening.form": house(ALL),
    "opening.open_case": house(ALL, 422),
    "opinion_acts.ask": of_case(
        CLERK | CHIEFS, 303, body={"unit": "works-drainage", "question": "請表示意見", "due": ""}
    ),
    "opinion_acts.give": of_case({"head"}, 303, body={"answer": "沒有意見"}),
    "opinion_acts.waiting": house(ALL),
    "opinion_acts.take_back": of_case(CLERK | CHIEFS, 303),
    "oversight.load": house(OVERSEE),
    "oversight.marks": house(ADMIN),
    "oversight.now": house(OVERSEE),
    "oversight.overdue": house(ALL, 303),
    "oversight.set_marks": house(ADMIN, 422),
    "oversight_work.act": house(OVERSEE, 422),
    "oversight_work.as_csv": house(OVERSEE),
    "oversight_work.as_ods": house(OVERSEE),
    "oversight_work.batch": house(OVERSEE, 404),
    "oversight_work.go_on": house(OVERSEE, 404),
    "oversight_work.undo": house(OVERSEE, 404),
    "oversight_work.work": house(OVERSEE),
    "people.add": house(ADMIN, 422),
    "people.administrator": house(ADMIN, 422),
    "people.close": house(ADMIN, 303),
    "people.end_role": house(ADMIN, 422),
    "people.end_visits": house(ADMIN, 303),
    "people.give": house(ADMIN, 422),
    "people.link": house(ADMIN),
    "people.new": house(ADMIN),
    "people.people": house(ADMIN),
    "people.person": house(ADMIN),
    "people.reopen": house(ADMIN, 303),
    "people.unlock": house(ADMIN, 409),
    "printing.blank": house(ALL, 404),
    "printing.case": of_case(SEE_CASE),
    "forms.forms": house(ALL),
    "printing.case_with_identity": of_case(ANSWER, informant=dict.fromkeys(UNIT, 403), body={"reason": "列印"}),
    "printing.document": of_case(SEE_CASE),
    "printing.document_with_identity": of_case(ANSWER, informant=dict.fromkeys(UNIT, 403), body={"reason": "列印"}),
    "printing.form": of_case(ALL, 404, sees=ALL),
    "printing.form_with_identity": of_case(ANSWER, 404, informant=dict.fromkeys(UNIT, 403), body={"reason": "列印"}),
    "procedure_charts.drawn": house(ALL),
    "procedure_charts.file": house(ALL),
    "manual.file": house(CONTROL | OWNER | ADMIN, 404),
    "manual.make": house(CONTROL | OWNER | ADMIN, 422),
    "manual.manual": house(CONTROL | OWNER | ADMIN),
    "procedure_papers.file": house(ALL),
    "procedure_papers.paper": house(ALL),
    "procedure_waiting.as_csv": house(WORKSHOP),
    "procedure_waiting.waiting": house(WORKSHOP),
    "procedures.file": house(ALL),
    "procedures.practice": house(CONTROL | OWNER | ADMIN),
    "procedures.procedure": house(ALL),
    "procedures.procedures": house(ALL),
    "procedures.sheet": house(ALL),
    "procedures.versions": house(ALL),
    "renewing.apply": house(CONTROL, 422),
    "renewing.back": of_case(CONTROL, 409),
    "renewing.cases": house(CONTROL),
    "renewing.preview": house(CONTROL, 422),
    "retention.retention": house(ADMIN),
    "retention.save": house(ADMIN),
    "rules.rules": house(ALL),
    "rules.save": house(ADMIN, 422),
    "settings.cases": house(ADMIN),
    "settings.index": house(ADMIN),
    "settings.propose": house(ADMIN, 303),
    "settings.reviews": house(ADMIN),
    "settings.save": house(ADMIN, 422),
    "settings.save_cases": house(ADMIN, 422),
    "settings.save_reviews": house(ADMIN, 422),
    "settings.show": house(ADMIN),
    "settings.trust": house(ADMIN, 409),
    "sign_in.change_password": house(ALL, 422),
    "sign_in.elsewhere": house(ALL, 303),
    "sign_in.enter": public(403),
    "sign_in.password": house(ALL),
    "sign_in.redeem": public(404),
    "sign_in.sign_in": public(200, signed_in=303),
    "sign_in.sign_out": public(303),
    "sign_in.welcome": public(404),
    "standing_acts.priority": of_case(CHIEFS | CONTROL, 303, body={"priority": "1", "reason": ""}),
    "standing_acts.reopen": of_case(CONTROL, 409, body={"reason": "誤結", "to_step": "", "letters_known": "yes"}),
    "standing_acts.solved": of_case(UNIT | CONTROL, 409, body={"solved": "yes", "reason": "x"}),
    "standing_acts.transfer": of_case(CONTROL, 303, body={"unit": "works-roads", "reason": "非本科業務"}),
    "static": public(200),
    "time_acts.ask": of_case(CLERK, 409, body={"deadline": "{limit}", "length": "3", "reason": "現場會勘"}),
    "time_acts.decide": of_case({"head"}, 303, body={"decision": "refuse", "reason": "不必"}),
    "time_acts.event": of_case(ALL, 404, sees=ALL),
    "time_acts.move": of_case(
        ALL, 404, sees=ALL, body={"event": "x", "to": "115/12/30", "clock": "", "reason": "改期"}
    ),
    "time_acts.proceed": of_case(CLERK | CHIEFS, 409, body={"reason": "已補"}),
    "time_acts.suspend": of_case(CLERK | CHIEFS, 303, body={"reason": "請補件"}),
    "time_acts.waiting": house(ALL),
    "trends.as_csv": house(OVERSEE),
    "trends.picture": house(OVERSEE),
    "trends.trends": house(OVERSEE),
    "undo_acts.take_back_assignment": of_case(CHIEFS, 409, sees=SEE_ITEM),
    "undo_acts.take_back_send_back": of_case(CHIEFS, 409, sees=SEE_ITEM),
    "undo_acts.take_back_extension": of_case(CLERK, 303),
    "trial.begin": house(WORKSHOP),
    "trial.keep": house(OWNER | ADMIN, 422),
    "trial.walk": house(WORKSHOP, 422),
    "units.add": house(ADMIN, 422),
    "units.call_off": house(ADMIN, 422),
    "units.end": house(ADMIN, 422),
    "units.move": house(ADMIN, 303),
    "units.rename": house(ADMIN, 422),
    "units.unit": house(ADMIN),
    "units.units": house(ADMIN),
    "workshop.begin_new": house(OWNER | ADMIN, 422),
    "workshop.draft": house(WORKSHOP),
    "workshop.missing": house(WORKSHOP),
    "workshop.new": house(OWNER | ADMIN),
    "workshop.workshop": house(WORKSHOP),
    "workshop_acts.accept": house(OWNER | ADMIN, 404, body={"mark": "x", "reason": "x"}),
    "workshop_acts.answer": house(OWNER | ADMIN, 404, body={"number": "1", "answer": "x"}),
    "workshop_acts.approve": house(WORKSHOP, 404, body={"opinion": ""}),
    "workshop_acts.begin": house(OWNER | ADMIN, 303),
    "workshop_acts.call_off": house(OWNER | ADMIN, 409, body={"reason": "x"}),
    "workshop_acts.discard": house(OWNER | ADMIN, 404, body={"reason": "x"}),
    "workshop_acts.emergency": house(OWNER | ADMIN, 404, body={"reason": "x"}),
    "workshop_acts.give_back": house(WORKSHOP, 404, body={"opinion": "x"}),
    "workshop_acts.look_over": house(OWNER | ADMIN, 303, body={"reason": "合宜"}),
    "workshop_acts.publish": house(OWNER | ADMIN, 404, body={"effective_on": ""}),
    "workshop_acts.remark": house(WORKSHOP, 404, body={"element": "", "text": "x"}),
    "workshop_acts.retire": house(OWNER | ADMIN, 303, body={"reason": "停用"}),
    "workshop_acts.submit": house(OWNER | ADMIN, 404),
    "workshop_acts.take_back": house(OWNER | ADMIN, 404, body={"reason": "x"}),
    "workshop_acts.take_over": house(OWNER | ADMIN, 404, body={"reason": "x"}),
    "workshop_files.chart": house(WORKSHOP, 404),
    "workshop_files.files": house(WORKSHOP, 404),
    "workshop_files.text": house(OWNER | ADMIN, 404),
    "workshop_files.upload": house(OWNER | ADMIN, 404),
    "workshop_papers.changes": house(WORKSHOP, 404),
    "workshop_papers.changes_file": house(WORKSHOP, 404),
    "workshop_papers.explain": house(OWNER | ADMIN, 404),
    "workshop_papers.minutes": house(WORKSHOP, 404),
    "workshop_papers.minutes_file": house(WORKSHOP, 404),
    "workshop_scenarios.found": house(OWNER | ADMIN, 404),
    "workshop_scenarios.scenarios": house(WORKSHOP),
}
