"""Colours of the pictures: each palette is seven hues on a warm paper ground."""

from dataclasses import dataclass

FLOWER_RED = "#c8161d"
FLOWER_LIGHT = "#f0563a"
FLOWER_GOLD = "#ffc53d"


@dataclass(frozen=True, slots=True)
class Palette:
    """Seven colours named by what they paint, from the lightest to the darkest."""

    paper: str
    glow: str
    sky: str
    far: str
    near: str
    ink: str
    accent: str


PALETTES: dict[str, Palette] = {
    "wheat": Palette("#fff4dc", "#f9c74f", "#f7d998", "#dcbf78", "#8b8a3e", "#43301f", "#dd7230"),
    "rose": Palette("#fff2ea", "#ffd08f", "#f9c3b8", "#e79c9b", "#a14c68", "#48203a", "#e88a3f"),
    "sky": Palette("#fef7e8", "#ffd27a", "#a9d6e6", "#86bccf", "#377a94", "#1c3b4e", "#f0884a"),
    "forest": Palette("#fbf5e0", "#f8d573", "#c5ddb6", "#93ba8c", "#386c50", "#1b382e", "#e58b3d"),
    "dusk": Palette("#ffefdf", "#ffb566", "#8d80b8", "#b9809f", "#533f78", "#282046", "#f27d5d"),
    "river": Palette("#f8f5e6", "#fbd585", "#b5dcd6", "#7fbdb4", "#27787a", "#143c44", "#ee8250"),
    "snow": Palette("#fbf6ef", "#ffdca6", "#c3d5e6", "#aac0d8", "#5f82a6", "#2a4060", "#e2925c"),
    "clay": Palette("#fdf0e0", "#fbbd74", "#f3cba6", "#d8946b", "#9c4e36", "#47221a", "#3f8a83"),
    "plum": Palette("#fcf1ee", "#f9c98d", "#dbbcd8", "#b586b1", "#6e3d78", "#34183f", "#e59a3c"),
    "tea": Palette("#f9f3de", "#f2cd70", "#d9ddae", "#acb473", "#617438", "#2f341c", "#cb733a"),
}


def mix(first: str, second: str, share: float) -> str:
    """Return the colour ``share`` of the way (0–1) from the first hex colour to the second."""
    pairs = ((int(first[i : i + 2], 16), int(second[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)
