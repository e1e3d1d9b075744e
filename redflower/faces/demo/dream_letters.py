"""What the demo's granted dreams wrote to those who gave, and what givers said."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoLetter:
    """A letter of the demo, by days after its dream came true."""

    day: int
    title_zh: str
    title_en: str
    body_zh: str
    body_en: str
    spent_yuan: int
    people: int
    is_last: bool = False


LETTERS: dict[str, tuple[DemoLetter, ...]] = {
    "给山里的教室一架钢琴": (
        DemoLetter(
            41,
            "琴到了，孩子们排队按了一下",
            "The piano is here, and everybody pressed one key",
            "琴是上周四到的。六个人抬，走了最后那段一公里的土路，中间歇了四次。\n\n"
            "我说每个人只能按一下，大家就排队。一年级的排在前面，六年级的装作不着急。"
            "那个问我琴键会不会往下沉的孩子，按完以后没有走，站在旁边听完了后面一百多个音。\n\n"
            "调音师下个月上来。琴房的墙已经做了防潮。",
            "It came last Thursday. Six people carried it over the last kilometre of earth road and rested four times.\n\n"
            "One key each, I said, so they queued: the youngest in front, the oldest pretending not to hurry. "
            "The child who had asked whether the keys sink pressed hers, and stayed to hear the hundred others.\n\n"
            "The tuner comes next month. The walls of the room are dry.",
            33400,
            126,
        ),
        DemoLetter(
            118,
            "第一次完整的音乐课",
            "A first whole lesson",
            "调音师来过了，他说山里空气好，琴站得住。\n\n"
            "现在每个班一周两节课。孩子们学会了《茉莉花》的左手。晚上值班的时候，我听见有人在琴房里用一个手指弹，"
            "弹的是木板键盘上那首。\n\n"
            "钱花了三万四千六，剩下的留着明年调音。谢谢你的花，它在这里变成了声音。",
            "The tuner has been. The air up here is good for it, he says.\n\n"
            "Each class has two lessons a week now, and they know the left hand of “Jasmine”. On night duty I hear somebody "
            "in the music room with one finger: the song of the painted plank.\n\n"
            "34,600 yuan are spent; the rest is for next year’s tuning. Thank you. Here, your flower has become a sound.",
            34600,
            126,
        ),
    ),
    "让渡口的桥亮起来": (
        DemoLetter(
            66,
            "二十四盏，都亮了",
            "Twenty-four, and all of them lit",
            "灯是分三天装完的，村里来了十几个人帮忙。第一晚亮的时候，桥上站满了人，像过年。\n\n"
            "我女儿那天自己走回来的，她说：爸，你不用来等了。我说好。后来我还是站在桥头，看她从亮的地方走过来。\n\n"
            "路灯每天自己亮、自己灭。维护的钱单独存着，账目贴在桥头。",
            "It took three days, with a dozen neighbours helping. On the first night the bridge was full, as at New Year.\n\n"
            "My daughter walked home by herself. Dad, you need not wait any more, she said. All right, I said. "
            "I stood there all the same, and watched her come out of the light.\n\n"
            "The lamps go on and off by themselves. The money for upkeep is kept apart, and the account hangs at the bridge.",
            38400,
            1400,
        ),
    ),
}

# (name, words); a donor who says nothing is the usual one.
SAID: tuple[tuple[str, str], ...] = (
    ("阿珍", "我小时候也走过这样的路。"),
    ("", "一朵花不多，慢慢来。"),
    ("小雨", "给我女儿看了，她说要把今天的花送给你们。"),
    ("老陈", "等你们的信。"),
    ("", "看完故事，坐了一会儿。"),
    ("北北", "加油，一定会实现的。"),
    ("王姐", "今天的第一笔捐赠得了一朵，送给你。"),
    ("Lin", "Waiting for your letter."),
    ("一个路过的人", "愿你们平安。"),
    ("", "这才是花该去的地方。"),
    ("木木", "我妈妈也坐轮椅，懂的。"),
    ("Sam", "One flower from far away."),
)
