"""Motifs that stand on a table: bowl, book, lamp, medicine, computer, braille."""
# ruff: noqa: E501 - path data reads best whole

from redflower.faces.shared.picture_art import flora, ground
from redflower.faces.shared.picture_art.palettes import mix
from redflower.faces.shared.picture_art.pen import circle, dots, ellipse, group, line, path, place, rect
from redflower.faces.shared.picture_art.scene import Scene


def bowl(s: Scene) -> None:
    """A heaped bowl of rice steaming in front of a moon window."""
    p = s.palette
    ground.room(s, 530)
    ground.round_window(s, 600, 270, 330)
    steam = "M520 210c-34-40 26-62 0-108M600 195c-36-46 30-74 0-130M680 210c-34-40 26-62 0-108"
    s.add(line(steam, p.paper, 15, opacity=0.6))
    ground.floor_shadow(s, 600, 596, 270, 20)
    s.lift(line("M640 318L985 150M664 330L1010 186", s.wood(0.3), 13))
    rice = "M392 350C400 292 440 284 462 262C486 226 540 232 560 218C592 200 640 204 662 228C704 232 726 256 742 276C780 290 800 312 808 350Z"
    greens = flora.leaf(520, 300, 110, -58) + flora.leaf(540, 306, 124, -26) + flora.leaf(505, 306, 84, -100)
    grains = [(s.rng.randint(430, 770), s.rng.randint(262, 335)) for _ in range(26)]
    s.lift(
        ellipse(600, 350, 222, 42, mix(p.near, p.ink, 0.4)),
        path(rice, mix(p.paper, "#ffffff", 0.5)),
        dots(grains, mix(p.far, p.paper, 0.5), 8),
        path(greens, mix(p.near, "#4f8a3c", 0.6)),
        ellipse(672, 286, 62, 44, "#fffdf6"),
        ellipse(676, 288, 32, 25, mix(p.glow, "#ffab1f", 0.5)),
    )
    cuts = "".join(f"M{x} 470q26-40 52 0q-26-18-52 0Z" for x in range(444, 740, 65))
    body = "M378 350C384 470 462 566 536 576H664C738 566 816 470 822 350Q822 392 600 394Q378 392 378 350Z"
    s.lift(
        path("M524 560H676L664 600H536Z", mix(p.near, p.ink, 0.25)),
        path(body, s.fade(mix(p.near, p.glow, 0.12), mix(p.near, p.ink, 0.35))),
        group(
            path(cuts, p.paper),
            line("M382 384Q400 404 470 412Q600 424 730 412Q800 404 818 384", p.paper, 5),
            line("M470 522Q600 548 730 522", p.paper, 4),
            opacity=0.85,
        ),
    )
    s.spot(1010, 590)
    s.spot(240, 610)


def book(s: Scene) -> None:
    """An open book whose pages rise into mountains, a house and a tree."""
    p = s.palette
    ground.day_sky(s)
    ground.sun(s, 600, 235, 118)
    ground.clouds(s, 3, 40, 150)
    ground.far_hills(s, 440, 46)
    ground.meadow(s, 560, bow=-30)
    ground.floor_shadow(s, 600, 628, 350, 22)
    cover = "M600 622C520 590 380 590 262 620L250 480H950L938 620C820 590 680 590 600 622Z"
    s.lift(path(cover, mix(p.accent, p.ink, 0.25)))
    left = "M600 606C520 566 390 566 280 592V462C390 436 520 440 600 478Z"
    right = "M600 606C680 566 810 566 920 592V462C810 436 680 440 600 478Z"
    s.add(
        path(left, s.fade(mix(p.paper, p.far, 0.5), p.paper, across=True)),
        path(right, s.fade(mix(p.paper, p.far, 0.55), p.paper, across=True)),
    )
    text = "M318 520Q420 498 520 514M318 544Q420 522 520 538M318 568Q420 546 490 556M680 514Q780 498 882 520M680 538Q780 522 882 544M710 556Q780 546 882 568"
    s.add(line(text, p.far, 6))
    s.lift(
        path(
            "M352 478L470 286L516 350L604 186L700 330L744 282L856 478Q720 446 600 486Q480 446 352 478Z",
            s.fade(s.tone(0.35), s.tone(0.75)),
        )
    )
    s.add(path("M604 186L560 268L592 254L612 280L634 250L654 262ZM470 286L438 338L464 330L490 314Z", p.paper))
    s.lift(path("M420 484Q500 400 600 452Q700 392 790 482Q700 458 600 490Q500 458 420 484Z", mix(p.near, p.glow, 0.25)))
    house = path("M-44 0V-46H44V0Z", p.paper) + path("M-60-42L-34-80H34L60-42Z", mix(p.ink, p.near, 0.3))
    s.lift(place(520, 462, house, rect(-10, -30, 20, 30, p.accent), rect(20, -34, 14, 14, p.glow)))
    s.lift(flora.round_tree(s, 690, 468, 126, p.near), flora.round_tree(s, 742, 474, 84, mix(p.near, p.accent, 0.5)))
    ground.birds(s, 600, 130, 3)


def lamp(s: Scene) -> None:
    """A desk lamp keeping a page lit while the village sleeps."""
    p = s.palette
    night = mix(p.ink, p.near, 0.35)
    s.add(rect(0, 0, 1200, 675, s.fade(mix(p.ink, "#000000", 0.1), night)))
    frame = rect(300, 50, 600, 380, "#000", rx=14)
    ground.view(s, frame, 330, 760, 140)
    s.add(rect(300, 50, 600, 380, mix(p.ink, p.near, 0.25), rx=14, opacity=0.62))
    stars = [(s.rng.randint(320, 880), s.rng.randint(65, 240)) for _ in range(18)]
    s.add(dots(stars, p.paper, 4.5, opacity=0.9), circle(770, 138, 50, mix(p.glow, p.paper, 0.5)))
    s.add(dots([(x, s.rng.randint(365, 405)) for x in range(340, 880, 66)], p.glow, 9, opacity=0.9))
    s.lift(path("M300 50H900V430H300ZM600 50V430M300 240H900", stroke=s.wood(0.45), stroke_width=16))
    s.lift(rect(-20, 535, 1240, 160, s.fade(s.wood(0.2), s.wood(0.65))))
    s.add(path("M455 262L280 560H870L640 262Z", s.radial((0, p.glow, 0.75), (1, p.glow, 0.1))))
    s.add(ellipse(575, 566, 330, 44, p.glow, opacity=0.35))
    s.lift(
        line("M800 556V400L640 190", mix(p.accent, p.ink, 0.2), 17),
        ellipse(800, 560, 92, 20, mix(p.accent, p.ink, 0.35)),
    )
    s.lift(
        path(
            "M640 162C560 128 470 168 440 272Q545 306 652 262Q672 210 640 162Z",
            s.fade(mix(p.accent, p.glow, 0.2), p.accent),
        ),
        ellipse(546, 272, 107, 22, mix(p.glow, "#ffffff", 0.6), transform="rotate(-3 546 272)"),
        circle(800, 400, 15, p.glow),
    )
    s.lift(
        path(
            "M560 592C500 562 420 562 350 580L376 520C440 508 510 512 560 536C610 512 680 508 744 520L770 580C700 562 620 562 560 592Z",
            p.paper,
        ),
        line(
            "M408 538Q470 528 524 546M400 558Q470 546 530 564M596 546Q650 528 712 538M590 564Q650 546 720 558M560 538V588",
            p.far,
            4,
        ),
    )
    s.spot(930, 556, stem=0)
    s.spot(250, 585)


def medicine(s: Scene) -> None:
    """A mortar with fresh herbs beside a medicine bottle in the window's light."""
    p = s.palette
    ground.room(s, 520)
    ground.view(s, path("M220 520V230A380 220 0 0 1 980 230V520Z", "#000"), 400, 720, 190)
    s.lift(path("M220 524V230A380 220 0 0 1 980 230V524", stroke=s.wood(0.35), stroke_width=18))
    ground.floor_shadow(s, 480, 586, 190)
    ground.floor_shadow(s, 762, 586, 130)
    sprigs = "".join(
        flora.leaf(x, 372, n, a, 0.3)
        for x, n, a in ((400, 150, -112), (440, 190, -92), (470, 170, -70), (420, 120, -140), (500, 150, -52))
    )
    s.lift(
        path(sprigs, mix(p.near, "#4f8a3c", 0.75)),
        line("M440 372V230M472 380L530 250M402 380L352 260", mix(p.near, p.ink, 0.4), 4),
    )
    s.lift(line("M545 372L640 205", s.wood(0.25), 34), circle(642, 202, 24, s.wood(0.2)))
    stone = s.fade(mix(p.paper, p.far, 0.25), mix(p.far, p.near, 0.5))
    s.lift(
        path("M310 365H634Q632 500 548 545L560 590H384L396 545Q312 500 310 365Z", stone),
        rect(296, 350, 352, 34, mix(p.paper, p.far, 0.12), rx=17),
        path(
            "".join(f"M{x} 455q22-36 44 0q-22-16-44 0Z" for x in range(362, 580, 58)),
            mix(p.near, p.ink, 0.1),
            opacity=0.7,
        ),
    )
    glass = s.fade(mix(p.accent, p.glow, 0.35), mix(p.accent, p.ink, 0.35), across=True)
    s.lift(
        path("M712 300H812V340Q860 356 860 400V560Q860 590 830 590H694Q664 590 664 560V400Q664 356 712 340Z", glass),
        rect(700, 258, 124, 48, mix(p.ink, p.near, 0.3), rx=8),
        rect(664, 410, 196, 124, p.paper),
        path(
            flora.leaf(762, 514, 84, -90, 0.5)
            + flora.leaf(760, 510, 60, -150, 0.4)
            + flora.leaf(764, 510, 60, -30, 0.4),
            p.near,
        ),
        line("M690 372V400M690 548V566", "#ffffff", 9, opacity=0.5),
    )
    s.lift(
        group(
            rect(-50, -20, 100, 40, p.paper, rx=20),
            path("M0-20H30A20 20 0 0 1 30 20H0Z", p.accent),
            transform="translate(925 596) rotate(-16)",
        )
    )
    s.add(dots([(262, 596), (228, 612), (292, 618)], mix(p.glow, p.accent, 0.4), 24))
    s.spot(1040, 615)
    s.spot(150, 606)


def computer(s: Scene) -> None:
    """A laptop open on a country morning, the world in its screen."""
    p = s.palette
    ground.room(s, 515)
    ground.view(
        s, rect(50, 70, 230, 330, "#000") + rect(920, 70, 230, 330, "#000"), 300, s.rng.choice((130, 1060)), 160
    )
    panes = "".join(f"M{x} 70h230v330h-230ZM{x + 115} 70v330M{x} 210h230" for x in (50, 920))
    s.lift(path(panes, stroke=s.wood(0.3), stroke_width=12))
    ground.floor_shadow(s, 600, 602, 370, 20)
    s.lift(rect(338, 128, 524, 372, mix(p.ink, p.near, 0.15), rx=24))
    ground.view(s, rect(360, 150, 480, 324, "#000", rx=8), 370, s.rng.choice((470, 720)), 250)
    code = "M392 190h70m18 0h110M416 222h96m18 0h48M416 254h54m18 0h120M392 286h40"
    s.add(rect(360, 150, 290, 170, p.paper, rx=8, opacity=0.88), line(code, mix(p.near, p.accent, 0.2), 11))
    s.add(line("M392 222h.1M392 254h.1", p.accent, 11))
    s.lift(
        path(
            "M338 498H862L946 588Q950 604 930 604H270Q250 604 254 588Z",
            s.fade(mix(p.paper, p.far, 0.35), mix(p.far, p.near, 0.35)),
        )
    )
    keys = "".join(f"M{350 - i * 17} {522 + i * 17}H{850 + i * 17}" for i in range(3))
    s.add(
        line(keys, mix(p.ink, p.near, 0.3), 10, stroke_dasharray="1 24.4"),
        rect(535, 572, 130, 20, p.paper, rx=6, opacity=0.6),
    )
    s.lift(
        path("M1002 500H1092L1082 590Q1080 600 1068 600H1026Q1014 600 1012 590Z", p.accent),
        line("M1090 520q44 2 34 36q-8 20-38 18", p.accent, 10),
    )
    s.add(line("M1030 478c-16-20 14-28 0-52M1062 478c-16-20 14-28 0-52", p.paper, 7, opacity=0.7))
    s.spot(140, 600)
    s.spot(190, 628)


def braille(s: Scene) -> None:
    """A hand reading raised dots that drift off the page and become stars."""
    p = s.palette
    ground.night_sky(s, 16)
    ground.sun(s, 600, 190, 105, mix(p.glow, p.paper, 0.4))
    ground.far_hills(s, 360, 40)
    s.lift(path("M150 690L262 330Q600 296 938 330L1050 690Z", s.fade(mix(p.paper, p.far, 0.18), p.paper)))
    s.add(line("M600 316V690", mix(p.far, p.paper, 0.4), 4, opacity=0.6))
    s.add(*_braille_words(s))
    rising = [(600 + s.rng.randint(-330, 330), s.rng.randint(60, 310)) for _ in range(14)]
    s.add(dots(rising, p.glow, 13), dots(rising, p.paper, 6))
    sleeve = "M1010 700L905 610L1000 505L1240 600V700Z"
    hand = s.skin()
    s.lift(
        path("M955 620C900 620 850 600 800 560L838 490C880 476 960 500 1004 540Z", hand),
        line("M838 545L716 500M846 522L728 452M872 508L782 424", hand, 35),
        line("M820 582L742 560", hand, 33),
        line("M716 500l12 4M728 452l11 6M782 424l9 8", mix(hand, "#ffffff", 0.4), 16),
    )
    s.lift(path(sleeve, s.fade(p.accent, mix(p.accent, p.ink, 0.4))))
    s.spot(205, 610)
    s.spot(1120, 480)


# The words on the page are 小红花 in current Chinese Braille: cells by their raised dots.
_XIAO_HONG_HUA = ((125, 345, 3), (125, 256, 2), (125, 123456, 1))


def _braille_words(s: Scene) -> list[str]:
    p = s.palette
    raised = []
    for row, word in enumerate(_XIAO_HONG_HUA):
        step = 29 + row * 4
        for column, cell in enumerate(word):
            x0, y0 = 300 - row * 26 + column * step * 3.2, 372 + row * 98
            raised += [(x0 + (int(d) > 3) * step, y0 + (int(d) - 1) % 3 * step * 0.82) for d in str(cell)]
    shade = [(x + 2, y + 4) for x, y in raised]
    mirrored = [(x + 345, y) for x, y in raised if y < 470]
    shade += [(x + 2, y + 4) for x, y in mirrored]
    return [
        dots(shade, mix(p.far, p.ink, 0.35), 20, opacity=0.6),
        dots(raised + mirrored, mix(p.paper, p.glow, 0.4), 19),
    ]
