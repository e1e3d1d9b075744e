"""How each kind of scene looks: its name, its picture, its icon."""

from dataclasses import dataclass

from redflower.kernel.text import N_


@dataclass(frozen=True, slots=True)
class Look:
    """A kind's face. `own_form` says that its page has a form of its own; the others show the widget."""

    name: str
    picture: str
    icon: str
    own_form: bool = False


LOOKS = {
    "steps": Look(N_("走路"), "/pictures/mountain-forest-12.svg", "trending-up"),
    "shake": Look(N_("摇一摇"), "/pictures/lamp-wheat-5.svg", "sparkles"),
    "like": Look(N_("点赞"), "/pictures/lantern-rose-4.svg", "heart", own_form=True),
    "game": Look(N_("游戏"), "/pictures/sprout-forest-9.svg", "sprout"),
    "quiz": Look(N_("答题"), "/pictures/book-sky-3.svg", "circle-help", own_form=True),
    "read": Look(N_("阅读"), "/pictures/shelf-wheat-7.svg", "book-open", own_form=True),
    "green": Look(N_("绿色出行"), "/pictures/bicycle-river-6.svg", "trees"),
    "round_up": Look(N_("零钱凑整"), "/pictures/bowl-rose-8.svg", "coins"),
    "checkin": Look(N_("现场签到"), "/pictures/bridge-sky-4.svg", "map-pin", own_form=True),
    "volunteer": Look(N_("志愿时长"), "/pictures/hands-dusk-5.svg", "users"),
}
OTHER = Look(N_("善行"), "/pictures/tree-wheat-2.svg", "heart")


def look_of(kind: str) -> Look:
    """The face of a kind; a new kind has a plain one until somebody draws its own."""
    return LOOKS.get(kind, OTHER)
