"""Motifs on the move: bus, bicycle, ball."""
# ruff: noqa: E501 - path data reads best whole

from math import cos, pi, sin

from redflower.faces.shared.picture_art import figures, flora, ground
from redflower.faces.shared.picture_art.palettes import mix
from redflower.faces.shared.picture_art.pen import circle, ellipse, group, line, path, place, rect
from redflower.faces.shared.picture_art.scene import Scene


def bus(s: Scene) -> None:
    """A bus on a mountain road, every window full of morning."""
    p = s.palette
    ground.day_sky(s)
    ground.sun_somewhere(s, 92, 170)
    ground.clouds(s, 3, 40, 150)
    ground.peaks(s, 440, 250, mix(p.sky, p.far, 0.75), 5, caps=True)
    level = ground.hill(s, 430, 28, s.tone(0.5))
    flora.pines(s, [(float(x), level(x) + 16, float(s.rng.randint(80, 130))) for x in (70, 140, 1020, 1090, 1160)])
    ground.hill(s, 500, 8, s.tone(0.85), mist=0.2)
    s.lift(path("M-20 566Q600 540 1220 566V700H-20Z", s.fade(mix(p.ink, p.far, 0.45), mix(p.ink, p.far, 0.25))))
    s.add(path("M-20 640Q600 614 1220 640", stroke=p.paper, stroke_width=8, stroke_dasharray="60 44", opacity=0.8))
    ground.floor_shadow(s, 600, 600, 350, 20)
    shell = s.fade(mix(p.accent, p.glow, 0.2), mix(p.accent, p.ink, 0.08))
    s.lift(
        path("M272 250Q272 206 320 206H826Q884 206 906 256L936 400Q944 420 944 440V570H272Z", shell),
        rect(300, 188, 470, 26, mix(p.paper, p.far, 0.4), rx=10),
    )
    glass = s.fade(mix(p.sky, p.paper, 0.5), mix(p.glow, p.paper, 0.4))
    s.add(
        *(rect(x, 250, 104, 116, glass, rx=14) for x in (304, 424, 544)),
        path("M784 250H846Q872 250 880 276L904 366H784Z", glass),
        rect(668, 250, 92, 310, mix(p.paper, p.glow, 0.3), rx=10),
        rect(680, 264, 68, 150, glass, rx=8),
    )
    s.add(line("M714 420v130", p.accent, 5), path("M272 430H668V476H272ZM760 430H944V476H760Z", p.paper))
    for x, k in ((350, 1.0), (470, 0.84), (596, 0.94)):
        s.add(
            group(
                path(
                    f"M{x - 30 * k:.0f} 366Q{x - 30 * k:.0f} {336 - 4 * k:.0f} {x} 334Q{x + 30 * k:.0f} {336 - 4 * k:.0f} {x + 30 * k:.0f} 366Z",
                    p.near,
                ),
                circle(x, 318, 20 * k, s.skin()),
                path(f"M{x - 21 * k:.0f} 318a{21 * k:.0f} {21 * k:.0f} 0 0 1 {42 * k:.0f} 0q-20-12-42 0Z", p.ink),
            )
        )
    s.add(line("M320 268l30-10M440 268l30-10M560 268l30-10M800 268l24-10", "#ffffff", 7, opacity=0.7))
    heart = "M0 34C-40 8-44-18-30-28C-16-38-4-28 0-18C4-28 16-38 30-28C44-18 40 8 0 34Z"
    s.add(place(470, 450, circle(0, 0, 46, p.paper), path(heart, mix(p.near, p.ink, 0.15), transform="scale(.8)")))
    for x in (400, 830):
        s.lift(circle(x, 566, 62, mix(p.ink, "#1c120c", 0.4)))
        s.add(circle(x, 566, 33, mix(p.far, p.paper, 0.5)), circle(x, 566, 12, p.ink))
    s.add(
        rect(918, 500, 30, 26, mix(p.glow, "#ffffff", 0.4), rx=10),
        path("M946 506L1150 560V640L946 530Z", p.glow, opacity=0.25),
    )
    s.spot(150, 548, 40)
    s.spot(1030, 548, 40)


def bicycle(s: Scene) -> None:
    """A bicycle with a basket of letters, resting on the ridge."""
    p = s.palette
    ground.day_sky(s)
    ground.sun(s, 600 + s.rng.randint(-80, 80), 280, 180)
    ground.clouds(s, 3, 40, 170)
    ground.birds(s, 300, 170, 5)
    ground.far_hills(s, 430, 48, 3)
    ground.meadow(s, 575, bow=30, swing=4)
    frame = mix(p.accent, p.ink, 0.06)
    ground.floor_shadow(s, 600, 600, 300, 12)
    for x in (400, 800):
        spokes = "".join(
            f"M{x - 122 * cos(a):.0f} {470 - 122 * sin(a):.0f}L{x + 122 * cos(a):.0f} {470 + 122 * sin(a):.0f}"
            for a in (pi * k / 7 + 0.1 for k in range(7))
        )
        s.lift(circle(x, 470, 128, "none", stroke=mix(p.ink, "#1c120c", 0.3), stroke_width=14))
        s.add(
            circle(x, 470, 117, "none", stroke=p.paper, stroke_width=4, opacity=0.7),
            line(spokes, mix(p.ink, p.far, 0.4), 3),
            circle(x, 470, 13, frame),
        )
    s.lift(line("M400 470L500 300H716L800 470M400 470H570L716 300M570 470L484 262M716 300L690 214", frame, 17))
    s.lift(
        line("M690 214Q740 190 774 220M690 214L640 204", p.ink, 13),
        path("M430 262Q430 244 484 244Q540 244 548 258Q520 274 484 272Q440 274 430 262Z", s.wood(0.65)),
        circle(570, 470, 34, "none", stroke=p.ink, stroke_width=9),
        line("M570 470L604 530M588 534H622M570 470L536 410M520 408H552", p.ink, 10),
        line("M400 456H568M400 484H568", mix(p.ink, p.far, 0.2), 4),
    )
    s.lift(
        line("M336 350H470L440 400", s.wood(0.5), 12),
        rect(330, 290, 120, 58, s.wood(0.25), rx=6),
        path("M340 290L390 322L440 290", stroke=p.paper, stroke_width=5),
    )
    s.lift(
        path("M752 236l40-56l50 34l-30 40Z", p.paper),
        path("M800 244l14-66l58 14l-16 58Z", mix(p.paper, p.glow, 0.4)),
        path("M732 240H890L866 336H756Z", s.wood(0.12)),
    )
    s.add(line("M736 264H884M744 290H878M750 314H872M770 242L780 334M811 242V334M852 242L842 334", s.wood(0.45), 5))
    s.add(path(flora.leaf(866, 236, 60, -70) + flora.leaf(872, 240, 60, -30), p.near))
    flora.wheat(s, -20, 250, 690, 6, mix(p.glow, p.accent, 0.25))
    flora.wheat(s, 960, 1220, 690, 6, mix(p.glow, p.accent, 0.25))
    s.spot(870, 256, 0, 22)
    s.spot(300, 630, 46)
    s.spot(920, 636, 46)


def ball(s: Scene) -> None:
    """A basketball on its way down to a village hoop, hands still in the air."""
    p = s.palette
    ground.day_sky(s)
    ground.sun_somewhere(s, 84, 200)
    ground.clouds(s, 3, 30, 170)
    ground.peaks(s, 470, 230, mix(p.sky, p.far, 0.7), 5)
    ground.far_hills(s, 440, 40, 2)
    court = mix(p.accent, p.far, 0.55)
    s.lift(path("M-20 560Q600 540 1220 560V700H-20Z", s.fade(mix(court, p.paper, 0.25), court)))
    s.add(line("M-20 600Q600 580 1220 600M200 690Q420 600 760 690", p.paper, 7, opacity=0.8))
    s.lift(line("M1010 580V210L900 200", mix(p.ink, p.near, 0.3), 24))
    s.lift(
        path("M800 66L930 90V300L800 290Z", mix(p.paper, "#ffffff", 0.4), stroke=p.near, stroke_width=13),
        path("M822 190L880 196V256L822 252Z", stroke=p.accent, stroke_width=9),
    )
    net = "M700 282L726 370L770 376L812 292M722 292L744 374L790 290M760 296L730 372M760 296L770 376M800 294L744 374M706 300L760 376"
    s.add(line(net, p.paper, 4.5))
    s.lift(ellipse(757, 282, 60, 15, "none", stroke=mix(p.accent, p.ink, 0.2), stroke_width=11))
    leather = mix("#e57f35", p.accent, 0.2)
    s.add(
        path("M330 470C370 330 420 250 500 214", stroke=p.paper, stroke_width=8, stroke_dasharray="3 22", opacity=0.95)
    )
    s.lift(circle(585, 195, 108, s.fade(mix(leather, p.glow, 0.45), mix(leather, p.ink, 0.15))))
    seams = "M480 176Q590 240 692 214M566 88Q620 190 590 303M504 124Q560 190 528 286M660 118Q600 170 634 291"
    s.add(
        line(seams, mix(p.ink, leather, 0.2), 7),
        ellipse(546, 140, 26, 15, "#ffffff", opacity=0.45, transform="rotate(-35 546 140)"),
    )
    ground.floor_shadow(s, 300, 606, 70, 9)
    s.lift(place(300, 600, *figures.player(s, p.near), scale=1.5))
    ground.floor_shadow(s, 500, 622, 60, 8)
    s.lift(
        place(500, 618, *figures.walker(s, mix(p.glow, p.paper, 0.2)), scale=1.25),
        place(880, 612, *figures.walker(s, mix(p.near, p.ink, 0.3)), scale=1.2, flip=True),
    )
    s.spot(120, 640, 0)
    s.spot(1100, 630, 0)
