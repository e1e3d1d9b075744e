"""What projects are about, in words and icons."""

from dataclasses import dataclass

from django.utils.translation import gettext

from redflower.domains.projects.types import Cause
from redflower.kernel.text import N_

_WORDS = {
    Cause.EDUCATION: (N_("教育"), "graduation-cap"),
    Cause.CHILDREN: (N_("儿童成长"), "baby"),
    Cause.HEALTH: (N_("医疗救助"), "stethoscope"),
    Cause.DISABILITY: (N_("助残"), "accessibility"),
    Cause.ELDERLY: (N_("为老服务"), "house-heart"),
    Cause.RURAL: (N_("乡村振兴"), "sprout"),
    Cause.ENVIRONMENT: (N_("自然保护"), "trees"),
    Cause.ANIMALS: (N_("动物保护"), "paw-print"),
    Cause.DISASTER: (N_("救灾"), "siren"),
    Cause.CULTURE: (N_("文化传承"), "palette"),
    Cause.WOMEN: (N_("女性发展"), "heart-handshake"),
    Cause.COMMUNITY: (N_("社区"), "users"),
}


@dataclass(frozen=True, slots=True)
class CauseWords:
    """A cause as pages name it, in the page's language."""

    code: str
    name: str
    icon: str


def name_cause(cause: Cause) -> CauseWords:
    """One cause."""
    name, icon = _WORDS[cause]
    return CauseWords(cause.value, gettext(name), icon)


def list_causes() -> list[CauseWords]:
    """Every cause, always in the same order."""
    return [name_cause(cause) for cause in Cause]
