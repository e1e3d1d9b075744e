"""What the API alone refuses; what the engine's door refuses as well is defined there, and the rest in the rooms."""

from redflower.engine.refusals import (
    AddressNotFound,
    BodyKeyRepeated,
    BodyLengthMissing,
    BodyNumberUnreadable,
    BodyTooLarge,
    BodyUnreadable,
    DonorTokenInvalid,
    MediaTypeUnsupported,
    MethodNotAllowed,
    TooManyGifts,
)
from redflower.kernel.errors import Refusal
from redflower.kernel.text import N_

__all__ = [
    "AddressNotFound",
    "BodyKeyRepeated",
    "BodyLengthMissing",
    "BodyNumberUnreadable",
    "BodyTooLarge",
    "BodyUnreadable",
    "CursorMalformed",
    "DonorTokenInvalid",
    "MediaTypeUnsupported",
    "MethodNotAllowed",
    "PoolNotFound",
    "TooManyGifts",
]


class CursorMalformed(Refusal):
    code = "cursor_malformed"
    sentence = N_("翻页游标认不出来，请不要改动它，或从第一页重新开始")
    status = 422


class PoolNotFound(Refusal):
    code = "pool_not_found"
    sentence = N_("这个公益节里没有这个配捐池")
    status = 404
