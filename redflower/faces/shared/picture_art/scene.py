"""The sheet a motif draws on: colours, chance, definitions and the layers so far."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from zlib import crc32

from redflower.faces.shared.picture_art.palettes import Palette, mix
from redflower.faces.shared.picture_art.pen import group, num

WIDTH = 1200
HEIGHT = 675


@dataclass(frozen=True, slots=True)
class Spot:
    """A place where the hidden red flower may bloom; a stem of 0 lays it flat."""

    x: float
    y: float
    stem: float = 0
    size: float = 18


@dataclass(slots=True)
class Scene:
    """One picture in the making.

    Replay: the same motif, palette and seed give the same chances in the same order.
    """

    palette: Palette
    rng: random.Random
    key: str
    defs: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)

    @classmethod
    def begin(cls, motif: str, palette_name: str, palette: Palette, seed: int) -> "Scene":
        """Open a clean sheet whose element ids are its own."""
        # Chance follows motif and seed only, so a change of palette keeps the composition.
        rng = random.Random(f"{motif}/{seed}")  # noqa: S311 - decoration only
        return cls(palette, rng, f"f{crc32(f'{motif}/{palette_name}/{seed}'.encode()):x}")

    def add(self, *parts: str) -> None:
        """Lay drawings on top of what is there."""
        self.parts.extend(parts)

    def lift(self, *parts: str, **attrs: object) -> None:
        """Lay a sheet of paper on top: one group with a soft shadow around it."""
        self.add(group(*parts, filter=self.shadow(), **attrs))

    def spot(self, x: float, y: float, stem: float = 0, size: float = 18) -> None:
        """Offer a place for the hidden flower."""
        self.spots.append(Spot(x, y, stem, size))

    def tone(self, share: float) -> str:
        """Return a land colour between the far (0) and the near (1) hills."""
        return mix(self.palette.far, self.palette.near, share)

    def wood(self, share: float = 0.5) -> str:
        """Return a timber colour, darker as the share grows."""
        return mix(mix(self.palette.accent, "#a0683a", 0.6), self.palette.ink, share)

    def amber(self, share: float = 0.5) -> str:
        """Return a warm yellow to orange for honey, flame and fur, whatever the accent is."""
        return mix(self.palette.glow, "#e5782c", share)

    def skin(self) -> str:
        """Return a warm skin tone that sits with the palette."""
        return mix("#e3a777", self.palette.glow, 0.12)

    def fade(self, first: str, last: str, across: bool = False) -> str:
        """Define a straight gradient and return the paint that uses it."""
        stops = f'<stop stop-color="{first}"/><stop offset="1" stop-color="{last}"/>'
        end = "" if across else ' x2="0" y2="1"'
        return self._define("linearGradient", end, stops)

    def radial(self, *stops: tuple[float, str, float]) -> str:
        """Define a round gradient from (offset, colour, opacity) stops."""
        text = "".join(
            f'<stop offset="{num(at)}" stop-color="{colour}" stop-opacity="{opacity:.2f}"/>'
            for at, colour, opacity in stops
        )
        return self._define("radialGradient", "", text)

    def clip(self, shape: str) -> str:
        """Define a clipping shape and return the reference to it."""
        return self._define("clipPath", "", shape)

    def shadow(self) -> str:
        """Return the paper shadow, defined once per picture."""
        name = f"{self.key}s"
        if not any(f'id="{name}"' in text for text in self.defs):
            self.defs.append(
                f'<filter id="{name}" x="-.1" y="-.2" width="1.2" height="1.4" color-interpolation-filters="sRGB">'
                f'<feDropShadow dx="0" dy="3" stdDeviation="9" flood-color="{self.palette.ink}" flood-opacity=".33"/>'
                "</filter>"
            )
        return f"url(#{name})"

    def _define(self, tag: str, attributes: str, inside: str) -> str:
        name = f"{self.key}{len(self.defs)}"
        self.defs.append(f'<{tag} id="{name}"{attributes}>{inside}</{tag}>')
        return f"url(#{name})"


Motif = Callable[[Scene], None]
