"""What Ambler says, in both of its languages: an app of its own, with its own way of speaking."""

WORDS = {
    "zh": {
        "name": "慢行", "tagline": "走路、骑车，顺路做一件好事", "today": "今天", "ride": "骑行", "discover": "发现", "club": "同路人", "heard": "开发者",
        "hello": "早，{name}", "guest": "你还没有登录", "sign_in": "登录体验", "sign_out": "退出", "steps": "步", "goal": "目标 {n}",
        "walk": "假装走 2,000 步", "walk_note": "演示里不用真的走路。点一下，步数就会增加，慢行再把它告诉小红花。",
        "route": "滨江绿道 · 4.6 公里", "route_note": "07:12 出发，风从江上来",
        "ride_done": "骑行完成", "ride_facts": "3.2 公里 · 少排 0.6 千克二氧化碳", "paid": "已付 ¥{sum}",
        "after_ride": "骑完这一程", "after_ride_note": "单车代替汽车，也是一件好事。", "after_pay": "付款之后", "after_pay_note": "摇一摇，帮一个项目点亮一点爱心额度，由出资方承担。",
        "change": "零钱", "change_note": "每一次都由你自己确认，从来不会悄悄扣。",
        "watch": "看一个故事", "watch_note": "喜欢就送一个赞，出资方为这个项目添上一分钱。", "learn": "每日五题", "learn_note": "答错也没关系，每一题都有解释。", "read": "读一篇", "read_note": "慢慢读，读完再收花。",
        "week": "七天一起走", "week_note": "连续七天完成任务，得一枚徽章和小红花。断了也不要紧，明天重新开始。", "meet": "线下见面", "meet_note": "到了现场，填上大屏上的签到码。", "hours": "志愿时长", "hours_note": "由现场负责人核实过的时长。",
        "heard_title": "小红花告诉我们的", "heard_note": "每一条都用 Standard Webhooks 签名，验证通过才会出现在这里。", "nothing_heard": "还没有收到通知，稍等一会儿。",
        "told_title": "我们告诉小红花的", "told_note": "每隔一会儿，慢行用 Python 客户端批量上报大家的善行。", "nothing_told": "还没有上报。",
        "sent": "上报 {n} 件", "accepted": "接受 {n}", "others": "未计 {n}", "at": "时间", "event": "事件", "content": "内容",
        "about": "慢行是虚构的应用，用来演示怎样把小红花嵌进别人的页面。", "back": "回到小红花", "other": "English", "privacy": "小红花只知道一个编号，不知道你是谁。",
        "away": "小红花暂时没有答复，慢行照常可用。",
    },
    "en": {
        "name": "Ambler", "tagline": "Walk, ride, and do some good on the way", "today": "Today", "ride": "Ride", "discover": "Discover", "club": "Together", "heard": "Developers",
        "hello": "Morning, {name}", "guest": "You are not signed in", "sign_in": "Sign in and try", "sign_out": "Sign out", "steps": "steps", "goal": "Goal {n}",
        "walk": "Pretend to walk 2,000 steps", "walk_note": "No need to get up: each tap adds steps here, and Ambler vouches for them to Red Flower.",
        "route": "Riverside path · 4.6 km", "route_note": "Left at 07:12, wind from the river",
        "ride_done": "Ride finished", "ride_facts": "3.2 km · 0.6 kg CO₂ not emitted", "paid": "Paid ¥{sum}",
        "after_ride": "After the ride", "after_ride_note": "A bicycle instead of a car is a good deed, too.", "after_pay": "After paying", "after_pay_note": "Shake to unlock a small sum of the sponsor's for a project you choose.",
        "change": "Change", "change_note": "Confirmed by you each time, never taken silently.",
        "watch": "Watch a story", "watch_note": "Like it, and the sponsor adds a cent to its project.", "learn": "Five questions a day", "learn_note": "Wrong answers are fine: every question explains itself.", "read": "Read something", "read_note": "Take your time. Collect when you are done.",
        "week": "Seven days together", "week_note": "Seven days in a row earn a badge and flowers. Missed one? Tomorrow is a new start.", "meet": "Meet outside", "meet_note": "At the event, enter the code on the big screen.", "hours": "Volunteer hours", "hours_note": "Confirmed by somebody on the spot.",
        "heard_title": "What Red Flower told us", "heard_note": "Signed as Standard Webhooks ask; only what was verified appears here.", "nothing_heard": "Nothing heard yet. A moment, please.",
        "told_title": "What we told Red Flower", "told_note": "Every now and then Ambler reports everybody's deeds in bulk, with the Python client.", "nothing_told": "Nothing reported yet.",
        "sent": "{n} reported", "accepted": "{n} accepted", "others": "{n} not counted", "at": "Time", "event": "Event", "content": "Content",
        "about": "Ambler is a made-up app: it shows how Red Flower lives on somebody else's pages.", "back": "Back to Red Flower", "other": "中文", "privacy": "Red Flower knows a number, not who you are.",
        "away": "Red Flower is not answering just now; Ambler works as always.",
    },
}  # fmt: skip
TABS = (("today", "/"), ("ride", "/ride"), ("discover", "/discover"), ("club", "/club"), ("heard", "/heard"))
# What each page embeds: (scene, heading, note).
SCENES = {
    "today": (("steps", "", ""),),
    "ride": (("green", "after_ride", "after_ride_note"), ("shake", "after_pay", "after_pay_note"), ("round_up", "change", "change_note")),
    "discover": (("like", "watch", "watch_note"), ("quiz", "learn", "learn_note"), ("read", "read", "read_note")),
    "club": (("game", "week", "week_note"), ("checkin", "meet", "meet_note"), ("volunteer", "hours", "hours_note")),
}  # fmt: skip
NAMES = {"zh": "林溪", "en": "Lin Xi"}
