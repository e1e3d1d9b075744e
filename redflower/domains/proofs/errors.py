"""Refusals of the public log."""

from redflower.kernel.errors import Refusal
from redflower.kernel.text import N_


class EntryUnreadable(Refusal):
    code = "entry_unreadable"
    sentence = N_("这一条读不懂：应是规范写法的 JSON")
    status = 422


class EntryIncomplete(Refusal):
    code = "entry_incomplete"
    sentence = N_("“{kind}”条目缺少或多出了字段：{field}")
    status = 422


class LogNotStarted(Refusal):
    code = "log_not_started"
    sentence = N_("公开记录还没有第一个检查点，请稍后再来")
    status = 404


class EntryNotPublished(Refusal):
    code = "entry_not_published"
    sentence = N_("这一条还没有进入已签名的检查点，通常一分钟内就会有")
    status = 404


class LogAheadOfDatabase(Refusal):
    code = "log_ahead_of_database"
    sentence = N_(
        "公开记录已签名到第 {log_size} 条，数据库却只到第 {database_size} 条：数据库像是从较早的备份恢复的。"
        "请恢复到更晚的时刻；公开过的记录不能收回"
    )
    status = 503


class LogContradictsDatabase(Refusal):
    code = "log_contradicts_database"
    sentence = N_("公开记录在第 {log_size} 条处的根哈希与数据库不同：两者不是同一份历史。没有签名任何东西")
    status = 503


class LogKeyMissing(Refusal):
    code = "log_key_missing"
    sentence = N_("找不到公开记录的签名密钥，而记录已经开始：请把密钥文件 {path} 从备份中恢复")
    status = 503
