"""Proofs: the public log, in which every settled fact is written once, for everybody, for ever.

Words: an *entry* is one fact as canonical JSON; the *log* is their order; a *checkpoint* is the log's size and root,
signed. Laws: entries are never changed, one fact has one entry, no checkpoint contradicts an earlier one, and nothing
in the log says who a person is: only salted commitments, whose salts are made of keys that can be destroyed.
"""
