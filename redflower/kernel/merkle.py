"""Merkle tree hashes.

Source: RFC 6962 section 2.1 (RFC 9162 keeps the same tree).
"""

import hashlib
from collections.abc import Sequence

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Hash of one entry, in its own domain so that a leaf can never pose as a node."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_hash(entries: Sequence[bytes]) -> bytes:
    """Root of the tree over the entries, in their order; the empty tree has the hash of nothing."""
    return _fold([leaf_hash(entry) for entry in entries])


def _fold(hashes: list[bytes]) -> bytes:
    if not hashes:
        return EMPTY_ROOT
    # Pairing neighbours level by level, with an odd one moved up unchanged, gives the same tree as RFC 6962's split
    # at the largest power of two, without recursion.
    while len(hashes) > 1:
        paired = [node_hash(hashes[i], hashes[i + 1]) for i in range(0, len(hashes) - 1, 2)]
        hashes = paired + hashes[len(hashes) & ~1 :]
    return hashes[0]
