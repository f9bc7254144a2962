"""Where people meet sopflow: the web desks and the command line.

A door does four things and no more: it learns who asks and what time it is, reads the form strictly, calls one verb of
``engine`` in one transaction, and shows the answer in the person's language. It never decides, never computes a date
and never reads a case's engine state.
"""
