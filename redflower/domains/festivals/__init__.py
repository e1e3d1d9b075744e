"""Festivals: opening hours, matching pools, and the fair draw that gives a pool's money to gifts.

Words: a *ticket* is a gift's place in one *slice* of a festival's time; a *draw* decides a slice; an *award* is what a
pool adds to one gift; a *rule set* is versioned data, frozen once used. `docs/matching.md` tells the algorithm.
Laws: a pool's account never goes below zero and closes at exactly 0; one award per gift and pool; a result is a pure
function of what was logged.
"""
