"""`redflower verify draw POOL --from URL`: draws a pool again from public files alone, and compares every award."""

import argparse
import gc
import hashlib
import json
import os
import re
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import repeat
from pathlib import Path
from typing import Any
from uuid import UUID

from redflower.faces.commands.draw_lines import Beacon, Finding, PartFiles, Rule, read_bonus, read_part
from redflower.faces.commands.draw_replay import FINDINGS_MAX, Replay
from redflower.faces.commands.log_reader import LogDisagrees, LogReader
from redflower.faces.commands.outsiders import _key, explain, yuan
from redflower.faces.commands.public_files import FileMissing, PublicFiles
from redflower.kernel import clock
from redflower.kernel.canon import instant
from redflower.kernel.errors import Refusal
from redflower.plumbing.console import pick

FORMAT = "redflower/draw/2"
_WORDS = {
    "awarded": ("抽到了", "awarded"),
    "below_minimum": ("金额没到规则的起点", "below the rule's minimum"),
    "person_cap_reached": ("这个人当天的配捐已到上限", "this person's daily cap was reached"),
    "budget_spent": ("轮到它时，这一片的预算已经发完", "the slice's budget was spent before its turn"),
    "share_below_one_fen": ("分到的不足一分钱", "its share was below one fen"),
}


def run(arguments: Sequence[str]) -> int:
    """Prints what was checked; 0 when everything agrees, 1 when something differs, 2 when it cannot be checked."""
    args = _parse(arguments)
    try:
        with PublicFiles(args.base) as files:
            reader = LogReader(args.base, args.key, args.state) if files.is_site and not args.no_log else None
            report = check_draw(files, args.pool, args.gift, args.keep, reader)
    except LogDisagrees as wrong:
        _say(f"✗ {pick(wrong.zh, wrong.en)}")
        return 1
    except Refusal as refusal:
        _say(f"✗ {pick(*explain(refusal))}")
        return 1
    except FileMissing as missing:
        _say(pick(f"✗ 读不到 {missing.name}：{missing.why}", f"✗ cannot read {missing.name}: {missing.why}"))
        return 2
    if args.json:
        _say(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        _print(report)
    return 0 if report["agrees"] else 1


def check_draw(
    files: PublicFiles,
    pool_name: str,
    gift: UUID | None = None,
    keep: Path | None = None,
    reader: LogReader | None = None,
) -> dict[str, Any]:
    """Everything the public files of one pool say, drawn again, and held against the log when there is a reader of it.

    Shape: {agrees, checks: [{ok, zh, en}], findings: [{place, zh, en}], reasons, granted_minor, …}.
    Errors: FileMissing; with a reader also LogDisagrees and the refusals of the log's formats.
    """
    folder = find_folder(files, pool_name)
    content = _read(files, f"{folder}pool.json", keep, "pool.json")
    try:
        pool = json.loads(content)
        rule = replace(Rule.read(pool["rule_set"]["body"], pool.get("reveal_by")), beacon=Beacon.read(pool))
        checks = list(_check_commitments(pool))
        secret = bytes.fromhex(pool["secret"] or "")
        flowers, miscounted = _load_bonus(files, folder, pool, rule, keep)
        rule = replace(rule, flowers=flowers)
    except (ValueError, KeyError, TypeError) as error:
        raise FileMissing("pool.json", f"not a draw's file ({error!r})") from error
    replay = Replay(pool, rule, wanted=gift.bytes if gift else None)
    for finding in miscounted:
        replay.note(finding.place, finding.zh, finding.en)
    logged = read_pool_entries(reader, pool["pool"]["id"]) if reader else None
    if logged:
        replay.logged = {entry["gift"]: (entry["amount"], entry["reason"], index) for index, entry in logged["award"]}
        checks += _check_announcement(pool, logged)
    started = time.perf_counter()
    waited = 0.0
    if pool["secret"]:
        parts = list(_load_parts(files, folder, pool, keep))
        waited = time.perf_counter() - started
        for part in _read_parts(parts, rule, secret):
            replay.decide(part)
        replay.find_twins()
        if logged:
            checks += _check_against_log(replay, logged)
            checks += _check_bonus(pool, replay, logged)
        checks += _check_whole(pool, replay)
    return {
        "pool": pool["pool"]["id"],
        "name_zh": pool["pool"]["name_zh"],
        "name_en": pool["pool"]["name_en"],
        "festival": pool["festival"]["slug"],
        "rule": f"{pool['rule_set']['code']}@{pool['rule_set']['version']}",
        "is_revealed": bool(pool["secret"]),
        "agrees": bool(pool["secret"]) and all(check["ok"] for check in checks),
        "checks": checks,
        "findings": [{"place": found.place, "zh": found.zh, "en": found.en} for found in replay.findings],
        "differences": replay.differences,
        "reasons": dict(replay.reasons),
        "slices": replay.slices,
        "tickets": replay.tickets,
        "granted_minor": replay.granted_minor,
        "gift": replay.explained,
        "read_seconds": round(waited, 3),
        "drawn_seconds": round(time.perf_counter() - started - waited, 3),
    }


def read_pool_entries(reader: LogReader, pool_id: str) -> dict[str, list[tuple[int, dict[str, Any]]]]:
    """What the whole log says of one pool, by kind, each with its place; every entry is hashed up to the signed root.

    Errors: FileMissing, LogDisagrees, the refusals of the log's formats.
    """
    note, checkpoint = reader.fetch_checkpoint()
    found: dict[str, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    for index, entry in reader.find_about(checkpoint, pool_id):
        if pool_id in (entry["id"], entry.get("pool")):
            found[entry["kind"]].append((index, entry))
    reader.remember(note)
    return found


def find_folder(files: PublicFiles, pool_name: str) -> str:
    """Where the files of a pool are: by its number, the start of it, or a festival's name that has one pool.

    Errors: FileMissing.
    """
    if not files.is_site and not pool_name:
        return ""
    listed = json.loads(files.read("open/draws/index.json"))["pools"]
    found = [each for each in listed if pool_name in ("", each["festival"]) or each["pool"].startswith(pool_name)]
    if len(found) != 1:
        known = ", ".join(f"{each['festival']} {each['pool']}" for each in found or listed) or "—"
        raise FileMissing(f"POOL {pool_name}", pick(f"请从这些里选一个：{known}", f"choose one of: {known}"))
    return str(found[0]["file"]).removesuffix("pool.json").lstrip("/")


def _check_commitments(pool: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The two hashes that stood before the first gift."""
    if pool["format"] != FORMAT:
        raise ValueError(pool["format"])
    body = json.dumps(pool["rule_set"]["body"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    rule_hash = hashlib.sha256(body.encode()).hexdigest()
    yield _check(
        rule_hash == pool["rule_set"]["sha256"],
        f"规则全文的指纹与公布的一致（{rule_hash[:16]}…）",
        f"the rule set hashes to what was published ({rule_hash[:16]}…)",
    )
    if not pool["secret"]:
        yield _check(
            True,
            "密钥还没有公布：这一池结清之前，没有人能复算，也没有人能预先算出",
            "the secret is not public yet: until the pool closes nobody can draw it again, nor ahead of time",
        )
        if (reveal_by := pool.get("reveal_by")) and instant(clock.now()) > reveal_by:
            yield _check(
                False,
                f"密钥本应在 {reveal_by} 之前公布，却还没有：在那以后才抽的时间片，不用密钥，按平均数平分",
                f"the secret was to be public by {reveal_by} and is not: a slice drawn after that pays the expected amount",
            )
        return
    commitment = hashlib.sha256(bytes.fromhex(pool["secret"])).hexdigest()
    yield _check(
        commitment == pool["secret_sha256"],
        f"密钥的指纹与开放之前公布的一致（{commitment[:16]}…）",
        f"the secret hashes to what was published before opening ({commitment[:16]}…)",
    )


def _check_announcement(
    pool: dict[str, Any], logged: dict[str, list[tuple[int, dict[str, Any]]]]
) -> Iterator[dict[str, Any]]:
    """What was said before opening must be what is said now, and must have been said before."""
    index, entry = next(iter(logged["pool_announced"]), (-1, {}))
    festival = pool["festival"]
    expected = {
        "rule_sha256": pool["rule_set"]["sha256"],
        "secret_sha256": pool["secret_sha256"],
        "amount": pool["pool"]["budget_minor"],
        "opens_at": festival["opens_at"],
        "closes_at": festival["closes_at"],
        "slice_seconds": festival["slice_seconds"],
        "reveal_by": pool.get("reveal_by"),
        "beacon": pool.get("beacon"),
    }
    other = [name for name, value in expected.items() if entry.get(name) != value]
    yield _check(
        not other,
        f"公开记录第 {index:,} 条的公告，规则、密钥指纹、总额和时间都与现在的一致"
        if not other
        else f"公开记录第 {index:,} 条的公告与现在的不同：{'、'.join(other)}",
        f"the announcement, entry {index:,} of the log, has the same rule, commitment, budget and hours"
        if not other
        else f"the announcement, entry {index:,} of the log, differs in {', '.join(other)}",
    )
    first = min((place for place, _ in logged["slice"]), default=index + 1)
    early = index >= 0 and index < first and entry.get("at", "") < festival["opens_at"]
    yield _check(
        early,
        f"公告写于 {entry.get('at', '–')}，早于开放时间 {festival['opens_at']}，也早于第一次抽取",
        f"it was written at {entry.get('at', '–')}, before opening at {festival['opens_at']} and before the first draw",
    )
    if pool["secret"]:
        revealed = next(iter(logged["pool_revealed"]), (-1, {}))
        yield _check(
            revealed[1].get("secret") == pool["secret"],
            f"公布的密钥就是公开记录第 {revealed[0]:,} 条里的那一个",
            f"the secret is the one in entry {revealed[0]:,} of the log",
        )


def _check_against_log(replay: Replay, logged: dict[str, list[tuple[int, dict[str, Any]]]]) -> Iterator[dict[str, Any]]:
    wrong = [
        index
        for index, entry in logged["slice"]
        if entry["gifts_root"] != replay.roots.get(entry["slice"])
        or [entry[name] for name in ("tickets", "eligible")]
        != [replay.drawn[entry["slice"]][name] for name in ("tickets", "eligible")]
        or (entry["available"], entry["granted"], entry["at"], entry.get("beacon"))
        != tuple(
            replay.drawn[entry["slice"]].get(name)
            for name in ("available_minor", "granted_minor", "drawn_at", "beacon")
        )
    ]
    told = {entry["slice"] for _, entry in logged["slice"]}
    fine = not wrong and told == set(replay.roots) and len(told) == len(logged["slice"])
    first = f"{wrong[0]:,}" if wrong else "–"
    yield _check(
        fine,
        f"公开记录里的 {len(told):,} 个时间片，根、金额和抽取时间都一致"
        if fine
        else f"公开记录里的时间片与签算出的不同，先看第 {first} 条",
        f"the log's {len(told):,} slices have the roots and sums that the tickets give, and the same times"
        if fine
        else f"the log's slices differ from what the tickets give, first entry {first}",
    )
    left = len(replay.logged or ())
    yield _check(
        left == 0,
        f"公开记录里的 {len(logged['award']):,} 笔结果，每一笔都对上了"
        if not left
        else f"公开记录里有 {left:,} 笔结果，抽取里没有",
        f"the log's {len(logged['award']):,} results are all accounted for"
        if not left
        else f"the log has {left:,} results that no draw gives",
    )


def _check_bonus(
    pool: dict[str, Any], replay: Replay, logged: dict[str, list[tuple[int, dict[str, Any]]]]
) -> Iterator[dict[str, Any]]:
    """What projects had gathered as a day began must have been written into the log before that day's first draw."""
    if not replay.rule.tiers:
        return
    told = [(entry["day"], entry["projects"], entry["sha256"]) for _, entry in logged["bonus_counted"]]
    stated = [(each["day"], each["projects"], each["sha256"]) for each in pool["bonus"]]
    counted = {entry["day"]: index for index, entry in logged["bonus_counted"]}
    late = [
        index
        for index, entry in logged["slice"]
        if (found := replay.drawn.get(entry["slice"])) and index < counted.get(found["day"], -1)
    ]
    fine = sorted(told) == sorted(stated) and not late
    yield _check(
        fine,
        f"每天开始时各项目的小红花（{len(told)} 天），都在当天第一次抽取之前写进了公开记录"
        if fine
        else "各项目的小红花与公开记录里的不同，或者写得比当天的抽取晚",
        f"projects' flowers as each day began (days: {len(told)}) stood in the log before that day's first draw"
        if fine
        else "projects' flowers are not those in the log, or were written behind a draw of their day",
    )


def _check_whole(pool: dict[str, Any], replay: Replay) -> Iterator[dict[str, Any]]:
    stated = pool["pool"]
    if replay.rule.beacon and replay.slices > replay.late:
        yield _check(
            replay.differences == 0,
            f"每个种子都混进了公共随机信标 {replay.rule.beacon.chain.chain_hash[:16]}… 到期后的第一轮，签名都已核验",
            f"every seed is mixed with the first round of the beacon {replay.rule.beacon.chain.chain_hash[:16]}… after it was "
            "due, each signature checked",
        )
    if replay.late:
        yield _check(
            True,
            f"有 {replay.late:,} 个时间片晚于约定的 {pool['reveal_by']} 才抽：不用密钥，按平均数平分",
            f"{replay.late:,} slices were drawn later than {pool['reveal_by']}, as promised: no secret, the expected amount",
        )
    yield _check(
        replay.differences == 0,
        f"{replay.slices:,} 个时间片、{replay.tickets:,} 张签重新抽取，与公布的逐笔一致",
        f"{replay.slices:,} slices with {replay.tickets:,} tickets drawn again, every award as published",
    )
    listed = sum(part["tickets"] for part in pool["parts"])
    yield _check(
        replay.tickets == listed,
        f"公布的签有 {listed:,} 张，一张不少",
        f"all {listed:,} published tickets are there",
    )
    yield _check(
        replay.granted_minor == stated["granted_minor"],
        f"一共配出 {yuan(replay.granted_minor)}，与公布的一致",
        f"{yuan(replay.granted_minor)} were granted, as published",
    )
    yield _check(
        stated["granted_minor"] + stated["returned_minor"] == stated["budget_minor"],
        f"配出与退回出资方的合计 {yuan(stated['budget_minor'])}，分文不差",
        f"granted and returned to the sponsor add up to {yuan(stated['budget_minor'])}, to the fen",
    )


def _check(ok: bool, zh: str, en: str) -> dict[str, Any]:
    return {"ok": ok, "zh": zh, "en": en}


def _load_bonus(
    files: PublicFiles, folder: str, pool: dict[str, Any], rule: Rule, keep: Path | None
) -> tuple[dict[str, dict[bytes, int]], list[Finding]]:
    """What projects had gathered, where the rule counts it."""
    if not rule.tiers:
        return {}, []
    return read_bonus(pool, _read(files, f"{folder}bonus.ndjson", keep, "bonus.ndjson"))


def _load_parts(files: PublicFiles, folder: str, pool: dict[str, Any], keep: Path | None) -> Iterator[PartFiles]:
    for part in pool["parts"]:
        names = [f"{kind}/{int(part['part'])}.ndjson" for kind in ("slices", "tickets", "awards")]
        yield PartFiles(int(part["part"]), *(_read(files, f"{folder}{name}", keep, name) for name in names))


def _read(files: PublicFiles, name: str, keep: Path | None, kept_as: str) -> bytes:
    content = files.read(name)
    if keep:
        (keep / kept_as).parent.mkdir(parents=True, exist_ok=True)
        (keep / kept_as).write_bytes(content)
    return content


def _read_parts(parts: Sequence[PartFiles], rule: Rule, secret: bytes) -> Iterable[Any]:
    """The parts in their order; on every core when there are several."""
    cores = min(os.cpu_count() or 1, len(parts))
    if cores < 2:
        yield from (read_part(part, rule, secret) for part in parts)
        return
    # Nothing made here refers to itself: looking for circles would cost a third of the time.
    with ProcessPoolExecutor(cores, initializer=gc.disable) as pool:
        yield from pool.map(read_part, parts, repeat(rule), repeat(secret))


def _print(report: dict[str, Any]) -> None:
    _say(pick(f"{report['name_zh']}（{report['rule']}）", f"{report['name_en']} ({report['rule']})"))
    for check in report["checks"]:
        _say(f"{'✓' if check['ok'] else '✗'} {pick(check['zh'], check['en'])}")
    for reason, count in sorted(report["reasons"].items(), key=lambda each: -each[1]):
        _say(f"  {count:>9,}  {pick(*_WORDS[reason])}")
    for finding in report["findings"]:
        _say(f"✗ {finding['place']}  {pick(finding['zh'], finding['en'])}")
    if report["differences"] > FINDINGS_MAX:
        more = report["differences"] - FINDINGS_MAX
        _say(pick(f"  另有 {more:,} 处不一致", f"  and {more:,} more differences"))
    for told in report["gift"]:
        _print_gift(told)
    _say(pick(f"复算用了 {report['drawn_seconds']:.2f} 秒", f"drawn again in {report['drawn_seconds']:.2f} s"))


def _print_gift(told: dict[str, Any]) -> None:
    zh, en = _WORDS[told["reason"]]
    if told["is_late"]:
        _say(
            pick("· 这一片抽得太晚，不用密钥，按平均数平分：", "· This slice was late: no secret, the expected amount:")
        )
    turn_zh = f"抽取顺序第 {told['rank']}（共 {told['of']} 笔），" if told["rank"] else ""
    turn_en = f"number {told['rank']} of {told['of']} in the draw order, " if told["rank"] else ""
    if told["bonus_bps"]:
        more = f"{told['bonus_bps'] // 100}.{told['bonus_bps'] % 100:02}%"
        turn_zh, turn_en = f"{turn_zh}小红花加成 {more}，", f"{turn_en}flowers add {more}, "
    left = yuan(told["left_before_minor"])
    _say(
        pick(
            f"· 时间片 {told['slice']}：捐赠 {yuan(told['amount_minor'])}，{turn_zh}"
            f"轮到它时还剩 {left}，配捐 {yuan(told['award_minor'])}：{zh}（{told['line']}）",
            f"· slice {told['slice']}: a gift of {yuan(told['amount_minor'])}, {turn_en}{left} left at its turn, "
            f"matched with {yuan(told['award_minor'])}: {en} ({told['line']})",
        )
    )


def _gift_id(text: str) -> UUID:
    if not re.fullmatch(r"[0-9a-fA-F-]{32,36}", text):
        raise argparse.ArgumentTypeError(pick("请给捐赠的编号", "give the gift's number"))
    return UUID(text)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="redflower verify draw", description=__doc__, allow_abbrev=False)
    parser.add_argument(
        "pool",
        nargs="?",
        default="",
        metavar="POOL",
        help=pick("配捐池的编号，或公益节的名字", "the pool's number, or its festival's name"),
    )
    parser.add_argument(
        "--from",
        dest="base",
        required=True,
        metavar="URL|DIR",
        help=pick("网站地址，或存着这些文件的文件夹", "a site, or a folder that holds the files"),
    )
    parser.add_argument(
        "--gift", type=_gift_id, metavar="ID", help=pick("解释这一笔的结果", "explain what this gift got")
    )
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help=pick("把读到的文件存下来", "keep the files that were read")
    )
    parser.add_argument(
        "--no-log", action="store_true", help=pick("不与公开记录比对", "do not hold it against the log")
    )
    parser.add_argument("--key", type=_key, metavar="KEY", help=pick("公开记录的公钥", "the log's public key"))
    parser.add_argument("--state", type=Path, metavar="FILE", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help=pick("输出 JSON", "print JSON"))
    return parser.parse_args(arguments)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
