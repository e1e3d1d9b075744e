"""What a person's flowers add up to: a level, and badges for things that were really done. Neither buys anything."""

from dataclasses import dataclass

from redflower.kernel.text import N_


@dataclass(frozen=True, slots=True)
class Level:
    """A step of growth. Units: flowers ever earned."""

    from_flowers: int
    name: str
    meaning: str


LEVELS = (
    Level(0, N_("土"), N_("还没有花。什么都可以从这里长出来。")),
    Level(1, N_("种子"), N_("第一件善事，记下了。")),
    Level(7, N_("新芽"), N_("做过七次，差不多是一个星期的心意。")),
    Level(30, N_("花苞"), N_("一个月的善意，开始有了样子。")),
    Level(100, N_("花开"), N_("一百朵。有人因为它们听见了琴，看见了路。")),
    Level(365, N_("花园"), N_("抵得上一整年，每天一朵。")),
)


def find_level(earned: int) -> tuple[Level, Level | None]:
    """The level that so many flowers make, and the next one."""
    reached = [level for level in LEVELS if level.from_flowers <= earned]
    following = LEVELS[len(reached)] if len(reached) < len(LEVELS) else None
    return reached[-1], following


@dataclass(frozen=True, slots=True)
class Badge:
    """Something a person has done."""

    name: str
    meaning: str
    icon: str
    has: bool


def list_badges(
    *, earned: int, kinds: int, dreams: int, granted: int, returned: int, letters: int, friends: int
) -> list[Badge]:
    """Every badge, with those this person has."""
    return [
        Badge(N_("第一朵"), N_("得到过一朵小红花"), "sprout", earned > 0),
        Badge(N_("不止一种好"), N_("用三种善行得到过花"), "sparkles", kinds >= 3),
        Badge(N_("信一个梦想"), N_("给别人的梦想送过花"), "heart", dreams > 0),
        Badge(N_("它实现了"), N_("送过花的梦想实现了"), "badge-check", granted > 0),
        Badge(N_("又有去处"), N_("花退回来过，又有了去处"), "refresh-cw", returned > 0 and granted > 0),
        Badge(N_("收信人"), N_("读过一封小红花来信"), "mail", letters > 0),
        Badge(N_("一呼有应"), N_("有朋友从你的邀请页送了花"), "users", friends > 0),
    ]
