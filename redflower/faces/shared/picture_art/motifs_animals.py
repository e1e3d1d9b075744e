"""Motifs of living things: dolphin, bird, bee, cat, dog."""
# ruff: noqa: E501 - path data reads best whole

from math import cos, pi, sin

from redflower.faces.shared.picture_art import flora, ground
from redflower.faces.shared.picture_art.palettes import mix
from redflower.faces.shared.picture_art.pen import circle, dots, ellipse, group, line, path, place, rect
from redflower.faces.shared.picture_art.scene import Scene


def dolphin(s: Scene) -> None:
    """A finless porpoise and her calf leaping over embroidered waves."""
    p = s.palette
    ground.day_sky(s)
    ground.sun(s, 600 + s.rng.randint(-90, 90), 260, 165)
    ground.clouds(s, 3, 40, 140)
    ground.far_hills(s, 400, 40, 2)
    ground.water(s, 470)
    blue = mix(p.near, p.ink, 0.25)
    ground.waves(s, 520, 176, mix(p.sky, p.near, 0.45), s.rng.randint(0, 60))
    mother = _porpoise(s, blue)
    s.lift(place(590, 300, *mother, scale=1.5))
    s.lift(place(880, 430, *_porpoise(s, mix(blue, p.sky, 0.25)), scale=0.72, turn=8))
    ground.waves(s, 572, 156, mix(p.sky, p.near, 0.7), s.rng.randint(0, 60))
    ground.waves(s, 628, 136, mix(p.near, p.ink, 0.15), s.rng.randint(0, 60))
    spray = [(x + s.rng.randint(-50, 50), s.rng.randint(430, 530)) for x in (270, 300, 330, 760, 990) for _ in range(3)]
    s.add(dots(spray, p.paper, 12, opacity=0.9))
    ground.birds(s, 300, 170, 4)
    s.spot(180, 610, 0, 18)
    s.spot(1060, 616, 0, 18)


def _porpoise(s: Scene, colour: str) -> tuple[str, ...]:
    p = s.palette
    body = "M-220 96C-170-30-60-110 70-96C150-88 204-44 206 8C208 40 186 62 158 62C80 40-60 30-180 116Z"
    belly = "M-170 92C-60 26 60 30 158 62C186 62 204 44 206 14C150 34 20 0-100 40C-130 52-152 72-170 92Z"
    tail = "M-196 92C-222 76-262 84-282 114C-254 112-240 116-226 124C-238 142-238 164-226 184C-202 168-184 142-178 112Z"
    return (
        path(tail, mix(colour, p.ink, 0.2)),
        path(body, s.fade(mix(colour, p.sky, 0.25), colour)),
        path(belly, mix(p.paper, p.sky, 0.3), opacity=0.85),
        path("M66 34C72 84 44 128 6 146C8 108 14 72 32 32Z", mix(colour, p.ink, 0.3)),
        circle(158, 6, 6.5, p.ink),
        line("M206 20Q186 32 168 30", p.ink, 4),
        line("M-120-2C-70-56-10-78 60-76", p.paper, 6, opacity=0.4),
    )


def bird(s: Scene) -> None:
    """A crane crossing the face of the sun above the reeds."""
    p = s.palette
    ground.day_sky(s)
    ground.sun(s, 600, 285, 190)
    ground.clouds(s, 3, 50, 260)
    ground.far_hills(s, 455, 40, 2)
    ground.water(s, 540)
    white, tip = mix(p.paper, "#ffffff", 0.6), mix(p.ink, p.near, 0.15)
    far_wing = "M560 300C600 220 700 110 860 60C850 100 840 130 820 160C812 176 790 190 800 196C770 220 740 232 738 248C710 262 690 264 680 300Z"
    wing = "M520 300C480 200 400 110 250 60C262 100 270 120 292 146C276 150 290 176 320 196C310 206 330 226 360 240C356 254 380 270 410 276C420 296 450 320 520 330Z"
    tips = "M250 60C262 100 270 120 292 146C276 150 290 176 320 196C330 176 340 160 352 150C330 110 300 82 250 60Z"
    far_tips = "M860 60C850 100 840 130 820 160C812 176 790 190 800 196C784 184 770 170 762 152C786 110 816 84 860 60Z"
    s.lift(line("M430 356L250 420M440 366L262 440", tip, 7))
    s.lift(path(far_wing, mix(white, p.sky, 0.35)), path(far_tips, tip))
    body = "M410 370C460 300 560 270 660 300C730 322 780 290 850 262C880 250 900 256 910 268L960 276L908 284C880 284 800 330 740 352C640 400 500 410 410 370Z"
    s.lift(
        path(body, s.fade(white, mix(white, p.far, 0.3))),
        path("M410 370C440 340 470 336 500 350C470 372 440 378 410 370Z", tip),
        path("M780 310C820 290 850 276 876 270C880 282 840 300 790 330Z", tip),
    )
    s.lift(path(wing, s.fade(mix(white, p.sky, 0.12), white)), path(tips, tip))
    feathers = "M300 150Q400 210 500 300M326 200Q420 240 506 312M364 244Q430 272 500 318M800 190Q720 230 640 296M760 236Q700 262 656 300"
    s.add(
        line(feathers, p.far, 4, opacity=0.7),
        path("M886 256q14-10 24 8q-12 4-24-8Z", "#d5342f"),
        circle(900, 268, 3.5, p.ink),
    )
    ground.hill(s, 625, 8, mix(p.near, p.ink, 0.1), bow=-46, mist=0.1)
    flora.reeds(s, 130, 680, 8, mix(p.near, p.glow, 0.3))
    flora.reeds(s, 1080, 680, 8, mix(p.near, p.glow, 0.3))
    s.spot(300, 650, 50)
    s.spot(910, 650, 50)


def bee(s: Scene) -> None:
    """A bee over a field of yellow flowers, the comb hanging in the sun."""
    p = s.palette
    ground.day_sky(s)
    ground.sun(s, 600, 270, 170)
    cells = ""
    for row, column in ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 0), (0, 3), (3, 0)):
        for ox, flip in ((-10, 1), (1210, -1)):
            x, y = ox + flip * (column * 92 + (row % 2) * 46), 20 + row * 80
            cells += (
                "M" + "L".join(f"{x + 48 * sin(k * pi / 3):.0f} {y + 48 * cos(k * pi / 3):.0f}" for k in range(6)) + "Z"
            )
    s.lift(path(cells, s.amber(0.35), stroke=mix(p.paper, p.glow, 0.3), stroke_width=8))
    ground.far_hills(s, 470, 36, 2)
    ground.hill(s, 535, 12, mix(p.glow, p.near, 0.25), mist=0.1)
    trail = "M150 470C240 380 300 520 360 430C380 400 350 380 340 410C330 450 380 440 420 380"
    s.add(path(trail, stroke=p.paper, stroke_width=6, stroke_dasharray="2 17", opacity=0.95))
    s.lift(
        path(
            "M590 250C540 110 440 60 400 110C370 170 470 250 590 262ZM640 244C640 100 720 20 790 56C840 110 760 220 650 262Z",
            mix(p.paper, "#ffffff", 0.5),
            opacity=0.86,
        )
    )
    s.add(
        line(
            "M580 246Q500 190 430 130M576 254Q500 230 440 180M650 240Q690 150 760 84M656 248Q720 200 770 140",
            p.far,
            4,
            opacity=0.8,
        )
    )
    abdomen = "M640 262C560 220 420 260 392 360C384 400 396 426 420 428C520 440 640 400 670 320Z"
    dark = mix(p.ink, "#1c120c", 0.4)
    shape = s.clip(path(abdomen, "#000"))
    s.lift(
        path("M398 410L366 446L412 428Z", dark),
        path(abdomen, s.fade(mix(p.glow, "#ffffff", 0.2), s.amber(0.5))),
        group(
            line("M570 220Q610 310 590 420M500 220Q546 320 516 440M438 250Q476 340 446 450", dark, 32), clip_path=shape
        ),
        line("M620 360l-14 70l-20 16M670 366l4 74l-18 20M710 356l24 62l-8 24", dark, 9),
        circle(680, 300, 82, s.fade(s.amber(0.5), mix(s.amber(1), p.ink, 0.25))),
        circle(772, 318, 52, dark),
        line("M790 274Q810 220 850 216M808 286Q840 246 876 254", dark, 8),
        circle(852, 216, 9, dark),
        circle(878, 254, 9, dark),
        ellipse(790, 312, 15, 22, mix(p.paper, p.glow, 0.4), transform="rotate(-14 790 312)"),
    )
    fuzz = [(680 + 58 * cos(a), 300 + 58 * sin(a)) for a in (k * pi / 7 for k in range(14))]
    s.add(dots(fuzz, p.paper, 9, opacity=0.55))
    stems, heads = "", []
    for i in range(13):
        x, y = 30 + i * 95 + s.rng.randint(-24, 24), s.rng.randint(520, 590)
        stems += f"M{x} 690Q{x - 12} 620 {x} {y}" + f"M{x - 4} 650q20-10 28-34"
        heads += [(x + dx, y + dy) for dx, dy in ((0, -16), (17, 0), (-17, 0), (0, 16))]
    s.lift(
        line(stems, mix(p.near, p.ink, 0.15), 7),
        dots(heads, mix(p.glow, "#ffffff", 0.15), 27),
        dots([(x, y + 16) for x, y in heads[::4]], p.accent, 14),
    )
    s.spot(240, 650, 60)
    s.spot(960, 650, 60)


def cat(s: Scene) -> None:
    """A cat on the sill, looking out at the moon over the roofs."""
    p = s.palette
    s.add(rect(0, 0, 1200, 675, s.fade(mix(p.near, p.paper, 0.25), mix(p.near, p.ink, 0.15))))
    frame = rect(230, 40, 740, 480, "#000", rx=10)
    s.add(
        group(
            rect(230, 40, 740, 480, s.fade(mix(p.ink, p.near, 0.35), mix(p.near, p.glow, 0.55))),
            clip_path=s.clip(frame),
        )
    )
    s.add(dots([(s.rng.randint(250, 950), s.rng.randint(60, 300)) for _ in range(22)], p.paper, 4.5, opacity=0.85))
    ground.sun(s, 600 + s.rng.choice((-1, 1)) * s.rng.randint(20, 120), 215, 118, mix(p.glow, p.paper, 0.45))
    roof = mix(p.ink, p.near, 0.35)
    s.lift(path("M230 520V440L330 390L430 440V470L560 410L690 466V440L800 372L910 440L970 420V520Z", roof))
    s.add(dots([(300, 462), (380, 470), (520, 470), (640, 484), (770, 442), (840, 452), (900, 476)], p.glow, 17))
    s.lift(path("M230 40H970V520H230ZM600 40V300", stroke=mix(p.paper, p.glow, 0.25), stroke_width=20))
    for side in (0, 1):
        d = "M-20-20H250Q262 240 150 430Q120 560 160 700H-20Z"
        s.lift(
            place(
                1200 * side,
                0,
                path(d, s.fade(p.accent, mix(p.accent, p.ink, 0.25))),
                line("M60 0Q70 300 40 690M130 0Q150 240 80 480", mix(p.accent, p.ink, 0.4), 5, opacity=0.5),
                flip=bool(side),
            )
        )
    s.lift(rect(120, 530, 960, 46, s.fade(mix(p.paper, p.glow, 0.2), mix(p.paper, p.far, 0.6))))
    coat = mix(p.ink, p.accent, 0.12)
    s.lift(
        line("M668 520C790 560 850 500 812 440C800 420 776 430 782 452", coat, 30),
        path(
            "M478 536C450 440 480 350 540 306C520 280 516 240 528 190L566 226Q600 216 634 226L672 190C684 240 680 280 660 306C720 350 750 440 722 536Z",
            s.fade(mix(coat, p.glow, 0.14), coat),
        ),
    )
    s.add(
        line("M540 330Q470 410 484 520M528 192Q516 240 530 276", mix(p.glow, p.paper, 0.4), 5, opacity=0.75),
        line("M566 420q34 24 68 0M574 462q26 18 52 0M584 380q16 12 32 0", mix(coat, p.glow, 0.35), 6, opacity=0.7),
        line("M548 302Q600 326 652 302", p.accent, 11),
    )
    s.lift(
        path("M850 530L862 470H940L952 530Z", mix(p.accent, p.ink, 0.2)),
        path(
            "".join(
                flora.leaf(900, 474, n, a, 0.26) for n, a in ((96, -90), (88, -60), (88, -122), (64, -30), (64, -150))
            ),
            mix(p.near, "#5f9a3f", 0.45),
        ),
    )
    s.spot(330, 528, 50)
    s.spot(400, 528, 50)


def dog(s: Scene) -> None:
    """A guide dog waiting on a hilltop, ears up, harness on."""
    p = s.palette
    ground.day_sky(s)
    ground.sun(s, 590, 280, 190)
    ground.clouds(s, 3, 40, 200)
    ground.far_hills(s, 440, 48, 3)
    ground.meadow(s, 555, bow=50)
    ground.floor_shadow(s, 590, 582, 190, 14)
    coat = mix(s.amber(0.35), p.paper, 0.25)
    dark = mix(coat, p.ink, 0.35)
    s.lift(
        path("M440 560C380 570 330 540 310 470C308 456 326 452 332 466C350 510 390 530 440 520Z", dark),
        path("M690 580H634C628 520 620 470 600 430L670 400C690 460 690 520 690 560Q712 566 712 580Z", dark),
    )
    body = "M420 580C400 500 430 420 490 360C530 320 548 280 560 230C566 180 600 140 650 138C690 136 720 150 738 176L812 196C822 200 824 220 812 230C786 246 750 248 724 246C706 270 694 300 690 340C686 420 664 500 660 562Q684 566 684 582H600C600 540 596 520 590 500C576 540 560 560 560 566Q580 570 578 582Z"
    s.lift(path(body, s.fade(mix(coat, p.paper, 0.3), coat)))
    s.add(
        path("M648 150C610 150 586 190 590 260C612 270 640 250 652 216C660 190 668 160 648 150Z", dark),
        path("M796 194C812 192 826 202 822 214C812 220 798 214 796 194Z", p.ink),
        line("M764 234Q786 236 800 226", p.ink, 4),
        circle(708, 186, 6.5, p.ink),
        line("M470 520C500 470 560 470 590 500M500 420Q520 380 548 350", dark, 5, opacity=0.8),
    )
    s.lift(
        line("M552 290Q610 336 690 316", p.accent, 22),
        line("M520 340Q570 440 672 430", mix(p.near, p.ink, 0.2), 20),
        line("M520 350L400 226L366 236", mix(p.ink, p.near, 0.2), 13),
    )
    s.add(circle(640, 334, 13, p.glow))
    ground.birds(s, 930, 200, 4)
    s.spot(860, 610, 50)
    s.spot(300, 620, 50)
