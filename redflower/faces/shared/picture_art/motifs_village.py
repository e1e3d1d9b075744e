"""Motifs of the village: house, well, bridge, tent, lantern, chairs."""
# ruff: noqa: E501 - path data reads best whole

from redflower.faces.shared.picture_art import figures, flora, ground
from redflower.faces.shared.picture_art.palettes import mix
from redflower.faces.shared.picture_art.pen import circle, ellipse, group, line, path, place, rect
from redflower.faces.shared.picture_art.scene import Scene


def house(s: Scene) -> None:
    """A white-walled, dark-tiled farmhouse with its window lit."""
    p = s.palette
    ground.day_sky(s)
    ground.sun_somewhere(s, 80, 170)
    ground.clouds(s, 3)
    ground.far_hills(s, 370, 50, 3)
    s.lift(flora.round_tree(s, 905, 560, 330, p.near), flora.round_tree(s, 300, 555, 220, mix(p.near, p.glow, 0.25)))
    s.add(line("M721 194c-40-40 40-60 0-104c-22-26 0-40 10-54", p.paper, 13, opacity=0.65))
    tile, wall = mix(p.ink, p.near, 0.25), mix(p.paper, "#ffffff", 0.4)
    s.lift(rect(700, 200, 42, 160, mix(p.far, p.ink, 0.4)))
    s.lift(
        path("M740 570V400H910V570Z", mix(wall, p.far, 0.3)),
        path("M722 412Q748 400 770 352H884Q902 400 932 412Z", mix(tile, p.near, 0.3)),
    )
    s.lift(rect(390, 360, 370, 215, s.fade(wall, mix(wall, p.glow, 0.3))))
    roof = "M338 384Q392 366 440 250Q452 226 480 232H670Q698 226 710 250Q758 366 812 384Q790 396 760 392H390Q360 396 338 384Z"
    s.lift(path(roof, s.fade(mix(tile, p.near, 0.35), tile)))
    tiles = "".join(f"M{475 + i * 28} 246Q{460 + i * 31} 320 {418 + i * 44} 384" for i in range(8))
    s.add(line(tiles, p.paper, 3, opacity=0.3), line("M462 236H690", mix(p.accent, tile, 0.4), 12))
    s.add(
        path("M535 575V455H615V575Z", s.wood(0.35)),
        line("M575 458V572", p.ink, 3),
        circle(470, 462, 36, p.glow),
        line("M470 426V498M434 462H506M445 437L495 487M495 437L445 487", s.wood(0.4), 4),
        rect(655, 430, 66, 66, p.glow),
        path("M655 430H721V496H655ZM688 430V496M655 463H721", stroke=s.wood(0.4), stroke_width=5),
        rect(790, 460, 70, 50, p.glow, opacity=0.9),
        line("M516 436V452M634 436V452", p.accent, 14),
    )
    ground.meadow(s, 572, bow=20, swing=6)
    s.add(
        path(
            "M540 578H612C640 610 560 630 660 690H430C520 640 520 610 540 578Z", mix(p.paper, p.glow, 0.3), opacity=0.85
        )
    )
    ground.birds(s, 500, 120)


def well(s: Scene) -> None:
    """A stone well with a little tiled roof and a full bucket."""
    p = s.palette
    ground.day_sky(s)
    ground.sun(s, 600 + s.rng.randint(-60, 60), 260, 150)
    ground.clouds(s, 3, 40, 160)
    ground.far_hills(s, 400, 50, 2)
    ground.meadow(s, 535, bow=25)
    ground.floor_shadow(s, 600, 618, 250, 24)
    tile = mix(p.ink, p.near, 0.25)
    s.lift(line("M418 500V190M782 500V190", s.wood(0.3), 26), line("M400 268H800", s.wood(0.15), 22))
    s.lift(path("M316 218Q400 196 448 96H752Q800 196 884 218Q600 196 316 218Z", s.fade(mix(tile, p.near, 0.3), tile)))
    tiles = "".join(f"M{470 + i * 37} 100Q{455 + i * 41} 160 {400 + i * 57} 206" for i in range(8))
    s.add(line(tiles, p.paper, 3, opacity=0.3))
    s.add(rect(548, 250, 104, 36, s.wood(0.4), rx=12), line("M600 286V372", mix(p.paper, p.accent, 0.35), 7))
    s.add(line("M800 268h46v44h34", p.ink, 10))
    stone = mix(p.far, p.paper, 0.25)
    s.add(ellipse(600, 478, 216, 50, mix(p.ink, p.near, 0.3)), ellipse(600, 492, 184, 34, mix(p.near, p.sky, 0.35)))
    s.lift(
        path("M540 372H660L646 486H554Z", s.fade(s.wood(0.05), s.wood(0.3))),
        line("M547 420H653M551 456H649", p.glow, 6, opacity=0.8),
        line("M540 374Q600 300 660 374", p.ink, 6),
        ellipse(600, 373, 60, 13, mix(p.sky, "#ffffff", 0.5)),
    )
    s.lift(
        path(
            "M372 478Q372 530 600 532Q828 530 828 478V560Q828 620 600 622Q372 620 372 560Z",
            s.fade(stone, mix(stone, p.near, 0.45)),
        )
    )
    blocks = "M374 520Q440 562 600 564Q760 562 826 520M374 556Q440 596 600 598Q760 596 826 556M450 514v32M560 530v32M680 528v32M770 508v30M500 560v30M620 566v30M730 552v30"
    s.add(line(blocks, mix(p.near, p.ink, 0.35), 4, opacity=0.55))
    drops = "".join(f"M{x} {y}q-10 16 0 22q10-6 0-22Z" for x, y in ((520, 420), (688, 400), (674, 446), (534, 462)))
    s.add(path(drops, mix(p.sky, "#ffffff", 0.4)))


def bridge(s: Scene) -> None:
    """A moon bridge closing its circle in the water."""
    p = s.palette
    ground.day_sky(s)
    ground.sun(s, 600 + s.rng.choice((-1, 1)) * s.rng.randint(0, 240), 170, 92)
    ground.clouds(s, 3, 40, 150)
    ground.far_hills(s, 335, 44, 3)
    ground.water(s, 468)
    stone = s.fade(mix(p.paper, p.far, 0.2), mix(p.far, p.near, 0.45))
    span = "M60 480C260 470 380 262 600 262C820 262 940 470 1140 480V490H770A170 170 0 0 0 430 490H60Z"
    s.add(group(path(span, mix(p.far, p.near, 0.5)), transform="matrix(1 0 0 -.78 0 854)", opacity=0.42))
    s.lift(path(span, stone))
    ring = "".join(
        f"M{600 + 170 * c:.0f} {488 - 170 * q:.0f}L{600 + 204 * c:.0f} {488 - 204 * q:.0f}"
        for c, q in (
            (-0.97, 0.26),
            (-0.82, 0.57),
            (-0.57, 0.82),
            (-0.2, 0.98),
            (0.2, 0.98),
            (0.57, 0.82),
            (0.82, 0.57),
            (0.97, 0.26),
        )
    )
    s.add(
        path(
            "M430 490A170 170 0 0 1 770 490M396 490A204 204 0 0 1 804 490",
            stroke=mix(p.near, p.ink, 0.2),
            stroke_width=5,
            opacity=0.6,
        ),
        line(ring, mix(p.near, p.ink, 0.2), 4, opacity=0.5),
    )
    posts = (
        "M180 440v-42M280 378v-44M370 312v-44M470 264v-44M600 246v-44M730 264v-44M830 312v-44M920 378v-44M1020 440v-42"
    )
    s.lift(
        line("M150 420C300 390 400 208 600 208C800 208 900 390 1050 420", mix(p.paper, p.far, 0.4), 10),
        line(posts, mix(p.far, p.near, 0.35), 13),
    )
    s.lift(place(650, 250, *figures.walker(s, p.accent)), place(560, 252, *figures.walker(s, p.near), scale=0.72))
    s.add(line("M300 560q60 34 150 0M760 600q60 30 140 0", p.paper, 4, opacity=0.5))
    s.lift(path("M-20-20H300Q250 30 120 26T-20 60Z", mix(p.near, p.ink, 0.15)))
    fronds = "".join(
        f"M{x} {s.rng.randint(0, 20)}q{s.rng.randint(-16, 26)} {n * 0.6:.0f} {s.rng.randint(-8, 30)} {n}"
        for x, n in ((30, 330), (75, 250), (118, 300), (160, 200), (205, 240), (245, 140))
    )
    s.add(line(fronds, mix(p.near, p.glow, 0.15), 8, stroke_dasharray="16 9"))
    ground.hill(s, 640, 8, p.near, bow=-50, mist=0.1)
    s.spot(130, 640, 40)
    s.spot(1090, 640, 40)


def tent(s: Scene) -> None:
    """A relief tent glowing warm under the first stars."""
    p = s.palette
    ground.night_sky(s, 34)
    ground.sun(s, *((930, 130) if s.rng.random() < 0.5 else (250, 130)), 48, mix(p.paper, p.glow, 0.4))
    ground.peaks(s, 470, 270, mix(p.near, p.ink, 0.15), 5)
    ground.far_hills(s, 470, 40, 1)
    ground.meadow(s, 545, bow=20, colour=mix(p.near, p.ink, 0.35))
    s.add(ellipse(600, 590, 430, 60, s.radial((0, p.glow, 0.7), (1, p.glow, 0))))
    s.add(line("M372 330L215 602M828 330L985 602", p.paper, 4, opacity=0.7))
    s.lift(
        path("M300 590L392 300Q600 262 808 300L900 590Q600 612 300 590Z", s.fade(mix(p.accent, p.glow, 0.4), p.accent))
    )
    s.lift(
        path("M372 306Q480 150 600 138Q720 150 828 306Q600 270 372 306Z", s.fade(p.accent, mix(p.accent, p.ink, 0.22)))
    )
    s.add(
        path("M520 598Q520 420 600 360Q680 420 680 598Z", s.radial((0, "#fff6d8", 1), (1, p.glow, 1))),
        line("M600 141V275M486 178L432 288M714 178L768 288", p.paper, 4, opacity=0.4),
        rect(362, 410, 96, 66, p.glow, rx=8, opacity=0.9),
        rect(742, 410, 96, 66, p.glow, rx=8, opacity=0.9),
        path("M362 443h96M410 410v66M742 443h96M790 410v66", stroke=p.accent, stroke_width=5),
    )
    s.lift(
        path(
            "M600 360Q540 440 452 596L520 598Q560 470 600 360ZM600 360Q660 440 748 596L680 598Q640 470 600 360Z",
            mix(p.paper, p.accent, 0.35),
        )
    )
    s.add(
        place(585, 596, *figures.walker(s, p.near), scale=1.15),
        place(634, 598, *figures.walker(s, mix(p.accent, p.ink, 0.4)), scale=0.8),
    )
    s.lift(rect(850, 556, 74, 50, s.wood(0.1)), rect(905, 570, 64, 44, s.wood(0.25)))
    s.add(line("M860 580h54M915 592h44", p.paper, 4, opacity=0.6))


def lantern(s: Scene) -> None:
    """Paper lanterns rising over a river at dusk."""
    p = s.palette
    ground.night_sky(s, 24)
    ground.peaks(s, 500, 210, mix(p.near, p.ink, 0.1), 5)
    ground.far_hills(s, 450, 36, 1)
    ground.water(s, 540, mix(p.near, p.ink, 0.3))
    s.add(ellipse(600, 590, 260, 40, p.glow, opacity=0.3))
    for _ in range(5):
        x = s.rng.choice((s.rng.randint(70, 330), s.rng.randint(860, 1140)))
        s.add(place(x, s.rng.randint(90, 400), *_sky_lantern(s), scale=s.rng.uniform(0.45, 0.8)))
    s.add(circle(600, 310, 330, s.radial((0, p.glow, 0.65), (1, p.glow, 0))))
    body = s.radial((0, "#fff3c9", 1), (0.55, p.glow, 1), (1, p.accent, 1))
    s.lift(ellipse(600, 305, 210, 172, body))
    ribs = "M600 133V477M600 133C470 190 470 420 600 477M600 133C730 190 730 420 600 477M600 133C370 170 370 440 600 477M600 133C830 170 830 440 600 477"
    s.add(line(ribs, mix(p.accent, p.ink, 0.25), 4, opacity=0.55))
    petal = "".join(path("M0-12C-34-34-28-84 0-92C28-84 34-34 0-12Z", transform=f"rotate({60 * i})") for i in range(6))
    s.add(place(600, 305, group(petal, fill=mix(p.accent, p.ink, 0.15), opacity=0.8), circle(0, 0, 17, p.paper)))
    cap = mix(p.ink, p.near, 0.2)
    s.lift(
        path("M528 118H672L662 152H538ZM538 460H662L672 494H528Z", cap), line("M600 118V20M570 30Q600 4 630 30", cap, 7)
    )
    s.lift(line("M600 494V540M580 540v70M600 540v82M620 540v70", p.accent, 8), circle(600, 528, 14, p.glow))
    s.spot(160, 560, 0, 18)
    s.spot(1020, 590, 0, 18)


def _sky_lantern(s: Scene) -> tuple[str, ...]:
    p = s.palette
    return (
        circle(0, 0, 95, p.glow, opacity=0.16),
        path("M-38-52Q0-72 38-52L30 44H-30Z", s.amber(0.45)),
        path("M-30 44H30L26 20Q0 4-26 20Z", "#fff3c9"),
    )


def chairs(s: Scene) -> None:
    """Two old chairs and a pot of tea, waiting under a tree at sundown."""
    p = s.palette
    ground.day_sky(s)
    ground.sun(s, 600, 320, 140)
    ground.clouds(s, 2, 140, 220)
    ground.far_hills(s, 430, 40, 2)
    ground.meadow(s, 515, bow=-15)
    s.lift(line("M132 600C170 460 120 300 150 120M150 300C200 230 260 200 300 150", s.wood(0.6), 46))
    blobs = [
        (40, 150, 120),
        (180, 120, 130),
        (330, 90, 112),
        (470, 40, 100),
        (250, 30, 130),
        (620, 10, 70),
        (90, 60, 120),
    ]
    s.lift(*(circle(x, y, r, mix(p.near, p.glow, 0.05 * i)) for i, (x, y, r) in enumerate(blobs)))
    cuts = "".join(
        f"M{x + s.rng.randint(-60, 60)} {y + s.rng.randint(-40, 40)}q16 20 36 4" for x, y, _ in blobs for _ in range(2)
    )
    s.add(line(cuts, p.paper, 5, opacity=0.5))
    for x in (430, 770):
        ground.floor_shadow(s, x, 606, 150, 14)
    ground.floor_shadow(s, 600, 612, 90, 12)
    s.lift(place(420, 600, *_chair(s, p.accent)))
    s.lift(place(780, 600, *_chair(s, mix(p.near, p.glow, 0.35)), flip=True))
    pot = mix(p.near, p.ink, 0.1)
    s.lift(line("M560 520L545 608M640 520L655 608", s.wood(0.45), 11), ellipse(600, 516, 84, 15, s.wood(0.15)))
    s.lift(
        path("M562 510Q548 456 600 452Q652 456 638 510Z", pot),
        line("M640 486q26-4 32-26M562 470q-34-6-30 18q2 14 28 14", pot, 9),
        circle(600, 448, 8, p.glow),
    )
    s.add(line("M676 444c-14-20 12-30 0-52", p.paper, 7, opacity=0.75))
    falling = "".join(
        flora.leaf(s.rng.randint(240, 820), s.rng.randint(200, 420), 26, s.rng.randint(0, 180)) for _ in range(5)
    )
    s.add(path(falling, p.accent, opacity=0.9))


def _chair(s: Scene, cushion: str) -> tuple[str, ...]:
    wood = s.wood(0.5)
    return (
        line("M-90 0Q-70-120-112-300M-112-300Q-96-316-70-306M88 0L76-118", wood, 16),
        line("M-70 0L-74-110M66-6L58-110", s.wood(0.65), 11),
        line("M-96-250L-72-256M-90-200L-66-204M-84-150L-62-154M-72-306Q-40-190-56-126", wood, 10),
        line("M-96-186Q0-204 70-190L76-118", wood, 13),
        path("M-88-130H84Q94-118 84-106H-84Q-96-116-88-130Z", cushion),
    )
