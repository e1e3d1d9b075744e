"""Refusals of the ledger, in the order in which posting checks them."""

from redflower.kernel.errors import Refusal
from redflower.kernel.text import N_


class TransferAmountOutOfRange(Refusal):
    code = "transfer_amount_out_of_range"
    sentence = N_("转账金额超出了账本能记录的范围")
    status = 422


class TransferToSelf(Refusal):
    code = "transfer_to_self"
    sentence = N_("同一个账户之间不能转账")
    status = 422


class TransferConflict(Refusal):
    code = "transfer_conflict"
    sentence = N_("这个编号已经记过另一笔不同的转账")
    status = 409


class AccountMissing(Refusal):
    code = "account_missing"
    sentence = N_("账本里没有这个账户")
    status = 404


class AssetsMixed(Refusal):
    code = "assets_mixed"
    sentence = N_("善款和小红花不能互相转换")
    status = 422


class PendingMissing(Refusal):
    code = "pending_missing"
    sentence = N_("没有找到对应的待定转账，或两者内容不一致")
    status = 409


class PendingAlreadyEnded(Refusal):
    code = "pending_already_ended"
    sentence = N_("这笔待定转账已经有了结果")
    status = 409


class AlreadyReversed(Refusal):
    code = "already_reversed"
    sentence = N_("这笔转账已经被冲正过")
    status = 409


class BalanceTooLow(Refusal):
    code = "balance_too_low"
    sentence = N_("账户余额不足")
    status = 409
