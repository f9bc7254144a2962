"""The command line's rooms, one file per noun: sop, case, db, user, journal, and the verbs that stand alone.

A command opens one transaction, calls one verb, prints what came of it. Nothing else is decided here.
"""
