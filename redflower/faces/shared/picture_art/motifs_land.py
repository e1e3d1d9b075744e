"""Motifs of the land: tree, river, mountain, sprout, snow, garden."""
# ruff: noqa: E501 - path data reads best whole

from math import cos, pi, sin

from redflower.faces.shared.picture_art import figures, flora, ground
from redflower.faces.shared.picture_art.palettes import mix
from redflower.faces.shared.picture_art.pen import circle, dots, group, line, path, place, rect
from redflower.faces.shared.picture_art.scene import Scene


def tree(s: Scene) -> None:
    """An old tree with a swing, broad enough for everyone."""
    p = s.palette
    ground.day_sky(s)
    ground.sun_somewhere(s, 92, 210)
    ground.clouds(s, 3, 60, 220)
    ground.far_hills(s, 420, 50, 2)
    ground.meadow(s, 560, bow=45)
    ground.floor_shadow(s, 600, 590, 260, 18)
    bark = s.fade(s.wood(0.45), s.wood(0.75))
    s.lift(
        path(
            "M520 600C560 560 566 500 556 420C540 360 480 330 440 290L462 276C510 320 556 330 572 350C580 300 574 250 560 200H600C600 260 606 300 616 346C650 310 690 300 730 262L750 278C712 320 652 350 640 420C632 500 646 560 692 600Q606 580 520 600Z",
            bark,
        )
    )
    back = [(440, 230, 104), (760, 230, 106), (600, 140, 128), (360, 280, 70), (842, 286, 68)]
    front = [(500, 170, 92), (690, 160, 96), (600, 250, 84), (420, 270, 62), (782, 268, 66), (560, 96, 62)]
    s.lift(*(circle(x, y, r, mix(p.near, p.ink, 0.12)) for x, y, r in back))
    s.lift(*(circle(x, y, r, mix(p.near, p.glow, 0.1 + 0.06 * i)) for i, (x, y, r) in enumerate(front)))
    cuts = "".join(
        f"M{x + s.rng.randint(-r, r) * 0.5:.0f} {y + s.rng.randint(-r, r) * 0.5:.0f}q18 24 42 5"
        for x, y, r in back + front
        for _ in range(2)
    )
    fruit = [(x + s.rng.randint(-50, 50), y + s.rng.randint(-30, 50)) for x, y, _ in back + front]
    s.add(line(cuts, p.paper, 5, opacity=0.55), dots(fruit, p.accent, 17))
    s.lift(line("M742 330L716 506M790 326L772 506", p.paper, 4), line("M700 508H788", s.wood(0.3), 11))
    s.lift(
        place(
            744,
            512,
            line("M4-8L40 14l10 22M-6-6l32 28l6 20", p.ink, 9),
            path("M-18 0Q-18-62 2-64Q22-62 24 0Z", p.accent),
            circle(2, -78, 15, s.skin()),
            path("M-14-76A16 16 0 0 1 18-80Q4-86-2-84l-12 26Q-20-66-14-76Z", p.ink),
        )
    )
    s.lift(place(470, 598, *figures.walker(s, mix(p.near, p.ink, 0.35)), scale=1.05))
    s.spot(330, 600, 40)


def river(s: Scene) -> None:
    """A river winding out of the sun between terraced hills."""
    p = s.palette
    ground.day_sky(s)
    ground.sun(s, 600, 215, 112)
    ground.clouds(s, 3, 40, 160)
    ground.peaks(s, 400, 200, mix(p.sky, p.far, 0.75), 5)
    ground.hill(s, 365, 16, s.tone(0.3), bow=-30)
    course = "M586 372C700 392 800 410 716 446C620 484 380 480 400 548C416 600 560 620 560 700H1010C990 590 700 570 690 530C684 496 900 470 872 424C850 388 690 380 620 372Z"
    for side, y, share in ((1, 400, 0.5), (-1, 418, 0.62)):
        s.lift(
            path(
                f"M{600 - side * 640} {y - 40}C{600 - side * 420} {y - 60} {600 - side * 200} {y - 30} {600 - side * 20} {y - 20}L{600 + side * 640} {y + 60}V720H{600 - side * 640}Z",
                s.fade(s.tone(share), s.tone(share + 0.25)),
            )
        )
    s.lift(path(course, s.fade(mix(p.glow, p.paper, 0.5), mix(p.sky, p.near, 0.35))))
    glints = "M640 392h60M720 420h80M640 452h90M470 486h110M430 520h70M500 556h90M600 590h120M640 620h70M760 640h130M600 655h60"
    s.add(line(glints, p.paper, 5, opacity=0.7))
    terraces = "".join(
        f"M-20 {456 + i * 34}C120 {440 + i * 34} 220 {470 + i * 30} {330 - i * 6} {456 + i * 24}" for i in range(5)
    )
    terraces += "".join(
        f"M1220 {450 + i * 34}C1120 {440 + i * 30} 1020 {470 + i * 32} {930 + i * 14} {470 + i * 26}" for i in range(4)
    )
    s.add(line(terraces, mix(p.near, p.glow, 0.5), 8, opacity=0.65))
    flora.pines(s, [(244, 470, 96), (292, 486, 120), (190, 500, 84), (960, 478, 118), (1010, 500, 92)])
    s.lift(
        path("M500 548Q600 590 716 542Q694 584 610 586Q530 586 500 548Z", s.fade(s.wood(0.35), s.wood(0.7))),
        path("M556 556Q560 516 602 514Q646 516 650 556Q602 568 556 556Z", mix(p.glow, p.accent, 0.35)),
        line("M520 556Q600 520 690 552", p.ink, 3, opacity=0.4),
    )
    s.lift(
        place(676, 556, *figures.walker(s, p.near), scale=0.78),
        path("M650 482Q676 444 704 482Q676 474 650 482Z", mix(p.glow, p.ink, 0.2)),
        line("M700 506L742 600", s.wood(0.6), 5),
    )
    ground.hill(s, 655, 8, mix(p.near, p.ink, 0.25), bow=-60, mist=0)
    flora.reeds(s, 130, 690, 7, mix(p.near, p.glow, 0.35))
    flora.reeds(s, 1090, 690, 6, mix(p.near, p.glow, 0.35))
    s.spot(270, 655, 46)
    s.spot(960, 655, 46)


def mountain(s: Scene) -> None:
    """A great snow peak above a sea of cloud, and the path up to it."""
    p = s.palette
    ground.day_sky(s)
    side = s.rng.choice((-1, 1))
    ground.sun(s, 600 + side * s.rng.randint(200, 260), 170, 84)
    ground.clouds(s, 2, 40, 140)
    ground.peaks(s, 470, 230, mix(p.sky, p.far, 0.6), 6, caps=True)
    face = s.fade(s.tone(0.45), mix(s.tone(0.5), p.paper, 0.5))
    s.lift(path("M180 580L440 260L492 300L620 76L752 290L800 250L1040 580V720H180Z", face))
    s.add(
        path(
            "M620 76L600 170L636 240L612 330L660 420L640 580H1040L800 250L752 290Z",
            mix(s.tone(0.6), p.ink, 0.35),
            opacity=0.38,
        ),
        path(
            "M620 76L548 202L578 190L592 226L616 190L640 232L660 196L690 222L696 196ZM440 260L392 320L420 312L440 336L458 304L478 320L492 300ZM800 250L776 272L790 300L806 290L826 308L838 300Z",
            p.paper,
        ),
    )
    for x, y, w in ((120, 430, 300), (760, 400, 340), (430, 480, 300)):
        ground.cloud(s, x + s.rng.randint(-30, 30), y, w, opacity=0.9)
    level = ground.hill(s, 520, 14, s.tone(0.75), bow=-30, mist=0.3)
    flora.pines(s, [(float(x), level(x) + 10, float(s.rng.randint(56, 96))) for x in (150, 205, 262, 905, 960, 1030)])
    ground.meadow(s, 585, bow=15)
    way = "M470 700C520 640 700 640 690 606C680 580 560 584 580 556C594 540 640 540 634 524L644 524C656 546 616 550 612 562C616 580 760 576 760 612C756 650 640 650 620 700Z"
    s.add(path(way, mix(p.paper, p.glow, 0.4), opacity=0.9))
    s.lift(place(716, 628, *figures.walker(s, p.accent), scale=0.9), line("M742 566L750 632", s.wood(0.6), 4))
    ground.birds(s, 330, 180, 4)


def sprout(s: Scene) -> None:
    """A seedling breaking the soil into the light."""
    p = s.palette
    ground.day_sky(s)
    ground.rays(s, 600, 300, 14, 190, 900)
    ground.sun(s, 600, 280, 165)
    ground.clouds(s, 2, 50, 150)
    ground.far_hills(s, 420, 40, 2)
    soil = s.wood(0.55)
    ground.hill(s, 505, 5, mix(p.near, p.glow, 0.1), bow=40, mist=0.1, steps=5)
    s.lift(
        path("M-20 562C200 530 420 516 600 516C780 516 1000 530 1220 562V700H-20Z", s.fade(soil, mix(soil, p.ink, 0.5)))
    )
    stones = [(s.rng.randint(20, 1180), s.rng.randint(585, 655)) for _ in range(26)]
    s.add(
        dots(stones[::2], mix(soil, p.glow, 0.4), 11, opacity=0.6),
        dots(stones[1::2], mix(soil, p.ink, 0.5), 15, opacity=0.6),
    )
    roots = "M600 520C600 560 596 590 604 640M600 548C570 570 540 570 510 606M602 566C640 580 660 580 700 612M598 590C580 610 570 620 560 650"
    s.add(line(roots, mix(p.paper, p.glow, 0.4), 7, opacity=0.9))
    green = mix(p.near, "#5f9a3f", 0.7)
    s.lift(line("M600 526C612 460 590 400 600 300", mix(green, p.glow, 0.25), 20))
    s.lift(
        path("M600 330C560 250 470 170 310 186C330 300 450 380 600 330Z", s.fade(mix(green, p.glow, 0.45), green)),
        path(
            "M600 310C640 200 740 120 900 150C880 280 760 360 600 310Z",
            s.fade(mix(green, p.glow, 0.3), mix(green, p.ink, 0.2)),
        ),
        path("M600 306C570 250 580 190 612 150C636 200 634 260 600 306Z", mix(green, p.glow, 0.55)),
    )
    veins = "M600 330C520 290 430 240 340 204M520 288q-30 20-60 22M460 252q-20 22-48 22M500 276q0-28-20-50M440 244q2-20-12-34M600 310C690 270 780 210 870 166M690 262q-4-34 14-54M760 222q0-30 16-44M710 252q32 20 64 16M780 208q26 14 52 8"
    s.add(line(veins, p.paper, 4, opacity=0.6))
    drops = "".join(
        f"M{x} {y}q-15 24 0 32q15-8 0-32Z"
        for x, y in ((404, 330), (808, 318), (500, 120 + s.rng.randint(0, 30)), (700, 90), (330, 100))
    )
    s.add(path(drops, mix(p.sky, "#ffffff", 0.55), opacity=0.95))
    s.spot(240, 540, 46)
    s.spot(960, 540, 46)


def snow(s: Scene) -> None:
    """A six-fold paper-cut snowflake for a moon over the first snow."""
    p = s.palette
    s.add(rect(0, 0, 1200, 675, s.fade(mix(p.near, p.ink, 0.25), mix(p.sky, p.glow, 0.4))))
    s.add(circle(600, 250, 380, s.radial((0, p.paper, 0.6), (1, p.paper, 0))))
    s.lift(circle(600, 250, 205, mix(p.glow, p.paper, 0.35)))
    white = mix(p.paper, "#ffffff", 0.5)
    arm = "M-8 0V-176L0-196L8-176V0ZM0-70L-50-108L-44-124L0-92L44-124L50-108ZM0-112L-36-140L-30-154L0-134L30-154L36-140ZM0-40L-30-58L-26-68L0-54L26-68L30-58Z"
    star = "".join(path(arm, transform=f"rotate({a})") for a in range(0, 360, 60))
    diamonds = "".join(
        flora.leaf(52 * cos(a), 52 * sin(a), 80, a * 180 / pi, 0.3) for a in (pi / 6 + pi * k / 3 for k in range(6))
    )
    s.lift(
        place(
            600,
            250,
            path(diamonds, mix(p.accent, p.glow, 0.2)),
            group(star, fill=white),
            circle(0, 0, 30, white),
            circle(0, 0, 14, p.accent),
            turn=s.rng.randint(-8, 8),
        )
    )
    ground.hill(s, 440, 30, mix(p.far, white, 0.2), mist=0.5)
    level = ground.hill(s, 500, 26, mix(p.far, white, 0.5), mist=0.5)
    flora.pines(s, [(float(x), level(x) + 22, float(s.rng.randint(80, 140))) for x in (90, 160, 250, 880, 960, 1100)])
    hut = (
        rect(-70, -74, 140, 76, s.wood(0.45)),
        path("M-96-66L-58-128H58L96-66Z", white),
        rect(-16, -48, 34, 50, s.wood(0.75)),
        rect(30, -52, 28, 26, p.glow),
        rect(-58, -52, 28, 26, p.glow),
    )
    s.add(line("M390 420c-26-26 26-40 0-72", white, 9, opacity=0.7))
    s.lift(place(360, 552, *hut))
    ground.hill(s, 566, 10, mix(white, p.sky, 0.12), bow=30, mist=0.9, steps=5)
    steps = "".join(f"M{430 + i * 46} {592 + i * 9 + (i % 2) * 9}h12" for i in range(9))
    s.add(line(steps, p.far, 9, opacity=0.7))
    s.lift(place(760, 622, *figures.walker(s, p.accent)), place(806, 630, *figures.walker(s, p.near), scale=0.72))
    ground.falling(s, 44, white, 9)
    s.spot(1000, 640, 40)
    s.spot(200, 640, 40)


def garden(s: Scene) -> None:
    """A round garden gate opening on rows of green."""
    p = s.palette
    ground.day_sky(s)
    wall = mix(p.paper, "#ffffff", 0.3)
    ground.clouds(s, 3, 10, 60)
    hole = path("M330 340a270 250 0 1 0 540 0a270 250 0 1 0-540 0Z", "#000")
    ground.view(s, hole, 330, 600 + s.rng.randint(-110, 110), 200)
    rows = "".join(f"M600 398L{600 + i * 105} 690h56Z" for i in range(-7, 7))
    field = path("M300 398H900V690H300Z", s.fade(mix(p.near, p.glow, 0.35), p.near))
    s.add(group(field, path(rows, mix(p.near, p.ink, 0.35), opacity=0.5), clip_path=s.clip(hole)))
    s.lift(path("M-20 96H1220V620H705A270 250 0 1 0 495 620H-20Z", s.fade(wall, mix(wall, p.far, 0.35))))
    tile = mix(p.ink, p.near, 0.25)
    s.lift(path("M-20 60H1220V104H-20Z", tile), dots([(x, 104) for x in range(10, 1200, 42)], tile, 34))
    s.add(
        line("M-20 66H1220", mix(tile, p.paper, 0.35), 4),
        path("M495 620A270 250 0 1 1 705 620", stroke=mix(p.far, p.ink, 0.4), stroke_width=16),
    )
    for x in (120, 1070):
        flora.bamboo(s, x + s.rng.randint(-16, 16), 640, 60 + s.rng.randint(0, 120), mix(p.near, p.glow, 0.12))
    ground.hill(s, 618, 5, mix(p.near, p.ink, 0.15), mist=0.1, steps=5)
    heads = [(330 + i * 60, 588 + abs(i - 4.5) * 7) for i in range(10)]
    leaves = "".join(flora.leaf(x, y + 26, 56, a, 0.4) for x, y in heads for a in (-90, -40, -140))
    s.lift(path(leaves, mix(p.near, "#6aa347", 0.4)))
    s.add(
        dots([(x, y + 2) for x, y in heads[::2]], p.accent, 25), dots([(x, y + 2) for x, y in heads[1::2]], p.glow, 21)
    )
    can = mix(p.accent, p.glow, 0.1)
    s.lift(
        path("M900 540H1010L1000 634H910Z", can),
        line("M1008 620L1080 540L1104 530", can, 15),
        line("M916 540C900 470 1010 470 996 540", can, 11),
    )
    s.add(rect(906, 562, 98, 12, p.paper, opacity=0.6))
    s.spot(250, 640, 50)
    s.spot(790, 640, 46)
