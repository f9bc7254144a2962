"""Rehearsals: scenarios and an invented city on the real engine, with a clock that moves when it is told to.

Nothing here has rules of its own: whatever a rehearsal does, people could do at their desks.
"""
