"""The office: people and what they may do, the journal, notices, the vault of identities, accounts.

Knows nothing of SOPs or of how a case moves: a case is a number here, a work item a unit, a role and an assignee.
"""
