"""Pure decisions of scenes: one module a kind, found by its name, and what all kinds share.

A kind is a module here with `KIND`, `NEEDS` (what it must know of the past), `read_terms(body)` and
`judge(terms, claim, history)`. `docs/howto/new-scene.md` adds one.
"""
