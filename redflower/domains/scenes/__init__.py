"""Scenes: the places where people already are, and the good they do there.

Words: a *partner* is an app that reports what its users did; a *key* signs its requests; a *campaign* is data: a kind, a
rule set, opening hours, limits, and the sponsor's money behind it; a *deed* is one good thing somebody did; an *item* is
what a deed may be about (a video, a question, an event); a *ruling* is what was decided about a deed later. Laws: a
deed is judged once by (partner, external id); a campaign's money is in the ledger before its first deed and is never
overspent; what a person may earn by scene and day is never exceeded; deeds are never changed, rulings are new rows.
"""
