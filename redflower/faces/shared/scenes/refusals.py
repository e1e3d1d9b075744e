"""Why a user token is not believed."""

from redflower.kernel.errors import Refusal
from redflower.kernel.text import N_


class UserTokenInvalid(Refusal):
    code = "user_token_invalid"
    sentence = N_("这个用户令牌不是由本站签发的")
    status = 401


class UserTokenExpired(Refusal):
    code = "user_token_expired"
    sentence = N_("用户令牌已经过期，请让页面再领一个")
    status = 401


class SceneNotInToken(Refusal):
    code = "scene_not_in_token"
    sentence = N_("这个令牌不能用在这个活动上")
    status = 403
