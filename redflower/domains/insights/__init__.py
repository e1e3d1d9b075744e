"""Read models: sums that pages show, kept by followers of the event table and rebuildable from the ledger."""
