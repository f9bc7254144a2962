"""The SOP file: ``read`` makes an ``Sop`` of its bytes, ``write`` makes the bytes of an ``Sop``.

``read(write(sop)) == sop``, drawing included. ``read`` raises ``BadSop(…, readable=False)`` for a file that is none.
"""

from __future__ import annotations

from engine.sops.bpmn_read import read
from engine.sops.bpmn_write import write

__all__ = ["read", "write"]
