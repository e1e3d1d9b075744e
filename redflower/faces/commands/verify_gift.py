"""`redflower verify gift FILE`: the proof in a gift's receipt, from the file and the site's public key alone.

With --from it also asks whether the log as it stands today is a continuation of the one the file speaks of, and whether
the gift was given back since; and instead of a file it then takes the verification code of a receipt.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from redflower.domains.proofs.rules import AWARD_RETURNED, GIFT_RETURNED, list_returns, read_entry
from redflower.domains.proofs.types import EntryKind
from redflower.faces.commands.log_reader import LogDisagrees, LogReader
from redflower.faces.commands.outsiders import AGREES, answer, explain, say, yuan
from redflower.faces.commands.public_files import FileMissing, PublicFiles
from redflower.kernel.errors import Refusal
from redflower.kernel.note import Checkpoint, NoteKey, check_proof, read_key, read_proof
from redflower.kernel.tlog import TiledTree, check_consistency
from redflower.plumbing.console import pick

_PROOF_MAX_BYTES = 1 << 20
_KINDS = {
    "gift": ("捐赠", "a gift"),
    "award": ("配捐", "a match"),
    "flower": ("小红花", "flowers"),
    "bonus_counted": ("一天开始时的小红花", "the flowers as a day began"),
    "slice": ("一个时间片的抽取", "the draw of a slice"),
    "pool_announced": ("配捐池公告", "a pool announced"),
    "pool_revealed": ("公布密钥", "a secret revealed"),
    "pool_closed": ("配捐池结清", "a pool closed"),
    "rule_set": ("规则", "a rule set"),
    "moves": ("一批转账", "a batch of transfers"),
    "dream_opened": ("一个梦想开放", "a dream opened"),
    "dream_granted": ("一个梦想实现", "a dream granted"),
    "dream_not_met": ("一个梦想没有实现", "a dream not met"),
    "report": ("报告", "a report"),
    "correction": ("更正", "a correction"),
}
# What an entry about returns says of a gift.
_RETURNS = {
    GIFT_RETURNED: ("这笔捐赠后来退给了捐赠人：", "this gift was given back to its donor later:"),
    AWARD_RETURNED: ("它得到的配捐也退回了出资方：", "what it was matched with went back to its sponsor:"),
}


def run(arguments: Sequence[str]) -> int:
    """Prints what the file proves; 0 when it holds, 1 when it does not, 2 when something cannot be read."""
    args = _parse(arguments)
    return answer(lambda: _verify(args))


def _verify(args: argparse.Namespace) -> int:
    content = _load(args.proof, args.base)
    reader = LogReader(args.base, args.key, args.state) if args.base else None
    key = reader.key if reader else args.key
    proof = read_proof(content)
    if not proof.extra:
        raise LogDisagrees(
            "这个证明文件里没有条目本身，无法知道它证明的是什么", "this proof file does not hold the entry it speaks of"
        )
    checkpoint = check_proof(content, proof.extra, key)
    entry = read_entry(proof.extra)
    _tell_entry(entry)
    say(
        "✓",
        f"它是公开记录的第 {proof.index:,} 条（共 {checkpoint.size:,} 条），经 {len(proof.hashes)} 步算到的树根一致",
        f"it is entry {proof.index:,} of {checkpoint.size:,}: {len(proof.hashes)} steps lead to the same root",
    )
    say("✓", f"检查点由 {key.name} 签名，签名无误", f"the checkpoint is signed by {key.name}")
    if reader:
        today = _hold_against_today(reader, checkpoint)
        if entry["kind"] == EntryKind.GIFT:
            _tell_whether_returned(reader, today, entry["id"], proof.index)
    else:
        say(
            "·",
            "没有联网：只凭这个文件和公钥；后来有没有退款，要加 --from 才知道",
            "offline: from this file and the public key alone; whether it was given back later, --from tells",
        )
    return AGREES


def _hold_against_today(reader: LogReader, older: Checkpoint) -> Checkpoint:
    """The log of today must begin with the log the file speaks of."""
    note, today = reader.fetch_checkpoint()
    tree = TiledTree(today.size, lambda tile: reader.read(tile.path))
    if older.size > today.size:
        raise LogDisagrees(
            f"网站今天的公开记录只有 {today.size:,} 条，比证明里的还少：记录被退回过",
            f"the site's log has {today.size:,} entries today, fewer than in the proof: it was rolled back",
        )
    check_consistency(older.size, older.root, today.size, today.root, tree.prove_consistency(older.size))
    reader.remember(note)
    say(
        "✓",
        f"网站今天的公开记录（{today.size:,} 条）是由它续写的，没有改过旧的",
        f"the site's log of today ({today.size:,} entries) continues it; nothing old was changed",
    )
    return today


def _tell_whether_returned(reader: LogReader, today: Checkpoint, gift: str, index: int) -> None:
    """Every entry since is looked through, so that a refund cannot be held back."""
    returns = [
        (place, entry["at"], move, amount)
        for place, entry in reader.find_about(today, gift, index)
        for move, subject, amount in list_returns(entry)
        if subject == gift
    ]
    for place, at, move, amount in sorted(returns, key=lambda each: each[2] != GIFT_RETURNED):  # the gift first
        zh, en = _RETURNS[move]
        say("!", f"{zh} {yuan(amount)}，{at}：公开记录第 {place:,} 条", f"{en} {yuan(amount)}, {at}: entry {place:,}")
    if not any(move == GIFT_RETURNED for _, _, move, _ in returns):
        say(
            "✓",
            f"后来没有退款：它之后的条目都看过（{today.size - index - 1:,} 条）",
            f"it was not given back: every later entry was read ({today.size - index - 1:,})",
        )


def _tell_entry(entry: dict[str, Any]) -> None:
    zh, en = _KINDS.get(entry["kind"], (entry["kind"], entry["kind"]))
    amount = entry.get("amount")
    money_zh = money_en = ""
    if isinstance(amount, int) and entry.get("asset") == "CNY":
        money_zh = money_en = f" {yuan(amount)}"
    elif isinstance(amount, int):
        money_zh, money_en = f" {amount} 朵", f" {amount}"
    at = entry.get("paid_at") or entry["at"]
    say("·", f"{zh}{money_zh}，{at}，编号 {entry['id']}", f"{en}{money_en}, {at}, number {entry['id']}")


def _load(proof: str, base: str | None) -> bytes:
    path = Path(proof)
    if path.is_file():
        if path.stat().st_size > _PROOF_MAX_BYTES:
            raise FileMissing(proof, pick("太大了", "too large"))
        return path.read_bytes()
    if not base:
        raise FileMissing(proof, pick("没有这个文件", "no such file"))
    with PublicFiles(base) as files:
        return files.read(f"verify/gifts/{quote(proof, safe='')}.tlog-proof")


def _key(text: str) -> NoteKey:
    """A key as its line of text, or a file that holds it."""
    path = Path(text)
    try:
        return read_key(path.read_text("utf-8") if len(text) < 255 and path.is_file() else text)
    except (Refusal, OSError, UnicodeDecodeError) as error:
        said = pick(*explain(error)) if isinstance(error, Refusal) else str(error)
        raise argparse.ArgumentTypeError(said) from None


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="redflower verify gift",
        description=pick("核验一笔捐赠的证明", "verify the proof of a gift"),
        allow_abbrev=False,
    )
    parser.add_argument(
        "proof", metavar="FILE|CODE", help=pick("证明文件，或回执上的核验码", "a proof file, or a receipt's code")
    )
    parser.add_argument(
        "--from", dest="base", metavar="URL|DIR", help=pick("网站地址；不给就完全离线", "a site; without it, offline")
    )
    parser.add_argument(
        "--key", type=_key, metavar="KEY|FILE", help=pick("公钥，或存着公钥的文件", "the public key, or its file")
    )
    parser.add_argument("--state", type=Path, metavar="FILE", help=argparse.SUPPRESS)
    args = parser.parse_args(arguments)
    if not args.base and not args.key:
        parser.error(pick("离线核验要给公钥：--key", "offline, the public key is needed: --key"))
    return args
