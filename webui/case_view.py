"""One case file made ready for its page: what to do now, the clocks with why, what was answered, what happened.

Reading only. Whether a button is shown is asked of the same table that refuses the act.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from flask import get_template_attribute

from engine.cases import Office, attachments, crossing, desks, documents, interim, letters, offers, rounds, similar
from engine.cases.desks.oversight_load import Load, loads
from engine.cases.desks.visible import visible
from engine.cases.duplicates import BY_HAND
from engine.cases.files import in_size
from engine.errors import Missing
from engine.library import register
from engine.library.bundles import Bundle, opened, projection
from engine.office import absence, people
from engine.office.people import Person
from engine.sops.calls import ENTRY
from engine.sops.forms import ScreenForm
from engine.sops.sop import Node, Sop
from engine.store import Connection
from webui import phrases, shown
from webui.acts_view import ActsView
from webui.case_parts import Answered, Clock, Given, Letter, Now
from webui.fields import ask, in_words
from webui.sentences import Names, Told, tell
from webui.time_view import TimeView

#: journal verbs that leave a case where it stands
_STANDING_STILL = frozenset(
    {
        "ring", "attachment.open", "identity.open", "identity.refused", "mark_informant", "exclude", "readmit",
        "amend", "linked", "recount", "ask_extension", "grant_extension", "refuse_extension", "suspend", "proceed",
        "move_event", "ask_opinion", "give_opinion", "take_back_opinion", "note_add", "note_strike", "set_priority",
        "unlinked", "note_undeliverable", "send_again", "identity.correct", "take_back_extension", "remind",
        "follow_up", "call_in",
    }
)  # fmt: skip

#: documents that are called as the register calls their form
_OFFICIAL = crossing.CROSSED | {documents.HANDED_OUT, "record"}


class CaseView:
    """The page's parts, worked out once from one reading of the case."""

    def __init__(
        self,
        db: Connection,
        case_row: Mapping[str, Any],
        *,
        who: Person,
        at: datetime,
        office: Office,
        given: Given | None = None,
    ) -> None:
        self.db, self.who, self.at, self.office, self.given = db, who, at, office, given
        self.case = case_row
        self.file = desks.read(db, case_row, who=who)
        self.bundle: Bundle = opened(db, case_row["bundle"])
        self.units = self.file.units
        self.more_people: Mapping[int, str] = {}
        self.names = Names(self.step_name, self.person_name, self.unit_name, self.outcome_words, self.deadline_name)

    @cached_property
    def units_now(self) -> Mapping[str, str]:
        """The units to choose from: those that take new work."""
        return {unit_id: unit.name for unit_id, unit in people.units(self.db, self.at).items()}

    # -- names

    def node(self, path: str) -> Node | None:
        try:
            procedure, step = self.bundle.written_in(path)
        except Missing:
            return None
        return self.bundle.sops[procedure].nodes[step]

    def step_name(self, path: str) -> str:
        node = self.node(path)
        return (node.name or node.id) if node else path

    def person_name(self, person_id: int | None) -> str:
        if not person_id:
            return "系統"
        return self.file.people.get(person_id) or self.more_people.get(person_id, f"人員 {person_id}")

    def unit_name(self, unit_id: str) -> str:
        return self.units.get(unit_id, unit_id)

    def outcome_words(self, path: str, value: str) -> str:
        node = self.node(path)
        choices = node.outcome.choices if node and node.outcome else ()
        return next((c.label for c in choices if c.value == value), value)

    def deadline_name(self, path: str) -> str:
        return next((row["name"] for row in self.file.deadlines if row["path"] == path), path)

    # -- the parts

    def now(self) -> list[Now]:
        return [self._now(row) for row in self.file.items if row["status"] == "open"]

    def _now(self, row: Mapping[str, Any]) -> Now:
        procedure, step = self.bundle.written_in(row["step"])
        sop = self.bundle.sops[procedure]
        node = sop.nodes[step]
        may = frozenset(
            verb for verb in ("claim", "complete", "assign", "hand_back", "send_back")
            if people.may(self.db, self.who, verb, row)
        )  # fmt: skip
        given = self.given if self.given is not None and self.given.item_id == row["id"] else None
        draft = self.file.drafts.get(row["id"])
        form = self.bundle.form(row["step"]) if "complete" in may else None
        candidates = self._candidates(row) if "assign" in may else ()
        if given and given.act == "complete":
            answers = given.answers
        elif draft:
            waiting = [f for f in self.file.attachments if f["item_id"] == row["id"] and f["answer_id"] is None]
            answers = attachments.at_home(form, draft["answers"], waiting)
        else:
            answers = self._last_given(row, node, form) or (offers.offered(self.db, self.case, form) if form else {})
        asks_for_case = any(f.kind == "case" for f in form.fields) if form else False
        alike = (
            similar.to(self.db, self.case, at=self.at, within=visible(self.db, self.who)) if asks_for_case else ()
        )  # fmt: skip
        return Now(
            item=row, node=node, procedure=sop.name if procedure != self.case["sop_id"] else "",
            unit=self.unit_name(row["unit"]), role=people.role_name(self.db, row["role"]),
            holder=self.person_name(row["assignee"]) if row["assignee"] else "",
            band=shown.band(
                row["due_at"],
                self.at,
                self.office,
                standard=any(d["regime"] == "standard" and d["due_at"] == row["due_at"] for d in self.file.deadlines),
            ),
            left=shown.left(row["due_at"], self.at, self.office.calendar),
            asked=ask(
                form, given=answers, wrong=given.wrong if given else {}, units=self.units_now,
                files=self._files_for(row, form, answers),
                cases=[(other["number"], other["title"]) for other in alike], scope=f"{row['id']}-",
            ),
            choices=node.outcome.choices if node.outcome else (),
            variable=node.outcome.variable if node.outcome else "",
            checklists=node.checklists,
            ticked=given.checklist if given else (),
            reason=given.reason if given else str(answers.get("reason") or ""),
            wrong=given.wrong if given else {},
            notes=[n for n in sop.notes if n.step == step],
            drafted_at=draft["at"] if draft else None,
            may=may,
            candidates=candidates,
            loads=self._loads(candidates),
            nobody="" if row["assignee"] or "complete" in may else self._nobody(row),
            earlier=self._earlier(row) if "send_back" in may else (),
            similar=alike,
            to_read=self._to_read(row, node) if "complete" in may else (),
            returned=self._returned(row) if row["opening"] > 1 and not self._begins_a_round(row) else None,
            letter=self._letter(sop) if "complete" in may and node.approval is not None else None,
        )  # fmt: skip

    def _candidates(self, row: Mapping[str, Any]) -> Sequence[absence.Candidate]:
        return absence.candidates(self.db, row["role"], row["unit"], self.at, case_id=self.case["id"])

    def _loads(self, candidates: Sequence[absence.Candidate]) -> Mapping[int, Load]:
        known = {one.person.id: one.person.name for one in candidates if one.person.id is not None}
        return loads(self.db, known, who=self.who, at=self.at) if known else {}

    def _nobody(self, row: Mapping[str, Any]) -> str:
        """Why an unclaimed step waits in vain: nobody holds its role, or all who do are away and nobody stands in."""
        there = self._candidates(row)
        if any(one.away is None for one in there):
            return ""
        unit, role = self.unit_name(row["unit"]), people.role_name(self.db, row["role"])
        away = [f"{one.person.name}請假至 {shown.short_roc(one.away.last)}" for one in there if one.away is not None]
        if away:
            return f"{'、'.join(away)}，沒有職務代理人；請主管在「請假與代理」改登代理人，或等他回來。"
        return f"目前沒有人擔任{unit}的{role}，上級單位也沒有；請研考科改分，或由系統管理者補上人員。"

    def _files_for(
        self, row: Mapping[str, Any], form: ScreenForm | None, answers: Mapping[str, Any]
    ) -> Sequence[Mapping[str, Any]]:
        """The files of this item's draft, and those its answers name."""
        named = {i for name in attachments.fields_of(form) for i in answers.get(name) or ()}
        return [
            one for one in self.file.attachments
            if str(one["id"]) in named or (one["item_id"] == row["id"] and one["answer_id"] is None)
        ]  # fmt: skip

    def files_of(self, path: str, answers: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """The files that stand in a step's answers."""
        named = {i for name in attachments.fields_of(self.bundle.form(path)) for i in answers.get(name) or ()}
        return [one for one in self.file.attachments if str(one["id"]) in named]

    def files_in_words(self, ids: Sequence[str]) -> str:
        """Files by name, each with the way to it; ready for a page."""
        known = {str(one["id"]): one for one in self.file.attachments}
        rows = [{**known[one], "in_size": in_size(known[one]["size"])} for one in ids if one in known]
        words: str = get_template_attribute("files.html", "links")(rows, not self.case["informant"])
        return words

    def _last_given(self, row: Mapping[str, Any], node: Node, form: ScreenForm | None) -> Mapping[str, Any]:
        """A returned step starts from what was sent the last time, not empty; its outcome is chosen anew.

        Of a step of many units each starts from its own, the first time from what it wrote before in the same fields.
        Where a new round begins, as every month, nothing stands there.
        """
        if self._begins_a_round(row):
            return {}
        units = {item["id"]: item["each_unit"] for item in self.file.items}
        own = [a for a in reversed(self.file.answers) if units.get(a["item_id"], "") == row["each_unit"]]
        last: Mapping[str, Any] = next((a["answers"] for a in own if a["step"] == row["step"]), {})
        if not last and row["each_unit"] and form is not None:
            asked = {field.name for field in form.fields if field.kind != "files"}
            before = [a["answers"] for a in own if asked & a["answers"].keys()]
            last = {name: value for name, value in before[0].items() if name in asked} if before else {}
        return {name: value for name, value in last.items() if not node.outcome or name != node.outcome.variable}

    def _begins_a_round(self, row: Mapping[str, Any]) -> bool:
        """Whether a step that has been done before opened anew, and was not returned."""
        if row["opening"] == 1:
            return False
        whole = projection(self.db, self.case["bundle"], self.case["start"])
        lines = ((line["verb"], line["step"], line["effects"] or {}) for line in self.file.entries)
        return row["step"] in whole.steps and rounds.opened_in_round(whole, row["step"], lines) == 1

    def _of_another(self, given: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
        """Whether another unit gave this answer, where each of many units does a step of its own."""
        units = {item["id"]: item["each_unit"] for item in self.file.items}
        return bool(row["each_unit"]) and units.get(given["item_id"]) not in (None, "", row["each_unit"])

    def _to_read(self, row: Mapping[str, Any], node: Node) -> list[Answered]:
        """What one has to have read before doing this step: the petition, and the text somebody last wrote on it.

        Who approves reads that text first.
        """
        texts = [
            a for a in self.file.answers
            if a["step"] not in (self.case["start"], row["step"]) and self._long(a) and not self._of_another(a, row)
        ]  # fmt: skip
        first = [a for a in self.file.answers if a["step"] == self.case["start"]]
        rows = [some[-1] for some in (first, texts) if some]
        rows += [one for one in self._shown(row) if one not in rows]
        found = [read for one in rows if (read := self._answered(one, {}, {})).lines]
        return (found[::-1] if node.approval is not None else found) + self._listed(row["step"])

    def _shown(self, row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """What the step's form wants shown beside it: of each official form the newest answers it was made from."""
        form = self.bundle.form(row["step"])
        others = [a for a in self.file.answers if a["step"] != row["step"] and not self._of_another(a, row)]
        found = []
        for ref in form.shows if form is not None else ():
            made = [a for a in others if self._hands_out(a["step"], ref)]
            found += made[-1:]
        return found

    def _listed(self, path: str) -> list[Answered]:
        """What the system worked out and listed on the papers that the step's form wants shown; the newest of each."""
        form = self.bundle.form(path)
        newest = {d["form"]: d for d in self.file.documents if form is not None and d["form"] in form.shows}
        found = [d for d in newest.values() if d["facts"].get("list")]
        names = register.names(self.db, {d["form"] for d in found}) if found else {}
        return [
            Answered(
                step=d["step"], name=names.get(d["form"], self.step_name(d["step"])), by="", at=d["at"],
                lines=[("內容", d["facts"]["list"])], ticked=(), reason="", amends=False, may_amend=False,
            ) for d in found
        ]  # fmt: skip

    def _hands_out(self, path: str, ref: str) -> bool:
        node = self.node(path)
        return node is not None and any(form.direction == "out" and form.ref == ref for form in node.forms)

    def _letter(self, sop: Sop) -> Letter | None:
        """The newest text that the procedure would mail to the petitioner, as the mail it will be."""
        sent = [
            arg.from_ for node in sop.nodes.values() if node.operator and node.operator.name == "petition.send-reply"
            for arg in node.operator.args if arg.name == "text"
        ]  # fmt: skip
        given = [row["answers"] for row in self.file.answers if any(row["answers"].get(name) for name in sent)]
        if not given or self.case["channel"] in BY_HAND or not self.case["sealed"]:
            return None
        text = next(given[-1][name] for name in sent if given[-1].get(name))
        files = given[-1].get(attachments.REPLY_FILES) or ()
        return Letter(*letters.preview(self.case, text, self.at), self.files_in_words(files) if files else "")

    def _long(self, row: Mapping[str, Any]) -> bool:
        form = self.bundle.form(row["step"])
        return any(f.long and row["answers"].get(f.name) for f in form.fields) if form else False

    def _returned(self, row: Mapping[str, Any]) -> Told | None:
        """Why a step is open again: the newest act with a reason, of those that move a case."""
        moves = ("complete", "send_back", "recall")
        line = next(
            (e for e in self.file.entries if e["verb"] in moves and e["reason"] and e["at"] <= row["opened_at"]), None
        )
        return tell(line, self.names) if line else None

    def _earlier(self, row: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Completed steps of the same procedure call, the newest first: where a case may be sent back to."""
        if sum(1 for other in self.file.items if other["status"] == "open") != 1:
            return []
        scope = row["step"].rpartition("/")[0]
        steps = projection(self.db, self.case["bundle"], self.case["start"]).steps
        found: dict[str, str] = {}
        for done in reversed(self.file.items):
            path = done["step"]
            earlier = done["status"] == "done" and path.rpartition("/")[0] == scope and path != row["step"]
            if earlier and path in steps and steps[path].alone:
                found.setdefault(path, done["name"])
        return list(found.items())

    def recallable(self) -> Mapping[str, Any] | None:
        """The step this person may take back: the last one done, while nobody has taken the next."""
        done = [row for row in self.file.items if row["status"] == "done"]
        waiting = [row for row in self.file.items if row["status"] == "open"]
        if self.case["status"] != "open" or not done or len(waiting) != 1:
            return None
        last = max(done, key=lambda row: (row["done_at"], row["id"]))
        following = waiting[0]
        moved = next((line for line in self.file.entries if line["verb"] not in _STANDING_STILL), None)
        if moved is None or (moved["verb"], moved["step"]) != ("complete", last["step"]):
            return None  # a timer or somebody else has moved the case since
        if last["done_by"] != self.who.id or following["version"] != 1 or following["id"] in self.file.drafts:
            return None
        return last if people.may(self.db, self.who, "recall", last) else None

    def may_withdraw(self) -> bool:
        return self.case["status"] == "open" and people.may(self.db, self.who, "withdraw", self.case)

    def may_resume(self) -> bool:
        stuck = bool(self.file.incidents) and self.case["status"] == "open"
        return stuck and people.may(self.db, self.who, "resume", self.case)

    def may_see_identity(self) -> bool:
        return bool(self.case["sealed"]) and people.may(self.db, self.who, "see_identity", self.case)

    def may_guard(self) -> bool:
        """Whether they may seal the case as an informant's, and keep people away from it."""
        return people.may(self.db, self.who, "exclude", self.case)

    def late_clock(self) -> str:
        """The name of a limit of the case that is past and not met, for the step's own head; '' when none is."""
        runs = (row for row in self.file.deadlines if row["ended_at"] is None and row["stopped_at"] is None)
        late = (row for row in runs if row["due_at"] < self.at)
        return next((row["name"] for row in late if row["regime"] != "standard"), "")

    def typed(self, given: Given) -> list[tuple[str, str]]:
        """What stood in a form that cannot be shown again, so that the person can still copy it."""
        row = next((row for row in self.file.items if row["id"] == given.item_id), None)
        form = self.bundle.form(row["step"]) if row else None
        lines = in_words(form, given.answers, units=self.units)
        return [*lines, ("理由", given.reason)] if given.reason else lines

    @cached_property
    def time(self) -> TimeView:
        """The clocks as strips, and what may be done about them."""
        return TimeView(
            self.db, self.case, self.file, self.clocks(), who=self.who, at=self.at, office=self.office
        )  # fmt: skip

    @cached_property
    def acts(self) -> ActsView:
        """What may be done with the case as a whole."""
        return ActsView(self)

    def clocks(self) -> list[Clock]:
        return [self._clock(row) for row in self.file.deadlines]

    def _clock(self, row: Mapping[str, Any]) -> Clock:
        done = ""
        if row["met_at"] is not None:
            by = f"「{self.step_name(row['met_by'])}」" if row["met_by"] else ""
            late = "（已逾期）" if row["met_at"] > row["due_at"] else ""
            done = f"{shown.when(row['met_at'])} 由{by}達成{late}"
        elif row["ended_at"] is not None:
            done = f"{shown.when(row['ended_at'])} 結束計時"
        band = shown.band(row["due_at"], self.at, self.office, standard=row["regime"] == "standard")
        stands = row["stopped_at"] is not None and row["ended_at"] is None
        left = shown.left(row["due_at"], row["stopped_at"] if stands else self.at, self.office.calendar)
        left = f"停止計時時{left}" if stands else left
        articles = list(dict.fromkeys(line["article"] for line in row["working"] or () if line.get("article")))
        return Clock(row["name"], band, left, row, done, articles)

    def promised(self) -> datetime | None:
        """The date the petitioner was given: the newest limit of the case that whoever handed it in waits for."""
        if self.case["channel"] is None:
            return None
        limits = self.time.projection.deadlines
        own = [row["due_at"] for row in self.file.deadlines if interim.is_awaited(limits.get(row["path"]))]
        return own[-1] if own else None

    def next_limit(self) -> Mapping[str, Any] | None:
        """The limit of the case itself that runs out first."""
        own = (row for row in self.file.deadlines if row["step"] is None and row["regime"] != "standard")
        running = (row for row in own if row["ended_at"] is None and "/" not in row["path"])
        return min(running, key=lambda row: (row["due_at"], row["id"]), default=None)

    def answered(self) -> list[Answered]:
        newest = {row["step"]: row["id"] for row in self.file.answers}
        done = {row["step"]: row for row in self.file.items if row["status"] == "done"}
        return [self._answered(row, newest, done) for row in reversed(self.file.answers)]

    def in_words(self, row: Mapping[str, Any]) -> Answered:
        """One set of answers as people read it."""
        return self._answered(row, {}, {})

    def _answered(self, row: Mapping[str, Any], newest: Mapping[str, int], done: Mapping[str, Any]) -> Answered:
        path = row["step"]
        node = self.node(path)
        form = self.bundle.form(path) if node else None
        outcomes = []
        if node and node.outcome:
            value = row["answers"].get(node.outcome.variable)
            outcomes.append((node.outcome.variable, "處理結果", self.outcome_words(path, str(value))))
        items = {i.id: i.text for c in (node.checklists if node else ()) for i in c.items}
        may_amend = (
            form is not None and bool(form.fields) and newest.get(path) == row["id"] and path in done
            and people.may(self.db, self.who, "amend", done[path])
        )  # fmt: skip
        return Answered(
            step=path, name=self.step_name(path), by=self.person_name(row["by"]), at=row["at"],
            lines=in_words(form, row["answers"], units=self.units, extra=outcomes, files=self.files_in_words),
            ticked=[items.get(tick, tick) for tick in row["checklist"] or ()],
            reason=row["reason"] or "", amends=row["amends"] is not None, may_amend=may_amend,
        )  # fmt: skip

    def subject(self) -> str:
        first = [row for row in self.file.answers if row["step"] == self.case["start"]]
        return str(first[-1]["answers"].get("subject") or first[-1]["answers"].get(ENTRY) or "") if first else ""

    def told(self, lines: Sequence[Mapping[str, Any]]) -> list[Told]:
        """Journal lines in sentences, also those of people whom the rest of the page does not name."""
        unknown = desks.people_in(lines) - self.file.people.keys()
        self.more_people = people.names(self.db, unknown) if unknown else {}
        return [tell(line, self.names) for line in lines]

    def timeline(self) -> list[Told]:
        """The newest acts, as many as the page has read."""
        return self.told(self.file.entries)

    @cached_property
    def _registered(self) -> Mapping[str, str]:
        refs = {row["form"] for row in self.file.documents if row["form"] and row["kind"] in _OFFICIAL}
        return register.names(self.db, refs) if refs else {}

    def document_name(self, row: Mapping[str, Any]) -> str:
        """An official form by its name and number, and the unit or plan that it came from; else what it is."""
        facts, kind = row["facts"], phrases.of(phrases.DOCUMENT, row["kind"])
        if row["kind"] not in _OFFICIAL or not row["form"]:
            return kind
        number = f"（{facts['number']}）" if facts.get("name") and facts.get("number") else ""
        name = f"{facts['name']}{number}" if facts.get("name") else self._registered.get(row["form"], kind)
        about = str(facts.get("entry") or facts.get("unit") or "").rpartition("/")[2]
        return f"{name}－{self.unit_name(about)}" if about else name

    def attached(self) -> list[dict[str, Any]]:
        """Every file of the case that stands in an answer, the newest first."""
        rows = [one for one in reversed(self.file.attachments) if one["answer_id"] is not None]
        return [{**one, "in_size": in_size(one["size"])} for one in rows]

    def documents(self) -> list[dict[str, Any]]:
        """Official forms under the name they bore that day, everything else by what it is."""
        return [
            {
                **row,
                "name": self.document_name(row),
                "step_name": self.step_name(row["step"]),
                "by_name": self.person_name(row["facts"]["by"]) if row["facts"].get("by") else "",
                "from_case": row["facts"].get("number") if row["kind"] in crossing.CROSSED else None,
                "proof_words": phrases.of(phrases.DELIVERY, row["delivery"]) if row["delivery"] else "",
            }
            for row in self.file.documents
        ]
