"""`redflower verify totals --from URL`: adds the site's totals up again from every entry of its public log.

The sums stated beside a checkpoint must be equal to the fen. What the pages and the API state changes all the time, so
it must lie between the log just before and the log just after.
"""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from redflower.faces.commands.log_reader import FileMissing, LogDisagrees, LogReader, Sums
from redflower.faces.commands.outsiders import AGREES, answer, make_parser, say, yuan
from redflower.faces.commands.verify_log import check_pools, verify_everything
from redflower.kernel.note import open_checkpoint
from redflower.kernel.tlog import Edge
from redflower.plumbing.console import pick

_NUMBERS = ("gifts", "given_minor", "matched_minor")
_PATIENCE_SECONDS = 60  # a settled fact is in the log by then
_PAGE = 100


def run(arguments: Sequence[str]) -> int:
    """Prints what was compared; 0 when everything agrees, 1 when something differs, 2 when it cannot be read."""
    args = make_parser("verify totals", __doc__).parse_args(arguments)
    return answer(lambda: _verify(LogReader(args.base, args.key, args.state)))


def _verify(reader: LogReader) -> int:
    stated = _read_json(reader, "log/totals.json")
    note = stated["checkpoint"].encode()
    checkpoint = open_checkpoint(note, reader.key)
    sums = verify_everything(reader, checkpoint)
    edge = reader.edge_at(checkpoint)
    check_pools(sums)
    size = f"{checkpoint.size:,}"
    say("✓", f"{size} 条重新相加，根哈希与签名一致", f"{size} entries added up again; they give the signed root")
    _compare(sums.whole(), stated, "全站", "the whole site")
    for project, numbers in stated["projects"].items():
        _compare(_of_project(sums, project), numbers, f"项目 {project}", f"project {project}")
    if missing := sums.gifts.keys() - stated["projects"].keys():
        raise LogDisagrees(f"合计里少了项目 {min(missing)}", f"the totals leave out project {min(missing)}")
    _say_sums(sums, len(stated["projects"]))
    reader.remember(note)
    if reader.files.is_site:
        _compare_api(reader, edge, sums)
    return AGREES


def _compare(ours: Mapping[str, int], theirs: Mapping[str, Any], zh: str, en: str) -> None:
    for name in _NUMBERS:
        if ours[name] != theirs[name]:
            raise LogDisagrees(
                f"{zh}：{name} 公布的是 {theirs[name]:,}，逐条相加是 {ours[name]:,}",
                f"{en}: {name} is stated as {theirs[name]:,}, but the entries add up to {ours[name]:,}",
            )


def _of_project(sums: Sums, project: str) -> dict[str, int]:
    return {
        "gifts": sums.gifts[project],
        "given_minor": sums.given[project],
        "matched_minor": sums.matched[project],
    }


def _say_sums(sums: Sums, projects: int) -> None:
    whole = sums.whole()
    given, matched = (yuan(whole[name]) for name in ("given_minor", "matched_minor"))
    say(
        "✓",
        f"{whole['gifts']:,} 笔捐赠 {given}，配捐 {matched}，{projects} 个项目：与公布的分文不差",
        f"{whole['gifts']:,} gifts of {given}, matched with {matched}, {projects} projects: as stated, to the fen",
    )


# --- what the API states --------------------------------------------------------------------------


def _compare_api(reader: LogReader, edge: Edge, sums: Sums) -> None:
    """Reads the log on until it has reached what the API stated, and no further than it states the next time."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        before = Sums()
        before.merge(sums)
        stated, projects = _read_api(reader)
        note, checkpoint = reader.fetch_checkpoint()
        edge, added = reader.grow(edge, checkpoint.size)
        if edge.root != checkpoint.root:
            raise LogDisagrees("新的条目与签名的根哈希不符", "the new entries do not give the signed root")
        sums.merge(added)
        reader.remember(note)
        wrong = _find_outside(before, sums, stated, projects)
        if wrong is None:
            break
        if time.monotonic() > deadline:
            raise LogDisagrees(*wrong)
        time.sleep(1)
    say(
        "✓",
        f"网站接口公布的合计（全站与 {len(projects)} 个项目）也一致",
        f"the totals that the site's API states (the whole and {len(projects)} projects) agree as well",
    )


def _find_outside(
    before: Sums, after: Sums, stated: Mapping[str, Any], projects: Mapping[str, Mapping[str, Any]]
) -> tuple[str, str] | None:
    """The first number that the API states outside what the log said before and after, in both languages. A refund in
    between makes the later number the smaller one."""
    told = [("全站", "the whole site", before.whole(), after.whole(), stated)]
    for project, numbers in projects.items():
        old, new = _of_project(before, project), _of_project(after, project)
        told.append((f"项目 {project}", f"project {project}", old, new, numbers))
    for zh, en, old, new, numbers in told:
        for name in _NUMBERS:
            low, high = sorted((old[name], new[name]))
            if not low <= numbers[name] <= high:
                return _outside(zh, en, name, numbers[name], low, high)
    return None


def _outside(zh: str, en: str, name: str, stated: int, low: int, high: int) -> tuple[str, str]:
    return (
        f"{zh}：接口说 {name} 是 {stated:,}，公开记录却是 {low:,} 到 {high:,}",
        f"{en}: the API states {name} as {stated:,}, but the log has {low:,} to {high:,}",
    )


def _read_api(reader: LogReader) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """What the API states: of the whole site, and by project; projects nobody has given to are left out."""
    raised: dict[str, dict[str, Any]] = {}
    cursor = ""
    while True:
        page = _read_json(
            reader, f"api/v1/projects?openness=all&limit={_PAGE}" + (f"&cursor={cursor}" if cursor else "")
        )
        raised |= {item["slug"]: item["raised"] for item in page["items"]}
        cursor = page["next"] or ""
        if not cursor:
            break
    whole = _read_json(reader, "api/v1/totals")["overall"]
    named = {sums["slug"]: project for project, sums in _read_json(reader, "log/totals.json")["projects"].items()}
    return whole, {named.get(slug, slug): numbers for slug, numbers in raised.items() if numbers["gifts"]}


def _read_json(reader: LogReader, name: str) -> dict[str, Any]:
    try:
        found = json.loads(reader.files.read(name))
    except ValueError:
        raise FileMissing(name, pick("不是 JSON", "not JSON")) from None
    if not isinstance(found, dict):
        raise FileMissing(name, pick("不是 JSON 对象", "not a JSON object"))
    return found
