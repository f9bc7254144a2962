"""The revisions, in order; each written once and never changed."""
