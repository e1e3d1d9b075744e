"""Every motif by name, in the order the pages list them."""

from redflower.faces.shared.picture_art import (
    motifs_animals,
    motifs_body,
    motifs_land,
    motifs_road,
    motifs_rooms,
    motifs_table,
    motifs_village,
)
from redflower.faces.shared.picture_art.scene import Motif

MOTIFS: dict[str, Motif] = {
    "bowl": motifs_table.bowl,
    "book": motifs_table.book,
    "classroom": motifs_rooms.classroom,
    "ear": motifs_body.ear,
    "eye": motifs_body.eye,
    "heart": motifs_body.heart,
    "stethoscope": motifs_body.stethoscope,
    "hands": motifs_body.hands,
    "chairs": motifs_village.chairs,
    "tree": motifs_land.tree,
    "river": motifs_land.river,
    "dolphin": motifs_animals.dolphin,
    "bird": motifs_animals.bird,
    "mountain": motifs_land.mountain,
    "house": motifs_village.house,
    "well": motifs_village.well,
    "bridge": motifs_village.bridge,
    "lamp": motifs_table.lamp,
    "sprout": motifs_land.sprout,
    "loom": motifs_rooms.loom,
    "opera": motifs_rooms.opera,
    "ball": motifs_road.ball,
    "tent": motifs_village.tent,
    "wheelchair": motifs_body.wheelchair,
    "braille": motifs_table.braille,
    "music": motifs_rooms.music,
    "computer": motifs_table.computer,
    "bicycle": motifs_road.bicycle,
    "snow": motifs_land.snow,
    "bee": motifs_animals.bee,
    "cat": motifs_animals.cat,
    "dog": motifs_animals.dog,
    "shelf": motifs_rooms.shelf,
    "medicine": motifs_table.medicine,
    "bus": motifs_road.bus,
    "lantern": motifs_village.lantern,
    "garden": motifs_land.garden,
}

# Mirrored these would be wrong: script, notation, the side a chain or a bus door is on.
ONE_WAY = frozenset({"braille", "music", "bicycle", "bus"})
