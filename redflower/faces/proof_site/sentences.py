"""What the checking scripts say, in the page's language. Shape: key -> sentence with {places} they fill in."""

from django.utils.translation import gettext


def sentences_of_proofs() -> dict[str, str]:
    """Of a proof file."""
    return {
        "running": gettext("正在这台设备上核验…"),
        "proof_read": gettext("证明文件已读到，共 {bytes} 字节"),
        "proof_unread": gettext("证明文件读不懂：第 {line} 行"),
        "included": gettext("这一条的哈希经 {hashes} 步算到的树根，与检查点上的一致（第 {index} 条，共 {size} 条）"),
        "not_included": gettext("算到的树根与检查点上的不一致：条目或证明里有字节被改动过"),
        "signed": gettext("检查点上的签名，用公钥 {name} 核验无误"),
        "not_signed": gettext("检查点上的签名不对：内容或签名被改动过"),
        "no_signature": gettext("检查点上没有公钥 {name} 的签名"),
        "signature_unknown": gettext(
            "这个浏览器还不会核验 Ed25519 签名；其余各步照常核验。可以改用 redflower verify gift"
        ),
        "same_entry": gettext("证明里的条目，与这一页上写的是同一条"),
        "other_entry": gettext("证明里的条目，与这一页上写的不是同一条"),
        "unreachable": gettext("读不到 {name}，请检查网络后再试"),
        "agrees": gettext("全部一致"),
        "differs": gettext("有不一致的地方"),
        "incomplete": gettext("没有全部核验"),
        "agrees_note": gettext("以上每一步都在这台设备上算出，没有请服务器代算。"),
        "differs_note": gettext("请截图并告诉我们，也可以告诉任何人。"),
        "again": gettext("再核验一次"),
    }


def sentences_of_draws() -> dict[str, str]:
    """Of a draw that is done again."""
    return {
        "rule_same": gettext("规则全文的指纹，与公布的一致（{hash}…）"),
        "rule_other": gettext("规则全文的指纹是 {found}…，公布的是 {stated}…"),
        "secret_same": gettext("密钥的指纹，与开放之前公布的一致（{hash}…）"),
        "secret_other": gettext("密钥的指纹是 {found}…，开放之前公布的是 {stated}…"),
        "beacon_heard": gettext(
            "每个种子都混进了公共随机信标 {hash}… 到期后的第一轮；信标自己的签名浏览器算不了，redflower verify draw 会核验"
        ),
        "beacon_other": gettext("时间片 {slice} 的公共信标不是应有的那一轮（{place}）"),
        "bonus_same": gettext("每天开始时各项目的小红花（{days} 天），指纹都与公布的一致"),
        "bonus_other": gettext("{day} 开始时各项目的小红花，与公布的指纹不一致（{place}）"),
        "late": gettext("有 {slices} 个时间片晚于约定的 {by} 才抽：不用密钥，按平均数平分"),
        "announced": gettext("公开记录第 {index} 条在开放之前就写下了同样的规则指纹、密钥指纹和总额"),
        "announced_other": gettext("公开记录第 {index} 条写的“{field}”与现在公布的不同"),
        "announced_late": gettext("公开记录第 {index} 条不是在开放之前写下的"),
        "announced_none": gettext("公开记录里还没有这一池的公告，这一步没有核验"),
        "drawing": gettext("正在重新抽取：{done} / {all} 张签"),
        "drawn": gettext("{slices} 个时间片、{tickets} 张签全部重抽一遍，每一笔都与公布的一致"),
        "root_other": gettext("时间片 {slice}：签的根算出来是 {found}…，公布的是 {stated}…。{place}"),
        "line_unread": gettext("{place}：这一行不是公布格式的写法"),
        "lines_missing": gettext("{place}：应有 {expected} 行，却有 {found} 行"),
        "gift_other": gettext("{place}：这一行说的捐赠，与签上的不是同一笔"),
        "award_other": gettext("{place}：捐赠 {gift} 应得 {found} 分（{why}），公布的是 {stated} 分（{said}）"),
        "slice_other": gettext("时间片 {slice}：“{field}”应是 {found}，公布的是 {stated}。{place}"),
        "granted_same": gettext("一共配出 {amount}，与公布的一致；加上退回的，正好是总额"),
        "granted_other": gettext("算出一共配出 {found}，公布的是 {stated}"),
        "awarded": gettext("抽到了"),
        "below_minimum": gettext("金额没到起点"),
        "person_cap_reached": gettext("当天已到上限"),
        "budget_spent": gettext("轮到时预算已发完"),
        "share_below_one_fen": gettext("分到的不足一分"),
        "took": gettext("用了 {seconds} 秒"),
    }
