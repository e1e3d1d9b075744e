"""How pages and mails name the states of proposals and dreams, and the private link of a proposal."""

import hmac
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from redflower.adapters.mail import Outgoing
from redflower.domains.dreams.types import Act, DreamState, LetterKind, Post, ProposalState
from redflower.faces.shared.jinja import pick
from redflower.faces.shared.labels import Label
from redflower.kernel.ids import private_token, read_private_token
from redflower.kernel.text import N_

PROPOSAL_STATES = {
    ProposalState.DRAFT: Label(N_("草稿"), "", "pencil"),
    ProposalState.SUBMITTED: Label(N_("等待初选"), "info", "hourglass"),
    ProposalState.RETURNED: Label(N_("请补充"), "warn", "undo-2"),
    ProposalState.SHORTLISTED: Label(N_("入围"), "gold", "sparkles"),
    ProposalState.DECLINED: Label(N_("未入选"), "", "circle-x"),
    ProposalState.WITHDRAWN: Label(N_("已撤回"), "", "ban"),
    ProposalState.CHOSEN: Label(N_("正在收花"), "give", "heart"),
    ProposalState.GRANTED: Label(N_("已实现"), "green", "badge-check"),
    ProposalState.NOT_MET: Label(N_("这次没有实现"), "", "moon"),
}
DREAM_STATES = {
    DreamState.PLANNED: Label(N_("筹备中"), "", "calendar-days"),
    DreamState.UPCOMING: Label(N_("即将开始"), "info", "clock"),
    DreamState.OPEN: Label(N_("正在收花"), "give", "heart"),
    DreamState.DECIDING: Label(N_("正在确认结果"), "gold", "hourglass"),
    DreamState.GRANTED: Label(N_("已实现"), "green", "badge-check"),
    DreamState.NOT_MET: Label(N_("这次没有实现"), "", "moon"),
}
# What an act says to the author of a proposal: a title, and a sentence beneath it.
ACTS = {
    Act.SUBMIT: (N_("交上来了"), N_("我们收到了你的提案，初选的每一步都会写在这里。")),
    Act.RETURN: (N_("请你补充一下"), N_("想法很好，还差一点。改好以后可以再交一次。")),
    Act.SHORTLIST: (N_("入围了"), N_("你的提案进入了入围名单。接下来会找一家机构承接，再进入一轮收花。")),
    Act.DECLINE: (N_("这次没有入选"), N_("谢谢你把它写下来。没有入选的原因写在下面。")),
    Act.WITHDRAW: (N_("你撤回了提案"), N_("它不会再被评选。")),
    Act.CHOOSE: (N_("进入了这一轮"), N_("资助金已经为它留好，现在只差大家的小红花。")),
    Act.GRANT: (N_("实现了"), N_("小红花够了，资助金已经兑现，你的梦想成为了一个项目。")),
    Act.MISS: (N_("这次没有实现"), N_("到结束时小红花没有达到需要的数目，花已经退回每一位送花的人。梦想还在，欢迎下次再来。")),
}  # fmt: skip
FIELDS = {
    "title": N_("梦想的名字"), "summary": N_("一句话"), "need": N_("为什么需要"), "story": N_("故事"), "helped": N_("谁会受益"),
    "author_name": N_("你的名字"), "about": N_("你是谁"), "budget": N_("预算"), "email": N_("邮箱"),
}  # fmt: skip
_LINK = b"dream-link"


def proposal_path(proposal_id: UUID) -> str:
    """The private page of a proposal: whoever holds the link may see and write it."""
    return f"/dreams/mine/{private_token(proposal_id, _key())}"


def read_proposal_token(token: str) -> UUID | None:
    """The proposal a private link opens, or None for a link nobody was given."""
    return read_private_token(token, _key())


def _key() -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), _LINK, "sha256")


def name_letter(place: int) -> tuple[str, str]:
    """What a project's plan says of its n-th letter, in Chinese and in English."""
    sentence = N_("给每一位送花的人写第 {place} 封信")
    with translation.override("en"):
        english = gettext(sentence)
    return sentence.format(place=place), english.format(place=place)


def write_mail(post: Post) -> Outgoing:
    """A queued mail in its reader's language."""
    with translation.override(post.language if post.language in ("zh-hans", "en") else settings.LANGUAGE_CODE):
        return _write_act(post) if post.kind == "act" else _write_letter(post)


def _write_act(post: Post) -> Outgoing:
    title, text = ACTS[Act(post.act)]
    dream = pick(post, "title") or gettext("你的梦想")
    parts = [gettext(text)]
    if post.reason:
        parts.append(gettext("原因：{reason}").format(reason=post.reason))
    if post.suggestion:
        parts.append(gettext("建议：{suggestion}").format(suggestion=post.suggestion))
    link = f"{settings.REDFLOWER_BASE_URL}{proposal_path(post.subject_id)}"
    parts.append(gettext("这是你的私密页面，请不要转发：{link}").format(link=link))
    subject = gettext("“{dream}”{what}").format(dream=dream, what=gettext(title))
    return Outgoing(post.to, subject, "\n\n".join(parts) + "\n")


def _write_letter(post: Post) -> Outgoing:
    told = {
        LetterKind.GRANTED: gettext("你送过花的“{dream}”实现了。"),
        LetterKind.RETURNED: gettext("“{dream}”这次没有实现，你的小红花已经退回。"),
        LetterKind.FEEDBACK: gettext("“{dream}”有了新的进展，给你写了一封信。"),
        LetterKind.CLOSING: gettext("“{dream}”做完了，这是最后一封信。"),
    }[LetterKind(post.act)].format(dream=pick(post, "title"))
    link = f"{settings.REDFLOWER_BASE_URL}/flowers/letters/{post.subject_id}"
    stop = gettext("不想再收邮件，可以在“小红花来信”里关掉：{link}").format(
        link=f"{settings.REDFLOWER_BASE_URL}/flowers/letters"
    )
    return Outgoing(post.to, gettext("小红花来信：{told}").format(told=told), f"{told}\n\n{link}\n\n{stop}\n")
