"""The rules by which ``check`` reads an SOP: each module one concern, each rule a generator of findings.

Structure and soundness are proven in ``engine.flow``; here is what can be seen in the words alone.
"""
