"""Refusals of scenes. What a single deed is refused for is a reason in its answer (`rules/reasons.py`)."""

from redflower.kernel.errors import Refusal
from redflower.kernel.text import N_


class PartnerNotFound(Refusal):
    code = "partner_not_found"
    sentence = N_("没有找到这个合作方")
    status = 404


class PartnerInvalid(Refusal):
    code = "partner_invalid"
    sentence = N_("合作方的“{field}”还没有填好")
    status = 422


class PartnerSlugTaken(Refusal):
    code = "partner_slug_taken"
    sentence = N_("短名“{slug}”已经被另一个合作方使用")
    status = 409


class PartnerStateConflict(Refusal):
    code = "partner_state_conflict"
    sentence = N_("合作方的状态已经变了，请刷新后再看")
    status = 409


class PartnerNotActive(Refusal):
    code = "partner_not_active"
    sentence = N_("这个合作方还没有通过审核，或已被暂停")
    status = 403


class KeyInvalid(Refusal):
    code = "key_invalid"
    sentence = N_("密钥的“{field}”不对：需要 32 字节的 Ed25519 公钥，或由我们生成的共享密钥")
    status = 422


class KeyNotFound(Refusal):
    code = "key_not_found"
    sentence = N_("没有找到这把密钥")
    status = 404


class CampaignNotFound(Refusal):
    code = "campaign_not_found"
    sentence = N_("没有找到这个活动")
    status = 404


class CampaignInvalid(Refusal):
    code = "campaign_invalid"
    sentence = N_("活动的“{field}”还没有填好")
    status = 422


class CampaignSlugTaken(Refusal):
    code = "campaign_slug_taken"
    sentence = N_("短名“{slug}”已经被另一个活动使用")
    status = 409


class CampaignStateConflict(Refusal):
    code = "campaign_state_conflict"
    sentence = N_("活动的状态已经变了，可能同事刚刚处理过，请刷新后再看")
    status = 409


class SceneKindUnknown(Refusal):
    code = "scene_kind_unknown"
    sentence = N_("没有“{kind}”这种场景")
    status = 422


class SceneRuleInvalid(Refusal):
    code = "scene_rule_invalid"
    sentence = N_("规则“{field}”的取值不对")
    status = 422


class ProjectNotInCampaign(Refusal):
    code = "project_not_in_campaign"
    sentence = N_("这个项目不在活动里")
    status = 422


class DeedNotFound(Refusal):
    code = "deed_not_found"
    sentence = N_("没有找到这件善行")
    status = 404


class DeedNotHeld(Refusal):
    code = "deed_not_held"
    sentence = N_("这件善行不在等待处理，可能同事刚刚处理过")
    status = 409


class DeedReversed(Refusal):
    code = "deed_reversed"
    sentence = N_("这件善行已经被撤回")
    status = 409


class NothingToPlace(Refusal):
    code = "nothing_to_place"
    sentence = N_("这笔善款已经有了去处，或者不属于你")
    status = 409


class ItemNotFound(Refusal):
    code = "item_not_found"
    sentence = N_("没有找到这项内容")
    status = 404


class ItemInvalid(Refusal):
    code = "item_invalid"
    sentence = N_("内容的“{field}”还没有填好")
    status = 422


class TeamNotFound(Refusal):
    code = "team_not_found"
    sentence = N_("没有找到这支队伍")
    status = 404


class TeamNameInvalid(Refusal):
    code = "team_name_invalid"
    sentence = N_("请给队伍起一个名字，最多 {limit} 个字")
    status = 422


class TeamNameUnwelcome(Refusal):
    code = "team_name_unwelcome"
    sentence = N_("队名会公开，请不要写链接、号码或联系方式")
    status = 422


class TeamNotOpen(Refusal):
    code = "team_not_open"
    sentence = N_("这个活动现在不能组队")
    status = 409


class LinkNotFound(Refusal):
    code = "link_not_found"
    sentence = N_("没有找到这个关联，可能已经解除")
    status = 404


class LinkStatementInvalid(Refusal):
    code = "link_statement_invalid"
    sentence = N_("这个关联链接不完整，或不是由本站开出的")
    status = 400


class LinkStatementExpired(Refusal):
    code = "link_statement_expired"
    sentence = N_("这个关联链接已经过期")
    status = 410


class LinkStatementUsed(Refusal):
    code = "link_statement_used"
    sentence = N_("这个关联链接已经用过，每个链接只能用一次")
    status = 409


class UserLinkedElsewhere(Refusal):
    code = "user_linked_elsewhere"
    sentence = N_("那边的你，已经和这里的另一位捐赠人关联")
    status = 409


class SignerUnknown(Refusal):
    code = "partner_key_unknown"
    sentence = N_("签名用的密钥不存在、已过期或已撤销")
    status = 401


class NonceReplayed(Refusal):
    code = "nonce_replayed"
    sentence = N_("这个签名已经用过，请用新的 nonce 重新签名")
    status = 401


class KeyScopeMissing(Refusal):
    code = "key_scope_missing"
    sentence = N_("这把密钥没有“{scope}”的权限")
    status = 403


class DeedsMediaTypeUnsupported(Refusal):
    code = "deeds_media_type_unsupported"
    sentence = N_("善行清单要用 application/x-ndjson 或 application/json，UTF-8 编码，不压缩")
    status = 415
