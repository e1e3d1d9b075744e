"""People, told by posture alone: silhouettes without faces, standing on or sitting at (0, 0)."""

from redflower.faces.shared.picture_art.palettes import mix
from redflower.faces.shared.picture_art.pen import circle, line, path, rect
from redflower.faces.shared.picture_art.scene import Scene


def walker(s: Scene, coat: str) -> tuple[str, ...]:
    """Return a small walking figure standing on (0, 0)."""
    p = s.palette
    return (
        line("M-6-30L-14 0M8-30L16-2", p.ink, 9),
        path("M-20-24Q-20-84 0-86Q20-84 22-24Z", coat),
        circle(0, -98, 15, s.skin()),
        path("M-16-98A16 16 0 0 1 16-98Q8-108 0-106T-16-98Z", p.ink),
    )


def kite_child(s: Scene) -> tuple[str, ...]:
    """Return a child with both hands on a kite's string."""
    p = s.palette
    return (
        line("M-8-26L-20 0M10-26L20-2", p.ink, 9),
        path("M-24-22Q-20-80 2-82Q22-80 26-22Z", p.near),
        line("M8-70L30-92M-4-68L26-84", p.near, 10),
        circle(2, -98, 17, s.skin()),
        path("M-17-96A18 18 0 0 1 20-100Q8-110 0-108T-17-96ZM-16-102q-14 2-16 18q12-2 17-10Z", p.ink),
    )


def pupil(s: Scene, shirt: str, hair: int) -> tuple[str, ...]:
    """A child seen from behind: hair, neck and shoulders."""
    p = s.palette
    tufts = ("M-44-94q-20 4-26 36q20-2 28-24ZM44-94q20 4 26 36q-20-2-28-24Z", "", "M-10-130q-4-18 12-24q10 12 2 24Z")[
        hair % 3
    ]
    return (
        path("M-66 0C-66-46-40-62 0-62C40-62 66-46 66 0V30H-66Z", s.fade(mix(shirt, p.paper, 0.15), shirt)),
        rect(-13, -76, 26, 24, s.skin(), rx=10),
        circle(-42, -96, 9, s.skin()),
        circle(42, -96, 9, s.skin()),
        path("M-42-92C-46-146 46-146 42-92C40-66 22-62 0-62C-22-62-40-66-42-92Z" + tufts, mix(p.ink, "#1c120c", 0.3)),
    )


def reader(s: Scene) -> tuple[str, ...]:
    """A child sitting with an open book, head bent over it."""
    p = s.palette
    return (
        path("M-52 14C-56-70-40-106 0-108C40-106 56-70 52 14Z", mix(p.sky, p.paper, 0.35)),
        path("M-70 40Q-70 0 0 0Q70 0 70 40Z", mix(p.near, p.ink, 0.3)),
        path("M0-20C-24-40-60-42-84-34L-76 26C-50 18-24 22 0 36C24 22 50 18 76 26L84-34C60-42 24-40 0-20Z", p.paper),
        line("M0-18V34M-66-12Q-40-20-14-6M-64 6Q-40-2-14 12M66-12Q40-20 14-6M64 6Q40-2 14 12", p.far, 4),
        circle(0, -136, 36, s.skin()),
        path("M-38-132C-44-186 44-186 38-132C30-156-30-156-38-132Z", mix(p.ink, "#1c120c", 0.3)),
    )


def player(s: Scene, shirt: str) -> tuple[str, ...]:
    """Return a player whose arms are still up after the throw."""
    p = s.palette
    return (
        line("M-8-34L-16 0M10-34L20-4", s.skin(), 10),
        line("M-18 0h-6M20-3h8", p.ink, 9),
        path("M-20-24L-18-50H20L24-24L4-28Z", mix(p.ink, p.near, 0.3)),
        path("M-20-44Q-20-92 2-94Q22-92 22-44Z", shirt),
        line("M-10-84L4-128M12-84L28-126", s.skin(), 9),
        circle(2, -108, 15, s.skin()),
        path("M-14-108A16 16 0 0 1 18-110Q2-116-14-108Z", p.ink),
    )
