"""Dreams: what people wish to see happen, and how flowers make it happen.

A *call* invites *proposals*; the screening desk answers each one with reasons; a *round* puts some of them before the
public, each as a *dream* with its grant reserved in the ledger before the first flower. A *ballot* is one act of giving
flowers. At the minimum the grant is paid and the dream becomes a project; below it at the close the flowers return.
*Letters* tell every giver what became of it. Laws: states follow from facts (acts, openings, outcomes, dates); ballots
are never changed (a withdrawal reverses them); flowers and money never meet in one transfer.
"""
