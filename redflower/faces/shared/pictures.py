"""Pictures for projects, marks for charities and cards to share, drawn as SVG by code.

There are no photographs: every picture is a landscape cut from paper, with one tiny red flower hidden in it.
"""

from redflower.faces.shared.picture_art import brand, card, flora
from redflower.faces.shared.picture_art.catalogue import MOTIFS as _MOTIFS
from redflower.faces.shared.picture_art.catalogue import ONE_WAY
from redflower.faces.shared.picture_art.palettes import PALETTES as _PALETTES
from redflower.faces.shared.picture_art.palettes import Palette, mix
from redflower.faces.shared.picture_art.pen import group
from redflower.faces.shared.picture_art.scene import HEIGHT, WIDTH, Scene

MOTIFS: tuple[str, ...] = tuple(_MOTIFS)
PALETTES: tuple[str, ...] = tuple(_PALETTES)


def draw_picture(motif: str, palette: str, seed: int, width: int = WIDTH, height: int = HEIGHT) -> str:
    """Draw the picture of a project as a self-contained SVG document.

    Shape: viewBox 1200×675; another aspect ratio crops around the middle.
    Errors: ValueError for an unknown motif, then for an unknown palette.
    Replay: the same arguments give the same text.
    """
    if motif not in _MOTIFS:
        raise ValueError(f"unknown motif: {motif!r}")
    scene = Scene.begin(motif, palette, _palette(palette), seed)
    _MOTIFS[motif](scene)
    leaf = mix(scene.palette.near, "#3c7a3a", 0.5)
    scene.add(flora.red_flower(scene.rng.choice(scene.spots), scene.rng.randint(0, 59), leaf))
    drawing = "".join(scene.parts)
    if motif not in ONE_WAY and scene.rng.random() < 0.5:
        drawing = group(drawing, transform=f"matrix(-1 0 0 1 {WIDTH} 0)")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {WIDTH} {HEIGHT}"'
        ' preserveAspectRatio="xMidYMid slice" fill="none" stroke-linecap="round" stroke-linejoin="round"'
        ' aria-hidden="true">'
        f"<defs>{''.join(scene.defs)}</defs>{drawing}</svg>"
    )


def draw_charity_mark(name_initial: str, palette: str, seed: int) -> str:
    """Draw a charity's round seal with the first character of its name.

    Shape: viewBox 96×96, readable from 32 px.
    Errors: ValueError for an unknown palette.
    """
    return brand.seal(name_initial, palette, _palette(palette), seed)


def draw_share_card(title: str, subtitle: str, motif: str, palette: str, seed: int) -> str:
    """Draw the card shown where a project is shared: its title, its picture and the flower.

    Shape: 1200×630; a long title shrinks, then ends in an ellipsis.
    Errors: ValueError for an unknown motif, then for an unknown palette.
    """
    picture = draw_picture(motif, palette, seed, card.WIDTH - card.PICTURE_X, card.HEIGHT)
    return card.card(title, subtitle, picture, _palette(palette), f"c{seed}{motif}")


def _palette(name: str) -> Palette:
    if name not in _PALETTES:
        raise ValueError(f"unknown palette: {name!r}")
    return _PALETTES[name]
