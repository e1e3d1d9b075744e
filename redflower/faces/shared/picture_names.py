"""What people call the pictures and colours they choose among."""

from django.utils.translation import pgettext_lazy

from redflower.faces.shared.pictures import MOTIFS, PALETTES

_MOTIFS = {
    "bowl": pgettext_lazy("picture", "一碗热饭"),
    "book": pgettext_lazy("picture", "翻开的书"),
    "classroom": pgettext_lazy("picture", "教室"),
    "ear": pgettext_lazy("picture", "倾听的耳朵"),
    "eye": pgettext_lazy("picture", "眼里的日出"),
    "heart": pgettext_lazy("picture", "心形风筝"),
    "stethoscope": pgettext_lazy("picture", "听诊器"),
    "hands": pgettext_lazy("picture", "捧起太阳的手"),
    "chairs": pgettext_lazy("picture", "树下的两把椅子"),
    "tree": pgettext_lazy("picture", "大树和秋千"),
    "river": pgettext_lazy("picture", "河流"),
    "dolphin": pgettext_lazy("picture", "江豚"),
    "bird": pgettext_lazy("picture", "飞过太阳的鹤"),
    "mountain": pgettext_lazy("picture", "雪山"),
    "house": pgettext_lazy("picture", "亮着灯的家"),
    "well": pgettext_lazy("picture", "水井"),
    "bridge": pgettext_lazy("picture", "圆月桥"),
    "lamp": pgettext_lazy("picture", "台灯"),
    "sprout": pgettext_lazy("picture", "新芽"),
    "loom": pgettext_lazy("picture", "织机"),
    "opera": pgettext_lazy("picture", "戏台"),
    "ball": pgettext_lazy("picture", "篮球"),
    "tent": pgettext_lazy("picture", "救灾帐篷"),
    "wheelchair": pgettext_lazy("picture", "轮椅"),
    "braille": pgettext_lazy("picture", "盲文"),
    "music": pgettext_lazy("picture", "琵琶"),
    "computer": pgettext_lazy("picture", "电脑"),
    "bicycle": pgettext_lazy("picture", "自行车"),
    "snow": pgettext_lazy("picture", "初雪"),
    "bee": pgettext_lazy("picture", "蜜蜂"),
    "cat": pgettext_lazy("picture", "窗台上的猫"),
    "dog": pgettext_lazy("picture", "导盲犬"),
    "shelf": pgettext_lazy("picture", "书架"),
    "medicine": pgettext_lazy("picture", "草药"),
    "bus": pgettext_lazy("picture", "山路上的车"),
    "lantern": pgettext_lazy("picture", "河灯"),
    "garden": pgettext_lazy("picture", "园子"),
}
_PALETTES = {
    "wheat": pgettext_lazy("colours", "麦黄"),
    "rose": pgettext_lazy("colours", "蔷薇"),
    "sky": pgettext_lazy("colours", "天青"),
    "forest": pgettext_lazy("colours", "林绿"),
    "dusk": pgettext_lazy("colours", "暮紫"),
    "river": pgettext_lazy("colours", "水绿"),
    "snow": pgettext_lazy("colours", "雪蓝"),
    "clay": pgettext_lazy("colours", "陶红"),
    "plum": pgettext_lazy("colours", "梅紫"),
    "tea": pgettext_lazy("colours", "茶青"),
}

# By name, so that a picture nobody has named is noticed when the site starts.
MOTIF_CHOICES = [(motif, _MOTIFS[motif]) for motif in MOTIFS]
PALETTE_CHOICES = [(palette, _PALETTES[palette]) for palette in PALETTES]
