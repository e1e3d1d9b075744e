"""Signed notes, checkpoints and proof files: the few lines of text in which a log speaks for itself.

Source: c2sp.org/signed-note, c2sp.org/tlog-checkpoint, c2sp.org/tlog-proof; keys in the text form of Go's sumdb/note.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from redflower.kernel.errors import Refusal
from redflower.kernel.text import N_
from redflower.kernel.tlog import HASH_BYTES, SIZE_MAX, check_inclusion

SIGNATURES_MAX = 16
NOTE_MAX_BYTES = 100_000
PROOF_MAX_BYTES = 200_000
_ED25519 = b"\x01"
_DASH = "— "
_PROOF_HEADER = "c2sp.org/tlog-proof@v1"
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_ENTRIES_PATH_MAX = 63  # siblings of a leaf in the largest tree


class NoteUnreadable(Refusal):
    code = "note_unreadable"
    sentence = N_("签名文件里有不允许的内容：只能是 UTF-8 文本，换行只用 LF，不能有控制字符（CRLF 也不行）")
    status = 422


class NoteTooLong(Refusal):
    code = "note_too_long"
    sentence = N_("签名文件太长：最多 {limit} 字节")
    status = 422


class NoteIncomplete(Refusal):
    code = "note_incomplete"
    sentence = N_("签名文件不完整：正文之后要有一个空行和至少一行签名，每行以换行结束")
    status = 422


class NoteHasTooManySignatures(Refusal):
    code = "note_has_too_many_signatures"
    sentence = N_("签名太多：最多 {limit} 个，这里有 {found} 个")
    status = 422


class SignatureLineMalformed(Refusal):
    code = "signature_line_malformed"
    sentence = N_("第 {line} 行签名的格式不对：应是“— 名称 签名”")
    status = 422


class SignatureWrong(Refusal):
    code = "signature_wrong"
    sentence = N_("{name} 的签名不对：内容或签名被改动过")
    status = 422


class SignerUnknown(Refusal):
    code = "signer_unknown"
    sentence = N_("没有可信的签名：需要 {name} 用已知的公钥签名")
    status = 422


class KeyMalformed(Refusal):
    code = "key_malformed"
    sentence = N_("公钥的格式不对：应是“名称+编号+密钥”一行，编号要与密钥相符")
    status = 422


class CheckpointMalformed(Refusal):
    code = "checkpoint_malformed"
    sentence = N_("检查点的格式不对：前三行应是名称、大小和根哈希")
    status = 422


class CheckpointSizeMalformed(Refusal):
    code = "checkpoint_size_malformed"
    sentence = N_("检查点的大小写错了：应是不带前导零的十进制数")
    status = 422


class CheckpointRootMalformed(Refusal):
    code = "checkpoint_root_malformed"
    sentence = N_("检查点的根哈希写错了：应是 32 字节的 Base64")
    status = 422


class OriginWrong(Refusal):
    code = "origin_wrong"
    sentence = N_("这是另一份公开记录：应是 {expected}，这里是 {found}")
    status = 422


class ProofMalformed(Refusal):
    code = "proof_malformed"
    sentence = N_("证明文件第 {line} 行读不懂")
    status = 422


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A public key and the name it signs under."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    @property
    def text(self) -> str:
        """One line to publish: name, key id and key."""
        return f"{self.name}+{self.key_id.hex()}+{_encode(_ED25519 + self.public)}"


def read_key(text: str) -> NoteKey:
    """A public key from its line of text.

    Errors: KeyMalformed, also when the id does not fit the key.
    """
    name, _, rest = text.strip().partition("+")
    key_id, _, encoded = rest.partition("+")
    raw = _decode(encoded)
    if raw is None or len(raw) != 33 or raw[:1] != _ED25519 or not is_key_name(name):
        raise KeyMalformed
    key = NoteKey(name, raw[1:])
    if key.key_id.hex() != key_id:
        raise KeyMalformed
    return key


def is_key_name(name: str) -> bool:
    """Whether keys and logs may have this name: not empty, no space, no plus sign, nothing unprintable."""
    return bool(name) and name.isprintable() and "+" not in name and not any(char.isspace() for char in name)


class Signer:
    """A private key and the name it signs under."""

    def __init__(self, name: str, seed: bytes) -> None:
        """Errors: KeyMalformed for a name no key may have."""
        if not is_key_name(name):
            raise KeyMalformed
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.seed = seed
        self.key = NoteKey(name, self._private.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """The note: a text that ends with a newline, and our signature."""
        signature = self._private.sign(text.encode())
        return f"{text}\n{_DASH}{self.key.name} {_encode(self.key.key_id + signature)}\n"


def open_note(note: bytes, key: NoteKey) -> str:
    """The text of a note that the key has signed; signatures of keys we do not know are passed over.

    Errors: NoteTooLong, NoteUnreadable, NoteIncomplete, NoteHasTooManySignatures, SignatureLineMalformed,
    SignatureWrong, SignerUnknown.
    """
    if len(note) > NOTE_MAX_BYTES:
        raise NoteTooLong(limit=f"{NOTE_MAX_BYTES:,}")
    head, signatures = _split_note(note)
    found = False
    for name, raw in signatures:
        if (name, raw[:4]) != (key.name, key.key_id):
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(raw[4:], head.encode())
        except InvalidSignature:
            raise SignatureWrong(name=name) from None
        found = True
    if not found:
        raise SignerUnknown(name=key.name)
    return head


def _split_note(note: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    try:
        text = note.decode("utf-8")
    except UnicodeDecodeError:
        raise NoteUnreadable from None
    if any(char < " " and char != "\n" for char in text):
        raise NoteUnreadable
    head, blank, tail = text.rpartition("\n\n")
    if not blank or not tail.endswith("\n"):
        raise NoteIncomplete
    lines = tail[:-1].split("\n")
    if len(lines) > SIGNATURES_MAX:
        raise NoteHasTooManySignatures(limit=SIGNATURES_MAX, found=len(lines))
    return head + "\n", [_read_signature(line, number) for number, line in enumerate(lines, 1)]


def _read_signature(line: str, number: int) -> tuple[str, bytes]:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    raw = _decode(encoded)
    if not line.startswith(_DASH) or not is_key_name(name) or raw is None or len(raw) < 5:
        raise SignatureLineMalformed(line=number)
    return name, raw


# --- checkpoints ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log was at one moment."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{_encode(self.root)}\n"


def read_checkpoint(text: str) -> Checkpoint:
    """A checkpoint from its text; extension lines are allowed and passed over.

    Errors: CheckpointMalformed, CheckpointSizeMalformed, CheckpointRootMalformed.
    """
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() or not all(lines):
        raise CheckpointMalformed
    if not _DECIMAL.fullmatch(lines[1]) or int(lines[1]) > SIZE_MAX:
        raise CheckpointSizeMalformed
    root = _decode(lines[2])
    if root is None or len(root) != HASH_BYTES:
        raise CheckpointRootMalformed
    return Checkpoint(lines[0], int(lines[1]), root)


def open_checkpoint(note: bytes, key: NoteKey) -> Checkpoint:
    """The checkpoint in a note that the log's own key has signed.

    Errors: those of `open_note` and `read_checkpoint`, OriginWrong.
    """
    checkpoint = read_checkpoint(open_note(note, key))
    if checkpoint.origin != key.name:
        raise OriginWrong(expected=key.name, found=checkpoint.origin)
    return checkpoint


# --- proof files ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProofFile:
    """What a `.tlog-proof` file holds. `extra` is nobody's word: it is not signed."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint_note: bytes
    extra: bytes = b""


def write_proof(index: int, hashes: Sequence[bytes], checkpoint_note: str, extra: bytes = b"") -> str:
    """A proof that can be checked offline: index, inclusion proof, signed checkpoint."""
    lines = [_PROOF_HEADER, *([f"extra {_encode(extra)}"] if extra else []), f"index {index}"]
    return "\n".join([*lines, *map(_encode, hashes), "", checkpoint_note])


def read_proof(proof: bytes) -> ProofFile:
    """A proof file, read strictly; nothing in it is trusted yet.

    Errors: NoteTooLong, NoteUnreadable, ProofMalformed naming the first line that is not as it should be.
    """
    if len(proof) > PROOF_MAX_BYTES:
        raise NoteTooLong(limit=f"{PROOF_MAX_BYTES:,}")
    try:
        text = proof.decode("utf-8")
    except UnicodeDecodeError:
        raise NoteUnreadable from None
    if "\r" in text:
        raise NoteUnreadable
    lines = text.split("\n")
    if lines[0] != _PROOF_HEADER:
        raise ProofMalformed(line=1)
    place, extra = 1, b""
    if len(lines) > 1 and lines[1].startswith("extra "):
        extra = _decode_or_refuse(lines[1].removeprefix("extra "), 2)
        place = 2
    word, _, number = (lines[place] if place < len(lines) else "").partition(" ")
    if word != "index" or not _DECIMAL.fullmatch(number) or int(number) >= SIZE_MAX:
        raise ProofMalformed(line=place + 1)
    place += 1
    hashes: list[bytes] = []
    while place < len(lines) and lines[place]:
        found = _decode_or_refuse(lines[place], place + 1)
        if len(found) != HASH_BYTES or len(hashes) == _ENTRIES_PATH_MAX:
            raise ProofMalformed(line=place + 1)
        hashes.append(found)
        place += 1
    if place >= len(lines) - 1:
        raise ProofMalformed(line=place + 1)
    return ProofFile(int(number), tuple(hashes), "\n".join(lines[place + 1 :]).encode(), extra)


def check_proof(proof: bytes, entry: bytes, key: NoteKey) -> Checkpoint:
    """Returns the checkpoint that an entry is proven to be part of.

    Errors: those of `read_proof` and `open_checkpoint`, ProofOfNothing, InclusionWrong.
    """
    file = read_proof(proof)
    checkpoint = open_checkpoint(file.checkpoint_note, key)
    check_inclusion(entry, file.index, checkpoint.size, file.hashes, checkpoint.root)
    return checkpoint


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _decode(text: str) -> bytes | None:
    """Standard Base64 in its one spelling, or None."""
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return raw if _encode(raw) == text else None


def _decode_or_refuse(text: str, line: int) -> bytes:
    raw = _decode(text)
    if raw is None:
        raise ProofMalformed(line=line)
    return raw
