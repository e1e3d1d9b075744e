"""Refusals of flowers."""

from redflower.kernel.errors import Refusal
from redflower.kernel.text import N_


class FlowersNotEnough(Refusal):
    code = "flowers_not_enough"
    sentence = N_("你现在有 {held} 朵小红花，不够送 {asked} 朵")
    status = 409


class FlowersInvalid(Refusal):
    code = "flowers_invalid"
    sentence = N_("请写一个整数，至少 1 朵，一次最多 100000 朵")
    status = 422
