"""The 34 provincial-level regions: their names, and where each stands on the tile map.

A tile map draws every region as an equal square in roughly its place, neighbours beside neighbours. It carries no
boundaries, and small regions are as easy to read and to touch as large ones.
Source: codes from GB/T 2260, letters from ISO 3166-2:CN.
"""

from dataclasses import dataclass

COLUMNS = 7
ROWS = 8


@dataclass(frozen=True, slots=True)
class Region:
    """A provincial-level region.

    Units: `row` and `column` count tiles from the top left, from 0.
    """

    code: str
    char: str
    letters: str
    name_zh: str
    name_en: str
    row: int
    column: int


REGIONS: tuple[Region, ...] = (
    Region("110000", "京", "BJ", "北京", "Beijing", 1, 4),
    Region("120000", "津", "TJ", "天津", "Tianjin", 2, 5),
    Region("130000", "冀", "HE", "河北", "Hebei", 2, 4),
    Region("140000", "晋", "SX", "山西", "Shanxi", 2, 3),
    Region("150000", "蒙", "NM", "内蒙古", "Inner Mongolia", 1, 3),
    Region("210000", "辽", "LN", "辽宁", "Liaoning", 1, 5),
    Region("220000", "吉", "JL", "吉林", "Jilin", 1, 6),
    Region("230000", "黑", "HL", "黑龙江", "Heilongjiang", 0, 6),
    Region("310000", "沪", "SH", "上海", "Shanghai", 4, 6),
    Region("320000", "苏", "JS", "江苏", "Jiangsu", 4, 5),
    Region("330000", "浙", "ZJ", "浙江", "Zhejiang", 5, 5),
    Region("340000", "皖", "AH", "安徽", "Anhui", 4, 4),
    Region("350000", "闽", "FJ", "福建", "Fujian", 6, 4),
    Region("360000", "赣", "JX", "江西", "Jiangxi", 5, 4),
    Region("370000", "鲁", "SD", "山东", "Shandong", 3, 4),
    Region("410000", "豫", "HA", "河南", "Henan", 3, 3),
    Region("420000", "鄂", "HB", "湖北", "Hubei", 4, 3),
    Region("430000", "湘", "HN", "湖南", "Hunan", 5, 3),
    Region("440000", "粤", "GD", "广东", "Guangdong", 6, 3),
    Region("450000", "桂", "GX", "广西", "Guangxi", 6, 2),
    Region("460000", "琼", "HI", "海南", "Hainan", 7, 2),
    Region("500000", "渝", "CQ", "重庆", "Chongqing", 4, 2),
    Region("510000", "川", "SC", "四川", "Sichuan", 4, 1),
    Region("520000", "黔", "GZ", "贵州", "Guizhou", 5, 2),
    Region("530000", "滇", "YN", "云南", "Yunnan", 5, 1),
    Region("540000", "藏", "XZ", "西藏", "Xizang", 3, 0),
    Region("610000", "陕", "SN", "陕西", "Shaanxi", 3, 2),
    Region("620000", "甘", "GS", "甘肃", "Gansu", 2, 1),
    Region("630000", "青", "QH", "青海", "Qinghai", 3, 1),
    Region("640000", "宁", "NX", "宁夏", "Ningxia", 2, 2),
    Region("650000", "新", "XJ", "新疆", "Xinjiang", 2, 0),
    Region("710000", "台", "TW", "台湾", "Taiwan", 6, 5),
    Region("810000", "港", "HK", "香港", "Hong Kong", 7, 4),
    Region("820000", "澳", "MO", "澳门", "Macao", 7, 3),
)

_BY_CODE = {region.code: region for region in REGIONS}


def find_region(code: str) -> Region | None:
    """The region with this GB/T 2260 code (a finer code finds the province it lies in), or None."""
    return _BY_CODE.get(f"{code[:2]}0000")
