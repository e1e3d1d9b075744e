"""The tables of the open data: their columns, in an order that never changes, and what each means in both languages.

A new column is added at the end; a column is never renamed, retyped or given another meaning. Whoever changes that
raises `VERSION`.
"""

from dataclasses import dataclass
from enum import StrEnum

VERSION = 1
LICENCE = "CC BY 4.0"
LICENCE_URL = "https://creativecommons.org/licenses/by/4.0/"


class Kind(StrEnum):
    """What a column holds. All are text in CSV; instants are RFC 3339 in UTC."""

    UUID = "uuid"
    TEXT = "text"
    INTEGER = "integer"
    INSTANT = "instant"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `unit` is empty where a value needs none; an `optional` one may be empty."""

    name: str
    kind: Kind
    meaning_zh: str
    meaning_en: str
    unit: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table, published as CSV, JSON Lines and Parquet under its name."""

    name: str
    icon: str
    title_zh: str
    title_en: str
    about_zh: str
    about_en: str
    columns: tuple[Column, ...]


_PLACE = Column("log_index", Kind.INTEGER, "这条记录在公开日志里的位置，从 0 数起", "Place in the public log, from 0")
_AMOUNT = Column("amount_minor", Kind.INTEGER, "金额", "Amount", "fen")
_CURRENCY = Column("currency", Kind.TEXT, "币种，现在只有 CNY", "Currency; CNY is the only one so far", "ISO 4217")
_POOL = Column("pool_id", Kind.UUID, "配捐池", "The matching pool")
_PROJECT = Column("project_id", Kind.UUID, "项目", "The project")
_SLUG = Column("slug", Kind.TEXT, "网址里的名字", "Name in its address")
_ADDRESS = Column("url", Kind.TEXT, "网页地址", "Address of its page")
_REGION = Column(
    "region", Kind.TEXT, "省级行政区代码", "Code of the provincial-level region", "GB/T 2260", optional=True
)


def _both(name: str, zh: str, en: str) -> tuple[Column, Column]:
    """A text in Chinese and in English; one of the two may be empty."""
    return (
        Column(f"{name}_zh", Kind.TEXT, f"{zh}（中文）", f"{en}, in Chinese", optional=True),
        Column(f"{name}_en", Kind.TEXT, f"{zh}（英文）", f"{en}, in English", optional=True),
    )


GIFTS = Table(
    "gifts", "hand-heart", "捐赠", "Gifts",
    "每一笔到账的捐赠一行。没有捐赠人：没有编号、名字、留言，也没有能把两笔捐赠连到同一个人的东西。",
    "One row per settled gift. No donors: no id, name or message, and nothing that would tie two gifts to one person.",
    (
        _PLACE,
        Column("gift_id", Kind.UUID, "捐赠的公开编号，与公开日志相同", "Public id of the gift, as in the public log"),
        Column("code", Kind.TEXT, "回执上的核验码，可以拿到 /verify 去查", "Verification code on the receipt, for /verify"),
        _PROJECT,
        Column(
            "project_slug", Kind.TEXT, "项目在网址里的名字；项目不再公开时为空",
            "The project's name in its address; empty when it is no longer listed", optional=True,
        ),
        _AMOUNT, _CURRENCY,
        Column("paid_at", Kind.INSTANT, "支付机构所说的付款时间", "When it was paid, as the provider states"),
        Column("settled_at", Kind.INSTANT, "入账时间", "When it was booked"),
    ),
)  # fmt: skip

AWARDS = Table(
    "awards", "sparkles", "配捐结果", "Awards",
    "每个配捐池对每一笔参加的捐赠的决定一行，没有抽到的也在内，写明原因。",
    "One row per decision of a pool about a gift that took part, those that got nothing included, with the reason.",
    (
        _PLACE,
        Column("award_id", Kind.UUID, "这次决定的编号", "Id of the decision"),
        Column("gift_id", Kind.UUID, "为哪一笔捐赠", "The gift it was about"),
        _POOL, _PROJECT,
        Column("slice_no", Kind.INTEGER, "时间片，从 0 数起", "Slice of the festival, from 0"),
        Column("amount_minor", Kind.INTEGER, "配出的金额，可以是 0", "Amount awarded; may be 0", "fen"), _CURRENCY,
        Column("reason", Kind.TEXT, "为什么是这个数", "Why it is this amount"),
        Column("rule", Kind.TEXT, "按哪条规则的哪一版", "The rule and its version"),
        Column("awarded_on", Kind.DATE, "每日上限按哪一天计", "The day that daily caps count"),
        Column("drawn_at", Kind.INSTANT, "抽取的时间", "When it was drawn"),
    ),
)  # fmt: skip

SLICES = Table(
    "slices", "chart-column", "时间片", "Slices",
    "每个配捐池每一个有捐赠的时间片一行：谁参加由 gifts_root 固定，配出多少。",
    "One row per pool and slice that had gifts: gifts_root fixes which took part, and what was granted.",
    (
        _PLACE, _POOL,
        Column("slice_no", Kind.INTEGER, "时间片，从 0 数起", "Slice of the festival, from 0"),
        Column("gifts_root", Kind.TEXT, "这一片捐赠名单的 Merkle 根", "Merkle root over the slice's tickets", "SHA-256, hex"),
        Column("tickets", Kind.INTEGER, "参加的捐赠数", "Gifts that took part", "gifts"),
        Column("eligible", Kind.INTEGER, "够得上规则的捐赠数", "Gifts the rule lets draw", "gifts"),
        Column("available_minor", Kind.INTEGER, "这一片可以配出的", "What the slice could give", "fen"),
        Column("granted_minor", Kind.INTEGER, "这一片配出的", "What it gave", "fen"),
        Column("drawn_at", Kind.INSTANT, "抽取的时间", "When it was drawn"),
        Column(
            "beacon_round", Kind.INTEGER, "掺进种子的公共随机信标是第几个；没有用信标时为空",
            "Round of the public beacon its seed was mixed with; empty without one", optional=True,
        ),
        Column(
            "beacon_signature", Kind.TEXT, "那一个的签名，可以用信标的公钥核对",
            "Signature of that round, to be checked with the beacon's public key", "BLS, hex", optional=True,
        ),
    ),
)  # fmt: skip

POOLS = Table(
    "pools", "coins", "配捐池", "Pools",
    "每个配捐池一行：出资方、额度、规则、秘密的指纹，关闭以后还有秘密本身。",
    "One row per matching pool: sponsor, budget, rule, the commitment to its secret and, once closed, the secret.",
    (
        _PLACE, _POOL,
        Column("festival_id", Kind.UUID, "公益节", "The festival"),
        *_both("name", "名称", "Name"), *_both("sponsor", "出资方", "Sponsor"),
        Column("budget_minor", Kind.INTEGER, "额度", "Budget", "fen"), _CURRENCY,
        Column("granted_minor", Kind.INTEGER, "到检查点为止配出的", "Granted up to the checkpoint", "fen"),
        Column(
            "returned_minor", Kind.INTEGER, "关闭时退回出资方的；关闭以前为空",
            "Returned to the sponsor at closing; empty before", "fen", optional=True,
        ),
        Column("rule", Kind.TEXT, "按哪条规则的哪一版", "The rule and its version"),
        Column("rule_sha256", Kind.TEXT, "规则全文的指纹", "Hash of the rule's full text", "SHA-256, hex"),
        Column(
            "secret_sha256", Kind.TEXT, "秘密的指纹，开始以前公布",
            "Commitment to the secret, published before opening", "SHA-256, hex",
        ),
        Column("secret", Kind.TEXT, "秘密；公开以前为空", "The secret; empty until revealed", "hex", optional=True),
        Column("opens_at", Kind.INSTANT, "开始", "Opens"), Column("closes_at", Kind.INSTANT, "结束", "Closes"),
        Column("slice_seconds", Kind.INTEGER, "一片有多长", "Length of a slice", "seconds"),
        Column("closed_at", Kind.INSTANT, "关闭的时间；关闭以前为空", "When it was closed; empty before", optional=True),
        Column(
            "reveal_by", Kind.INSTANT, "最迟开奖时间；晚于它抽的片不用秘密，发平均数",
            "The promised moment: a slice drawn later needs no secret and pays what is expected", optional=True,
        ),
        Column(
            "beacon_chain_hash", Kind.TEXT, "种子里掺进的公共随机信标是哪个网络；没有时为空",
            "Network of the public beacon its seeds are mixed with; empty without one", "SHA-256, hex", optional=True,
        ),
        Column("beacon_public_key", Kind.TEXT, "那个网络的公钥", "Public key of that network", "BLS12-381, hex", optional=True),
        Column(
            "beacon_genesis_seconds", Kind.INTEGER, "那个网络的第一个随机数是什么时候",
            "When that network made its first round", "seconds since 1970", optional=True,
        ),
        Column(
            "beacon_period_seconds", Kind.INTEGER, "那个网络隔多久出一个",
            "How often that network makes a round", "seconds", optional=True,
        ),
    ),
)  # fmt: skip

PROJECTS = Table(
    "projects", "heart-handshake", "项目", "Projects",
    "每个公开的项目一行。筹到的数按检查点以内的日志加出来，与 gifts、awards 两张表一致。",
    "One row per listed project. What it received is added up from the log below the checkpoint, so it agrees with gifts and awards.",
    (
        _PROJECT, _SLUG,
        Column("charity_id", Kind.UUID, "机构", "The charity"),
        Column("charity_slug", Kind.TEXT, "机构在网址里的名字", "The charity's name in its address"),
        Column("filing_no", Kind.TEXT, "募捐方案备案号", "Filing number of the fundraising plan"),
        *_both("title", "标题", "Title"), *_both("summary", "一句话介绍", "Summary"),
        Column("cause", Kind.TEXT, "领域", "What it is about"), _REGION,
        Column("standing", Kind.TEXT, "导出时：upcoming、open、paused 或 finished", "When exported: upcoming, open, paused or finished"),
        Column("goal_minor", Kind.INTEGER, "目标", "Goal", "fen"), _CURRENCY,
        Column("gifts", Kind.INTEGER, "到账的捐赠数", "Settled gifts", "gifts"),
        Column("given_minor", Kind.INTEGER, "大家捐的", "Given by donors", "fen"),
        Column("matched_minor", Kind.INTEGER, "配捐", "Matched by pools", "fen"),
        Column("starts_at", Kind.INSTANT, "开始", "Starts"), Column("ends_at", Kind.INSTANT, "结束", "Ends"), _ADDRESS,
    ),
)  # fmt: skip

CHARITIES = Table(
    "charities", "landmark", "机构", "Charities",
    "每个公开的机构一行；被暂停的也在内，它的捐赠人有权知道。",
    "One row per listed charity; a suspended one is included, its donors have a right to know.",
    (
        Column("charity_id", Kind.UUID, "机构的编号", "Id of the charity"), _SLUG, *_both("name", "名称", "Name"),
        Column(
            "kind", Kind.TEXT, "foundation 基金会、association 社会团体或 service 社会服务机构",
            "foundation, association or service",
        ),
        _REGION,
        Column("uscc", Kind.TEXT, "统一社会信用代码", "Unified social credit code", "GB 32100"),
        Column("certificate_no", Kind.TEXT, "公开募捐资格证书；没有则为空", "Public-fundraising certificate; empty without", optional=True),
        Column("founded_on", Kind.DATE, "成立日期", "Founded"), *_both("mission", "使命", "Mission"),
        Column("state", Kind.TEXT, "published 或 suspended", "published or suspended"), _ADDRESS,
    ),
)  # fmt: skip

TABLES = (GIFTS, AWARDS, SLICES, POOLS, PROJECTS, CHARITIES)
FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}
# What other standards ask for, beside the tables.
DOCUMENTS = {
    "iati-activities.xml": "application/xml; charset=utf-8",
    "iati-organisations.xml": "application/xml; charset=utf-8",
    "360giving.json": "application/json; charset=utf-8",
}


def content_type(name: str) -> str:
    """The media type of one of the files."""
    return DOCUMENTS.get(name) or FORMATS[name.rpartition(".")[2]]
