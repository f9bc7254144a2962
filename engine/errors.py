"""The error tree. Every refusal is one sentence for the person who asked, with a stable code.

Refusal
├── Missing      404  there is no such thing, or not for you
├── NotAllowed   403  you may see it, you may not do this
├── NotNow       409  it was possible, somebody was faster: who and when
├── Conflict     409  what you saw is no longer what is stored
├── Invalid      422  {field: sentence}
├── BadSop       422  findings: one per element
└── Stuck        500  the machine could not go on; becomes an incident of that one case, never a page
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class Refusal(Exception):
    """Something was asked that will not be done. ``str(e)`` is the sentence, ``e.code`` never changes."""

    status = 400
    remembered = False  # True: what was written before the refusal is kept (see ``Store.act``)

    def __init__(self, code: str, sentence: str, *, element: str | None = None, **facts: Any) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.element = element
        self.facts = facts

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "element": self.element, "message": self.sentence}


class Missing(Refusal):
    status = 404


class NotAllowed(Refusal):
    status = 403


class NotNow(Refusal):
    status = 409


class Conflict(Refusal):
    status = 409


class Invalid(Refusal):
    """Answers that cannot be stored. ``fields`` maps a field's name to its sentence; '' is the form as a whole."""

    status = 422

    def __init__(self, code: str, sentence: str, *, fields: Mapping[str, str] | None = None, **facts: Any) -> None:
        super().__init__(code, sentence, **facts)
        self.fields: dict[str, str] = dict(fields or {})


class BadSop(Refusal):
    """An SOP file that cannot be read or cannot run. ``readable`` is False when not even its tree could be built."""

    status = 422

    def __init__(
        self,
        code: str,
        sentence: str,
        *,
        element: str | None = None,
        readable: bool = True,
        findings: Sequence[Any] = (),
        **facts: Any,
    ) -> None:
        super().__init__(code, sentence, element=element, **facts)
        self.readable = readable
        self.findings = tuple(findings)


class Stuck(Refusal):
    """The engine could not go on with one case. Rolled back, then kept as an incident of that case."""

    status = 500
