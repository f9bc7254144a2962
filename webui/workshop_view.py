"""What the pages of the workshop show of one SOP: its draft, what the check and the reviewers say, who may do what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine.cases import desks
from engine.cases.desks.procedures import folder_in_force
from engine.cases.operators import OPERATORS
from engine.errors import Missing
from engine.library import accepting, amendments, bench, drafts, publication, questions, reviews, rule_levels
from engine.library.drafts import Draft
from engine.library.findings import Verdict
from engine.library.folder import SopFolder
from engine.office import people
from engine.office.people import Person
from engine.rehearsal import proof
from engine.rehearsal.branches import Branch
from engine.rehearsal.proof import Proof
from engine.sops.rules.rule import Level
from engine.sops.rules.score import Score, score
from engine.store import Connection

__all__ = ["View"]


@dataclass
class View:
    """Read within one look; ``draft`` None where nobody works on one."""

    db: Connection
    sop_id: str
    who: Person

    def __post_init__(self) -> None:
        found = [row for row in desks.procedures(self.db) if row["id"] == self.sop_id]
        if not found:
            raise Missing("no_such_sop", "查無此作業流程。")
        self.row: Mapping[str, Any] = found[0]
        self.draft: Draft | None = drafts.find(self.db, self.sop_id)

    @cached_property
    def folder(self) -> SopFolder | None:
        """The draft, or what is in force; None of an SOP that is neither."""
        if self.draft is not None:
            return self.draft.folder
        return folder_in_force(self.db, self.sop_id) if self.row["number"] else None

    @cached_property
    def standing(self) -> SopFolder | None:
        return folder_in_force(self.db, self.sop_id) if self.row["number"] else None

    @cached_property
    def unit(self) -> str | None:
        if self.draft is not None:
            return self.draft.unit
        return self.folder.sop.sheet.unit if self.folder is not None else None

    @cached_property
    def unit_name(self) -> str:
        found = people.units(self.db).get(self.unit or "")
        return found.name if found is not None else ""

    @cached_property
    def verdict(self) -> Verdict:
        assert self.draft is not None
        return drafts.check(
            self.db, self.draft, operators=OPERATORS, levels=self.levels, rehearse=proof.remembered
        )  # fmt: skip

    @cached_property
    def scenarios(self) -> Proof | None:
        """What their walks said; None where this content was not walked yet."""
        return proof.known(self.db, self.draft.folder) if self.draft is not None else None

    @cached_property
    def branches(self) -> Sequence[Branch]:
        found = self.scenarios
        return found.branches(self.draft.folder.sop) if found is not None and self.draft is not None else ()

    @cached_property
    def levels(self) -> Mapping[str, Level]:
        return rule_levels.levels(self.db)

    @cached_property
    def score(self) -> Score:
        return score(self.verdict.findings, self.levels)

    @cached_property
    def accepted(self) -> accepting.Accepted:
        return accepting.accepted(self.db, [self.sop_id])[self.sop_id]

    @cached_property
    def names(self) -> Mapping[str, str]:
        return amendments.names(self.folder) if self.folder is not None else {}

    @cached_property
    def in_the_way(self) -> int:
        return len(reviews.in_the_way(self.verdict, self.accepted))

    def findings(self) -> list[dict[str, Any]]:
        """The findings in their order, each with what its element is called and the reason it stands for, if any."""
        found = []
        for one in self.verdict.findings:
            row = self.accepted.get(accepting.key(one))
            named = self.names.get(one.element or "", one.element or "整個流程")
            found.append({**one.as_dict(), "named": named, "accepted": row, "mark": accepting.mark(one)})
        return found

    @cached_property
    def remarks(self) -> Sequence[Mapping[str, Any]]:
        return reviews.remarks(self.db, self.draft.id) if self.draft is not None else ()

    @cached_property
    def decisions(self) -> Sequence[Mapping[str, Any]]:
        return reviews.decisions(self.db, self.draft.id) if self.draft is not None else ()

    @cached_property
    def history(self) -> Sequence[Mapping[str, Any]]:
        return bench.history(self.db, self.sop_id)

    @cached_property
    def versions(self) -> Sequence[Mapping[str, Any]]:
        return bench.versions(self.db, self.sop_id)

    @cached_property
    def scheduled(self) -> Mapping[str, Any] | None:
        return publication.scheduled(self.db, self.sop_id)

    @cached_property
    def asked(self) -> Sequence[questions.Question]:
        return questions.asked(self.draft.state, self.draft.division) if self.draft is not None else ()

    @cached_property
    def elements(self) -> Mapping[str, str]:
        return reviews.elements(self.draft) if self.draft is not None else {}

    @cached_property
    def person_names(self) -> Mapping[int, str]:
        rows = [*self.remarks, *self.decisions, *self.accepted.values()]
        ids = [row["by"] for row in rows] + [row.get("answered_by") for row in rows]
        if self.draft is not None:
            ids += [self.draft.author, self.draft.changed_by, *self.draft.hands]
        return people.names(self.db, [*ids, *(row["author"] for row in self.history)])

    def person(self, id_: int | None) -> str:
        return self.person_names.get(id_ or 0, "系統")

    @cached_property
    def may_write(self) -> bool:
        return people.may(self.db, self.who, "draft_sop", {"unit": self.unit})

    @cached_property
    def may_review(self) -> bool:
        return self.draft is not None and reviews.may_review(self.db, self.draft, self.who)

    @cached_property
    def has_left(self) -> bool:
        """The draft's author can sign in no more, or owns no SOP of this unit any more."""
        if self.draft is None or self.draft.author is None:
            return False
        found = people.several(self.db, [self.draft.author], self.draft.changed_at)
        return not found or not people.may(self.db, found[0], "draft_sop", self.draft.facts)
