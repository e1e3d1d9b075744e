"""Notes, checkpoints and proof files: what others signed is read, and whatever is not as it should be is refused."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redflower.kernel import note as notes
from redflower.kernel.errors import Refusal
from redflower.kernel.merkle import leaf_hash
from redflower.kernel.note import (
    Checkpoint,
    NoteKey,
    Signer,
    check_proof,
    open_checkpoint,
    open_note,
    read_checkpoint,
    read_key,
    read_proof,
    write_proof,
)
from redflower.kernel.tlog import Edge, TiledTree

# The example of Go's sumdb/note, whose format this is.
PETER = read_key("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
PETERS_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETERS_NOTE = (
    PETERS_TEXT
    + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
SIGNER = Signer("log.example/flowers", b"\7" * 32)
OTHER = Signer("log.example/flowers", b"\10" * 32)


def test_a_note_that_others_signed_is_read():
    assert open_note(PETERS_NOTE.encode(), PETER) == PETERS_TEXT
    assert PETER.key_id.hex() == "c74f20a3"
    assert PETER.text == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


def test_what_we_sign_is_read_back():
    text = Checkpoint(SIGNER.key.name, 3, b"\1" * 32).text
    note = SIGNER.sign(text)
    assert open_note(note.encode(), read_key(SIGNER.key.text)) == text
    assert open_checkpoint(note.encode(), SIGNER.key) == Checkpoint(SIGNER.key.name, 3, b"\1" * 32)


def line(signer: Signer, text: str) -> str:
    return signer.sign(text).rpartition("\n\n")[2]


TEXT = Checkpoint(SIGNER.key.name, 3, b"\1" * 32).text
NOTE = SIGNER.sign(TEXT)


@pytest.mark.parametrize(
    ("note", "refusal"),
    [
        (NOTE.replace("\n", "\r\n"), notes.NoteUnreadable),
        (NOTE.replace("flowers", "flow\0ers"), notes.NoteUnreadable),
        (NOTE.encode()[:-4] + b"\xff\xfe\n", notes.NoteUnreadable),
        (TEXT, notes.NoteIncomplete),
        (TEXT + "\n", notes.NoteIncomplete),
        (NOTE[:-1], notes.NoteIncomplete),
        ("", notes.NoteIncomplete),
        (TEXT + "\n" + line(OTHER, TEXT) * 16 + line(SIGNER, TEXT), notes.NoteHasTooManySignatures),
        (NOTE.replace("— ", "- "), notes.SignatureLineMalformed),
        (NOTE.replace("— log", "— lo+g"), notes.SignatureLineMalformed),
        (NOTE[:-3] + "!!\n", notes.SignatureLineMalformed),
        (NOTE.replace("— log.example/flowers ", "—  "), notes.SignatureLineMalformed),
        (TEXT + "\n" + line(OTHER, TEXT), notes.SignerUnknown),
        (PETERS_NOTE, notes.SignerUnknown),
        (NOTE.replace("\n3\n", "\n4\n"), notes.SignatureWrong),
        ("x" * 100_001, notes.NoteTooLong),
    ],
)
def test_a_note_that_is_not_as_it_should_be_is_refused(note, refusal):
    with pytest.raises(refusal):
        open_note(note if isinstance(note, bytes) else note.encode(), SIGNER.key)


def test_sixteen_signatures_are_read_and_unknown_ones_passed_over():
    note = TEXT + "\n" + line(OTHER, TEXT) * 15 + line(SIGNER, TEXT)
    assert open_note(note.encode(), SIGNER.key) == TEXT


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("a\n03\nAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n", notes.CheckpointSizeMalformed),
        ("a\n-3\nAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n", notes.CheckpointSizeMalformed),
        ("a\n٣\nAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n", notes.CheckpointSizeMalformed),
        ("a\n9999999999999999999\nAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n", notes.CheckpointSizeMalformed),
        ("a\n3\nAQEB\n", notes.CheckpointRootMalformed),
        ("a\n3\nAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQF=\n", notes.CheckpointRootMalformed),
        ("a\n3\n", notes.CheckpointMalformed),
        ("\n3\nAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n", notes.CheckpointMalformed),
        ("a\n3\nAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n\nb\n", notes.CheckpointMalformed),
    ],
)
def test_a_checkpoint_that_is_not_as_it_should_be_is_refused(text, refusal):
    with pytest.raises(refusal):
        read_checkpoint(text)


def test_another_log_is_named():
    note = SIGNER.sign(Checkpoint("elsewhere.example", 3, b"\1" * 32).text)
    with pytest.raises(notes.OriginWrong, match=r"elsewhere\.example"):
        open_checkpoint(note.encode(), SIGNER.key)


@pytest.mark.parametrize(
    "text",
    ["", "a", "a+b", "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "a+b+c+d",
     "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"],
)  # fmt: skip
def test_a_key_that_is_not_as_it_should_be_is_refused(text):
    with pytest.raises(notes.KeyMalformed):
        read_key(text)


# --- proof files ----------------------------------------------------------------------------------

BODIES = [b"entry %d" % number for number in range(300)]
EDGE, FULL = Edge().grow([leaf_hash(body) for body in BODIES])
TILES = {tile.path: data for tile, data in [*FULL, *EDGE.partial_tiles()]}
TREE = TiledTree(300, lambda tile: TILES[tile.path])
CHECKPOINT = Checkpoint(SIGNER.key.name, 300, EDGE.root)
PROOF = write_proof(41, TREE.prove_inclusion(41), SIGNER.sign(CHECKPOINT.text), b"out of band")


def test_a_proof_file_proves_its_entry_and_nothing_else():
    assert check_proof(PROOF.encode(), BODIES[41], SIGNER.key) == CHECKPOINT
    assert read_proof(PROOF.encode()).extra == b"out of band"
    with pytest.raises(Refusal, match="inclusion_wrong"):
        check_proof(PROOF.encode(), BODIES[42], SIGNER.key)
    with pytest.raises(Refusal, match="signer_unknown"):
        check_proof(PROOF.encode(), BODIES[41], OTHER.key)


@pytest.mark.parametrize(
    ("proof", "line"),
    [
        (PROOF.replace("@v1", "@v2"), 1),
        (PROOF.replace("extra ", "extra !"), 2),
        (PROOF.replace("index 41", "index 041"), 3),
        (PROOF.replace("index 41", "index -1"), 3),
        (PROOF.replace("index 41\n", ""), 3),
        ("c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nx\n", 3),
        ("c2sp.org/tlog-proof@v1\nindex 0\n", 3),
        ("c2sp.org/tlog-proof@v1", 2),
        ("", 1),
    ],
)
def test_the_first_line_that_is_wrong_is_named(proof, line):
    with pytest.raises(notes.ProofMalformed) as caught:
        read_proof(proof.encode())
    assert caught.value.facts["line"] == line


def test_a_proof_for_the_empty_log_is_refused():
    empty = SIGNER.sign(Checkpoint(SIGNER.key.name, 0, Edge().root).text)
    with pytest.raises(Refusal, match="proof_of_nothing"):
        check_proof(write_proof(0, [], empty).encode(), b"", SIGNER.key)


@given(st.integers(0, len(PROOF.encode()) - 1), st.integers(0, 7))
def test_a_flipped_bit_anywhere_is_refused(place, bit):
    raw = bytearray(PROOF.encode())
    raw[place] ^= 1 << bit
    start = PROOF.index("extra")
    if start <= place < PROOF.index("\n", start):
        return  # extra data is nobody's word, by the format
    with pytest.raises(Refusal):
        check_proof(bytes(raw), BODIES[41], SIGNER.key)


def test_the_id_of_a_key_is_the_hash_of_name_type_and_key():
    key = NoteKey("example.com/foo", base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")[1:])
    assert read_key(key.text) == key
