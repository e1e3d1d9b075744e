"""Proofs: the public log. Entries, checkpoints, inclusion proofs, and the exports anybody may check."""
