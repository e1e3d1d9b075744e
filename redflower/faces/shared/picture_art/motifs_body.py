"""Motifs of care: ear, eye, heart, stethoscope, hands, wheelchair."""
# ruff: noqa: E501 - path data reads best whole

from math import cos, pi, sin

from redflower.faces.shared.picture_art import figures, flora, ground
from redflower.faces.shared.picture_art.palettes import mix
from redflower.faces.shared.picture_art.pen import circle, dots, line, path, place, rect
from redflower.faces.shared.picture_art.scene import Scene


def ear(s: Scene) -> None:
    """A great ear above the hills, listening to one small bird."""
    p = s.palette
    ground.day_sky(s)
    ground.sun(s, 690, 310, 190)
    ground.clouds(s, 3, 40, 150)
    ground.far_hills(s, 450, 44, 2)
    for i in range(5):
        s.add(
            path(
                f"M{390 + i * 38} {230 - i * 32}A{120 + i * 40} {120 + i * 40} 0 0 1 {390 + i * 38} {400 + i * 32}",
                stroke=p.paper,
                stroke_width=13 - i,
                stroke_linecap="round",
                opacity=0.9 - i * 0.14,
            )
        )
    skin = s.skin()
    outer = "M70 292C28 276 44 236 36 204C12 168-2 128 8 84C20 22 78-4 128 8C184 20 208 72 196 128C188 168 160 188 150 216C140 250 134 300 98 306C84 306 76 300 70 292Z"
    rim = "M46 128C34 74 72 36 116 42C158 48 178 90 160 132C146 160 128 168 122 196C118 222 112 250 92 254"
    hollow = "M74 140C76 96 132 92 136 130C138 158 106 168 104 200C102 226 76 226 74 200C72 178 72 160 74 140Z"
    s.lift(
        place(
            570,
            110,
            path(outer, s.fade(mix(skin, p.paper, 0.25), mix(skin, p.accent, 0.35))),
            line(rim, mix(skin, p.ink, 0.3), 13, opacity=0.55),
            path(hollow, s.fade(mix(skin, p.ink, 0.6), mix(skin, p.ink, 0.35))),
            line("M28 96C40 42 84 20 126 28C160 36 182 66 180 100", mix(skin, "#ffffff", 0.5), 7, opacity=0.8),
            scale=1.42,
        )
    )
    ground.meadow(s, 560, bow=-35)
    s.lift(line("M-20 470C120 440 230 452 372 430M190 446q30-40 74-46M96 452q-6 40-40 56", s.wood(0.55), 13))
    s.add(
        path(
            flora.leaf(262, 400, 48, -20)
            + flora.leaf(262, 400, 40, 40)
            + flora.leaf(60, 506, 46, 120)
            + flora.leaf(120, 446, 44, -60)
            + flora.leaf(372, 430, 46, 10),
            p.near,
        )
    )
    s.lift(
        path(
            "M228 426C226 350 268 312 318 318C342 296 380 312 378 342L404 352L376 362C370 408 330 440 280 434L206 486L190 474Z",
            s.fade(p.accent, mix(p.accent, p.ink, 0.25)),
        ),
        path("M246 420C250 374 286 362 316 374C318 410 286 434 246 420Z", mix(p.accent, p.ink, 0.4)),
        path("M262 414q28-4 40-26M276 424q24-6 36-28", stroke=p.paper, stroke_width=4, opacity=0.7),
        circle(350, 338, 5.5, p.ink),
        line("M300 432v14M318 426v14", p.ink, 5),
    )


def eye(s: Scene) -> None:
    """An eye that holds a whole sunrise."""
    p = s.palette
    ground.day_sky(s)
    ground.rays(s, 600, 330, 16, 180, 1000)
    ground.clouds(s, 2, 40, 110)
    ground.far_hills(s, 520, 36, 2)
    lashes = "".join(
        flora.leaf(600 + 384 * cos(a), 350 - 236 * sin(a), 84 - abs(i - 4) * 8, -a * 180 / pi, 0.17)
        for i in range(9)
        for a in (pi * (0.12 + 0.095 * (8 - i)),)
    )
    s.lift(path(lashes, mix(p.near, p.ink, 0.4)))
    almond = "M170 340Q390 112 600 112Q810 112 1030 340Q810 560 600 560Q390 560 170 340Z"
    s.lift(path(almond, s.fade(p.paper, mix(p.paper, p.sky, 0.4)), stroke=mix(p.near, p.far, 0.4), stroke_width=7))
    s.lift(circle(600, 336, 196, mix(p.near, p.ink, 0.3)))
    ground.view(s, circle(600, 336, 178, "#000"), 372, 600, 318)
    spokes = circle(
        600,
        336,
        162,
        "none",
        stroke=p.paper,
        stroke_width=24,
        stroke_dasharray="3.5 19.6",
        stroke_linecap="butt",
        opacity=0.55,
    )
    s.add(spokes, circle(600, 336, 178, "none", stroke=p.glow, stroke_width=4))
    trees = [(x, 470 - abs(x - 600) // 9, s.rng.randint(60, 84)) for x in (508, 552, 652, 696)]
    flora.pines(s, [(x, y, float(h)) for x, y, h in trees])
    s.add(circle(532, 280, 22, "#ffffff", opacity=0.85))
    s.lift(
        path(
            "M150 348Q390 84 600 84Q810 84 1050 348Q830 214 600 210Q370 214 150 348Z",
            s.fade(mix(p.accent, p.glow, 0.3), p.accent),
        )
    )
    ground.meadow(s, 596, bow=-24)


def heart(s: Scene) -> None:
    """A heart-shaped kite, let out by a child on a hill."""
    p = s.palette
    ground.day_sky(s)
    ground.sun_somewhere(s, 74, 150)
    ground.clouds(s, 4, 60, 320)
    ground.far_hills(s, 470, 48, 2)
    level = ground.meadow(s, 560, bow=25)
    x = 340 + s.rng.randint(-30, 30)
    y = level(x) + 16
    s.add(line(f"M{x + 26} {y - 76:.0f}Q560 600 636 424", p.ink, 3, opacity=0.6))
    shape = "M0 170C-190 50-200-60-150-120C-104-172-28-156 0-92C28-156 104-172 150-120C200-60 190 50 0 170Z"
    tail = "M0 168C50 210-40 240 6 290S60 350 30 400"
    bows = "".join(
        f"M{bx} {by}l-24-14v28ZM{bx} {by}l24-14v28Z" for bx, by in ((14, 212), (-8, 262), (30, 322), (38, 376))
    )
    s.lift(
        place(
            640,
            240,
            line(tail, p.accent, 6),
            path(bows, p.near),
            path(shape, s.fade(mix(p.accent, p.glow, 0.25), mix(p.accent, p.ink, 0.12)), transform="scale(1.2)"),
            scale=1.05,
            turn=s.rng.randint(8, 16),
        )
    )
    turn = 12
    s.lift(place(640, 240, path(shape, mix(p.accent, p.paper, 0.38)), turn=turn, scale=0.92))
    s.lift(place(640, 240, path(shape, mix(p.paper, p.glow, 0.2)), turn=turn, scale=0.63))
    cuts = "".join(flora.leaf(0, 44, 84, a, 0.36) for a in (-90, -45, -135)) + "M-6 44h12l-3 66h-6Z"
    s.add(
        place(
            640, 240, path(cuts, p.accent), line("M0 150V-96M-140-30Q0 20 140-30", p.paper, 3, opacity=0.5), turn=turn
        )
    )
    s.lift(place(x, y, *figures.kite_child(s), scale=1.25))
    ground.birds(s, 900, 330)


def stethoscope(s: Scene) -> None:
    """A stethoscope that hears a whole village."""
    p = s.palette
    ground.day_sky(s)
    ground.clouds(s, 3, 40, 200)
    ground.far_hills(s, 400, 48, 3)
    ground.meadow(s, 540, bow=20, swing=8)
    ground.sun(s, 740, 270, 170)
    tube = mix(p.ink, p.near, 0.3)
    s.lift(
        line(
            "M300 110C270 260 330 330 420 370C510 330 570 260 540 110M420 370C410 500 330 520 400 580C500 650 800 640 850 570C880 520 790 480 752 430",
            tube,
            26,
        )
    )
    s.add(
        line(
            "M292 150C284 260 350 320 408 346M548 150C556 220 530 270 500 300M412 470C400 520 350 530 396 568C480 630 720 632 800 590",
            mix(p.paper, p.sky, 0.3),
            5,
            opacity=0.5,
        )
    )
    s.lift(
        line("M300 118Q296 76 336 62M540 118Q544 76 504 62", mix(p.far, p.paper, 0.35), 17),
        line("M338 61l8-2M502 61l-8-2", p.accent, 34),
    )
    s.lift(circle(740, 270, 178, s.fade(mix(p.paper, p.far, 0.2), mix(p.far, p.near, 0.6))))
    ground.view(s, circle(740, 270, 146, "#000"), 300, 690 + s.rng.randint(0, 90), 205)
    s.lift(
        place(690, 356, *_cottage(s), scale=1.05),
        place(784, 362, *_cottage(s), scale=1.3),
        place(738, 326, *_cottage(s), scale=0.8),
    )
    flora.pines(s, [(632, 356, 62.0), (846, 350, 74.0)])
    s.add(circle(740, 270, 146, "none", stroke=p.accent, stroke_width=9))
    s.spot(230, 620, 46)


def _cottage(s: Scene) -> tuple[str, ...]:
    p = s.palette
    return (
        rect(-36, -46, 72, 46, p.paper),
        path("M-52-44Q-30-58-22-78H22Q30-58 52-44Z", mix(p.ink, p.near, 0.35)),
        rect(-10, -28, 20, 28, p.accent),
        rect(16, -32, 13, 13, p.glow),
    )


def hands(s: Scene) -> None:
    """Two hands holding up a small sun with a home inside it."""
    p = s.palette
    ground.day_sky(s)
    ground.rays(s, 600, 270, 16, 170, 1000)
    ground.clouds(s, 3, 50, 200)
    ground.far_hills(s, 470, 50, 2)
    s.add(circle(600, 262, 400, s.radial((0, p.glow, 0.7), (1, p.glow, 0))))
    for r, share in ((196, 0.5), (160, 0.25), (124, 0)):
        s.lift(circle(600, 262, r, mix(mix(p.glow, p.paper, 0.3), "#ee7f3f", share * 0.7)))
    s.lift(
        path("M520 300V250L600 190L680 250V300Q600 340 520 300Z", p.paper),
        path("M496 256L600 172L704 256L690 268L600 200L510 268Z", mix(p.near, p.ink, 0.2)),
        rect(576, 250, 48, 62, p.accent, rx=24),
    )
    s.lift(flora.round_tree(s, 664, 318, 80, p.near))
    skin = s.skin()
    palm = "M-320 640C-356 520-352 420-316 360C-290 322-246 330-222 352C-160 392-90 404-40 420Q0 440-10 470C-90 520-150 560-170 640Z"
    hand = (
        path(palm, s.fade(mix(skin, p.paper, 0.15), mix(skin, p.ink, 0.12))),
        line("M-288 376C-210 448-120 466-36 468", mix(skin, p.ink, 0.1), 40),
        line("M-288 346C-200 414-120 432-30 434", mix(skin, p.paper, 0.1), 40),
        line("M-288 322C-210 382-130 402-58 404", mix(skin, p.ink, 0.06), 38),
        line("M-286 392C-210 460-130 482-60 488", mix(skin, p.paper, 0.06), 36),
        line("M-296 400C-312 336-296 280-252 232", mix(skin, p.paper, 0.14), 50),
    )
    sleeve = path("M-372 600L-150 560L-120 700H-400Z", s.fade(p.accent, mix(p.accent, p.ink, 0.3)))
    cuff = line("M-372 600L-150 560", mix(p.paper, p.glow, 0.3), 18)
    s.lift(place(600, 40, *hand, sleeve, cuff))
    s.lift(place(600, 40, *hand, sleeve, cuff, flip=True))
    s.spot(600, 520, 0, 26)
    s.spot(160, 560, 40)


def wheelchair(s: Scene) -> None:
    """Someone in a wheelchair with a flying scarf, first up the hill to see the sun."""
    p = s.palette
    ground.day_sky(s)
    ground.sun(s, 700, 270, 170)
    ground.clouds(s, 3, 40, 200)
    ground.birds(s, 880, 150, 5)
    ground.far_hills(s, 430, 52, 3)
    ground.hill(s, 560, 5, p.near, bow=60, mist=0.1, steps=4)
    s.add(
        path("M-20 640Q300 560 600 566T1220 600V640Q900 590 600 600T-20 690Z", mix(p.paper, p.glow, 0.35), opacity=0.7)
    )
    ground.floor_shadow(s, 610, 590, 190, 12)
    scarf = "M520 250C450 210 400 280 330 236C350 290 420 306 520 278Z"
    s.lift(
        path(scarf, p.accent),
        path("M512 262C450 240 420 300 356 300C390 334 460 316 520 284Z", mix(p.accent, p.glow, 0.4)),
    )
    metal, coat = mix(p.ink, p.near, 0.15), mix(p.near, p.ink, 0.12)
    s.lift(
        line("M446 312L486 326L520 470H650M650 470L700 560H736M516 400H640", metal, 13),
        path(
            "M560 440C520 440 506 420 506 390L498 296C500 262 570 250 594 284C612 330 604 380 610 410L690 414Q712 416 714 440L728 540H690L676 462H580Z",
            coat,
        ),
        path(
            "M506 392L498 296C500 262 570 250 594 284C612 330 604 380 610 424Q556 446 506 392Z",
            mix(p.sky, p.paper, 0.35),
        ),
        line("M688 552H744", p.ink, 20),
        path("M508 262Q550 290 590 258L586 286Q550 306 508 286Z", p.accent),
        circle(556, 216, 44, s.skin()),
        path(
            "M512 222C504 160 580 152 600 190C606 204 598 204 588 202C566 196 556 210 556 230C540 262 516 256 512 222Z",
            p.ink,
        ),
    )
    spokes = "".join(
        f"M556 488L{556 + 94 * cos(a):.0f} {488 + 94 * sin(a):.0f}" for a in (pi * k / 7 for k in range(14))
    )
    s.lift(
        circle(556, 488, 104, "none", stroke=metal, stroke_width=13),
        circle(556, 488, 88, "none", stroke=p.accent, stroke_width=5),
        line(spokes, mix(p.paper, p.far, 0.4), 3),
        circle(556, 488, 13, metal),
        circle(708, 572, 22, "none", stroke=metal, stroke_width=9),
    )
    s.lift(line("M546 306C540 350 560 380 618 396", mix(p.sky, p.paper, 0.5), 30), circle(630, 400, 16, s.skin()))
    s.add(dots([(s.rng.randint(80, 1120), s.rng.randint(612, 660)) for _ in range(9)], p.glow, 9))
    s.spot(270, 636, 40)
    s.spot(930, 632, 40)
