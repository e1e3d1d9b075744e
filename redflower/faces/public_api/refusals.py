"""What the door and the API's own tokens refuse; what rooms refuse is defined in the rooms."""

from redflower.kernel.errors import Refusal
from redflower.kernel.text import N_


class AddressNotFound(Refusal):
    code = "not_found"
    sentence = N_("这个地址没有内容")
    status = 404


class MethodNotAllowed(Refusal):
    code = "method_not_allowed"
    sentence = N_("这个地址不支持 {method}，可以用 {allowed}")
    status = 405


class BodyLengthMissing(Refusal):
    code = "body_length_missing"
    sentence = N_("请在请求头 Content-Length 里写明正文的长度")
    status = 411


class BodyTooLarge(Refusal):
    code = "body_too_large"
    sentence = N_("请求正文最多 {limit_bytes} 字节")
    status = 413


class MediaTypeUnsupported(Refusal):
    code = "media_type_unsupported"
    sentence = N_("请求正文要用 application/json，UTF-8 编码，不压缩")
    status = 415


class BodyUnreadable(Refusal):
    code = "body_unreadable"
    sentence = N_("请求正文不是一份规范的 JSON")
    status = 400


class BodyKeyRepeated(Refusal):
    code = "body_key_repeated"
    sentence = N_("请求正文里，同一个对象的键“{key}”出现了两次")
    status = 400


class BodyNumberUnreadable(Refusal):
    code = "body_number_unreadable"
    sentence = N_("JSON 里没有 {name} 这样的数")
    status = 400


class CursorMalformed(Refusal):
    code = "cursor_malformed"
    sentence = N_("翻页游标认不出来，请不要改动它，或从第一页重新开始")
    status = 422


class DonorTokenInvalid(Refusal):
    code = "donor_token_invalid"
    sentence = N_("捐赠人令牌不是由本站签发的")
    status = 422


class PoolNotFound(Refusal):
    code = "pool_not_found"
    sentence = N_("这个公益节里没有这个配捐池")
    status = 404


class TooManyGifts(Refusal):
    code = "too_many_gifts"
    sentence = N_("捐赠请求来得太快了，请在 {seconds} 秒后再试")
    status = 429
