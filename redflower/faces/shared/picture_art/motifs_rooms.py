"""Motifs of rooms and stages: classroom, shelf, loom, opera, music."""
# ruff: noqa: E501 - path data reads best whole

from redflower.faces.shared.picture_art import figures, flora, ground
from redflower.faces.shared.picture_art.palettes import mix
from redflower.faces.shared.picture_art.pen import circle, dots, ellipse, line, path, place, rect
from redflower.faces.shared.picture_art.scene import Scene


def classroom(s: Scene) -> None:
    """A village classroom: morning through the windows, a drawing on the board."""
    p = s.palette
    ground.room(s, 500)
    ground.view(
        s, rect(40, 80, 230, 290, "#000") + rect(930, 80, 230, 290, "#000"), 290, s.rng.choice((120, 1080)), 160
    )
    panes = "".join(f"M{x} 80h230v290h-230ZM{x + 115} 80v290M{x} 225h230" for x in (40, 930))
    s.lift(path(panes, stroke=mix(p.paper, p.glow, 0.2), stroke_width=13))
    s.add(path("M40 370H270L560 675H200ZM930 370H1160L1010 675H640Z", p.paper, opacity=0.18))
    s.lift(rect(320, 90, 560, 300, s.wood(0.35), rx=8))
    s.add(rect(338, 108, 524, 264, s.fade(mix(p.near, "#23463b", 0.6), mix(p.ink, "#23463b", 0.5))))
    chalk = "M380 330Q470 230 540 300Q620 200 700 290Q760 240 824 330M452 176a34 34 0 1 0 .1 0M452 158v-20M452 262v16M400 210h-18M504 210h18M416 172l-13-13M488 172l13-13M620 324v-56l38-30l38 30v56M646 324v-26h22v26M740 160q14-14 26 0q14-14 26 0M700 190q10-10 20 0q10-10 20 0"
    s.add(
        line(chalk, mix(p.paper, "#ffffff", 0.3), 5, opacity=0.92),
        dots([(560, 160), (590, 150), (574, 178)], p.accent, 9),
    )
    s.lift(rect(330, 384, 540, 16, s.wood(0.2)))
    s.add(line("M400 381h40M460 381h26", p.paper, 8), line("M780 380h50", p.accent, 13))
    shirts = [p.accent, mix(p.sky, p.paper, 0.3), p.near, p.glow]
    s.rng.shuffle(shirts)
    for i, x in enumerate((330, 600, 870)):
        s.lift(
            rect(x - 96, 470, 192, 18, s.wood(0.1), rx=5),
            line(f"M{x - 80} 488v60M{x + 80} 488v60", s.wood(0.4), 9),
            path(f"M{x - 40} 468l6-16h68l6 16Z", p.paper),
        )
        s.lift(place(x, 560, *figures.pupil(s, shirts[i], i), scale=0.92))
    for i, x in enumerate((460, 745)):
        s.lift(
            rect(x - 130, 590, 260, 24, s.wood(0.05), rx=6),
            line(f"M{x - 104} 614v80M{x + 104} 614v80", s.wood(0.45), 13),
        )
        s.lift(place(x, 700, *figures.pupil(s, shirts[(i + 3) % 4], i + 1), scale=1.3))
    s.spot(266, 588)
    s.spot(912, 640)


def shelf(s: Scene) -> None:
    """Shelves of well-read books with a ladder and a sleeping plant."""
    p = s.palette
    ground.room(s, 585)
    s.lift(rect(190, 30, 820, 566, s.wood(0.45), rx=10))
    spines = [p.accent, p.near, p.glow, p.far, mix(p.near, p.ink, 0.4), p.paper, mix(p.accent, p.ink, 0.3), p.sky]
    for row in range(3):
        top, foot = 50 + row * 182, 218 + row * 182
        s.add(rect(210, top, 780, 168, s.fade(mix(s.wood(0.75), p.ink, 0.4), s.wood(0.6))))
        s.lift(*_books(s, row, foot, spines))
        s.lift(rect(200, foot, 800, 16, s.wood(0.2)))
    s.lift(
        line("M800 600L760 40M920 600L880 40", s.wood(0.05), 17),
        line("M768 150H886M776 256H894M782 362H902M790 468H910", s.wood(0.05), 13),
    )
    s.lift(
        line("M448 600h168M470 600L460 640M594 600L604 640", s.wood(0.6), 13),
        path("M440 560Q532 530 624 560V596H440Z", p.accent),
    )
    s.lift(place(532, 566, *figures.reader(s)))
    s.lift(
        path("M70 590L82 500H168L180 590Z", p.accent),
        path(
            "".join(
                flora.leaf(125, 504, n, a, 0.24)
                for n, a in ((190, -90), (170, -66), (170, -114), (130, -40), (130, -140), (90, -20), (90, -160))
            ),
            mix(p.near, "#5f9a3f", 0.35),
        ),
    )
    s.lift(
        line("M1100 0V120", p.ink, 5),
        path("M1040 190Q1050 120 1100 118Q1150 120 1160 190Z", p.accent),
        ellipse(1100, 190, 60, 10, mix(p.glow, "#ffffff", 0.5)),
    )
    s.add(path("M1040 194L960 585H1240L1160 194Z", p.glow, opacity=0.22))
    s.spot(1060, 630)
    s.spot(300, 640)


def _books(s: Scene, row: int, foot: float, colours: list[str]) -> list[str]:
    """Fill one shelf, leaving a gap where something else stands."""
    by_colour: dict[str, str] = {}
    marks = ""
    x = 222.0
    while x < 955:
        w, h = s.rng.randint(24, 44), s.rng.randint(104, 152)
        if s.rng.random() < 0.08:
            x += 34
        colour = s.rng.choice(colours)
        by_colour[colour] = by_colour.get(colour, "") + f"M{x:.0f} {foot:.0f}v-{h}h{w}v{h}Z"
        if w > 28:
            marks += f"M{x + 7:.0f} {foot - h + 22:.0f}h{w - 14}M{x + 7:.0f} {foot - 26:.0f}h{w - 14}"
        x += w + 2
    return [*(path(d, colour) for colour, d in by_colour.items()), line(marks, s.palette.paper, 4, opacity=0.65)]


def loom(s: Scene) -> None:
    """A loom with a brocade half woven, the hills repeated in its pattern."""
    p = s.palette
    ground.room(s, 575)
    ground.view(s, rect(60, 70, 250, 320, "#000", rx=8), 300, 180, 160)
    s.lift(path("M60 70h250v320h-250ZM185 70v320", stroke=mix(p.paper, p.glow, 0.2), stroke_width=13))
    s.add(path("M60 390H310L620 675H240Z", p.paper, opacity=0.16))
    s.lift(
        line("M390 640V60M830 640V60", s.wood(0.4), 34),
        line("M350 92H870", s.wood(0.2), 40),
        line("M350 640H440M780 640H870", s.wood(0.55), 26),
    )
    threads = "".join(f"M{x} 100V560" for x in range(424, 800, 15))
    s.add(
        path("M418 96H802V330H418Z", mix(p.paper, p.glow, 0.15), opacity=0.35),
        path(threads, stroke=mix(p.paper, p.glow, 0.25), stroke_width=3.5),
    )
    s.lift(rect(416, 336, 388, 250, mix(p.near, p.ink, 0.25)))
    s.add(*_brocade(s, 416, 336))
    s.lift(
        rect(392, 306, 436, 26, s.wood(0.1), rx=10),
        line("M430 306V190M790 306V190", p.ink, 4),
        rect(392, 176, 436, 18, s.wood(0.3), rx=8),
    )
    s.lift(rect(360, 578, 500, 34, s.wood(0.25), rx=16))
    s.lift(path("M640 322Q700 296 780 318Q710 346 640 322Z", p.accent), rect(686, 313, 46, 12, p.paper, rx=6))
    s.add(line("M640 322C560 340 500 330 420 340", p.accent, 4))
    for i, colour in enumerate((p.accent, p.glow, p.near)):
        x = 930 + i * 88
        s.lift(
            path(f"M{x - 34} 610L{x - 24} 520H{x + 24}L{x + 34} 610Z", colour),
            rect(x - 30, 508, 60, 13, s.wood(0.3), rx=6),
            line(f"M{x - 25} 540h50M{x - 28} 564h56M{x - 31} 588h62", mix(colour, p.ink, 0.3), 4, opacity=0.6),
        )
    s.lift(
        line("M950 110H1140", s.wood(0.3), 14),
        *(
            line(f"M{x} 114c-26 60 26 120 0 190M{x + 14} 114c-22 60 30 120 4 170", c, 15)
            for x, c in ((975, p.accent), (1040, p.near), (1100, p.glow))
        ),
    )
    s.spot(180, 630)
    s.spot(1150, 632)


def _brocade(s: Scene, x: int, y: int) -> list[str]:
    """Weave bands of diamonds, hills and dots from the palette."""
    p = s.palette
    zig = "".join(f"M{x} {y + dy}" + "l16-22l16 22" * 12 for dy in (44, 206))
    diamonds = "".join(f"M{x + 24 + i * 48} {y + 66}l24 34l-24 34l-24-34Z" for i in range(8))
    inner = "".join(f"M{x + 24 + i * 48} {y + 82}l12 18l-12 18l-12-18Z" for i in range(8))
    hooks = "".join(f"M{x + 8 + i * 48} {y + 236}v-16h24v10h-12" for i in range(8))
    beads = [(x + 16 + i * 32, y + 152) for i in range(12)]
    return [
        line(zig, p.glow, 7),
        path(diamonds, p.accent),
        path(inner, p.paper),
        path(f"M{x} {y + 136}h388M{x} {y + 168}h388M{x} {y + 56}h388", stroke=p.sky, stroke_width=5),
        dots(beads, p.glow, 13),
        path(f"M{x} {y + 10}h388", stroke=p.accent, stroke_width=11),
        line(hooks, p.sky, 6),
    ]


def opera(s: Scene) -> None:
    """An opera singer in water sleeves, caught in the light of the stage."""
    p = s.palette
    s.add(rect(0, 0, 1200, 675, s.fade(mix(p.ink, p.near, 0.2), mix(p.near, p.accent, 0.25))))
    s.lift(circle(600, 300, 292, s.fade(mix(p.paper, p.glow, 0.25), mix(p.glow, p.paper, 0.3))))
    s.add(circle(600, 300, 262, "none", stroke=p.paper, stroke_width=3, opacity=0.7))
    for x, y in ((400, 150), (700, 120), (690, 430), (390, 420)):
        ground.cloud(s, x + s.rng.randint(-30, 30), y, 130, mix(p.paper, p.glow, 0.2), 0.75)
    s.lift(path("M-20 600Q600 540 1220 600V700H-20Z", s.fade(s.wood(0.15), s.wood(0.6))))
    ground.floor_shadow(s, 600, 618, 170, 16)
    robe = s.fade(p.accent, mix(p.accent, p.ink, 0.2))
    silk = mix(p.paper, "#ffffff", 0.5)
    s.lift(
        line("M578 130C500 20 380 0 290 90M622 130C700 20 820 0 910 90", mix(p.ink, p.accent, 0.25), 9),
        line("M560 110C500 44 420 30 350 70M640 110C700 44 780 30 850 70", p.glow, 4, stroke_dasharray="3 12"),
    )
    s.lift(
        path(
            "M520 300C440 290 380 330 330 290C270 240 210 300 240 360C262 400 320 390 320 350C330 400 290 440 220 430C290 480 380 450 410 400C440 370 500 380 530 370Z",
            silk,
        ),
        path(
            "M680 300C760 270 800 200 870 210C940 224 960 300 910 330C880 344 850 320 860 296C830 330 850 380 920 386C840 420 780 390 760 360C740 350 700 372 670 372Z",
            silk,
        ),
    )
    s.add(
        line(
            "M300 300C270 290 250 320 262 350M400 350C440 340 480 340 520 340M880 240C910 244 920 280 900 300M760 320C730 334 700 340 680 340",
            p.far,
            4,
        )
    )
    s.lift(
        path(
            "M600 240C540 240 506 280 500 330L530 400C500 480 470 560 450 616Q600 650 750 616C730 560 700 480 670 400L700 330C694 280 660 240 600 240Z",
            robe,
        ),
        path(
            "M500 330C470 320 470 290 520 264L560 250L540 372ZM700 330C730 320 730 290 680 264L640 250L660 372Z", robe
        ),
        path("M566 244L600 320L634 244L614 238H586Z", silk),
        path("M528 396Q600 424 672 396L678 424Q600 452 522 424Z", p.glow),
    )
    hem = "".join(f"M{452 + i * 50} {602 + (4 - abs(i - 2.5) * 2):.0f}a25 25 0 0 1 50 0" for i in range(6))
    s.add(
        line(hem, p.glow, 7),
        line("M560 450Q540 530 530 600M640 450Q660 530 670 600M600 444V606", mix(p.accent, p.ink, 0.4), 5, opacity=0.6),
    )
    s.lift(
        ellipse(600, 190, 46, 54, mix(p.paper, s.skin(), 0.35)),
        path("M548 196C536 110 664 110 652 196C646 160 620 148 600 158C580 148 554 160 548 196Z", p.ink),
        path("M536 150Q540 96 600 84Q660 96 664 150Q600 116 536 150Z", p.near),
        dots([(552, 134), (574, 118), (600, 110), (626, 118), (648, 134)], p.glow, 18),
        circle(600, 82, 15, p.accent),
        circle(546, 218, 8, p.glow),
        circle(654, 218, 8, p.glow),
    )
    for side in (0, 1):
        cloth = "M-20-20H330Q300 130 170 240Q110 400 190 700H-20Z"
        folds = "M70 0Q90 300 60 690M150 0Q170 150 110 260M230 0Q230 90 160 180M120 330Q90 480 130 690"
        red = mix(p.near, p.ink, 0.35)
        s.lift(
            place(
                1200 * side,
                0,
                path(cloth, s.fade(red, mix(red, p.ink, 0.4))),
                line(folds, p.glow, 4, opacity=0.3),
                line("M120 262Q150 262 178 232", p.glow, 13),
                flip=bool(side),
            )
        )
    s.spot(330, 630)
    s.spot(880, 636)


def music(s: Scene) -> None:
    """A pipa with its tune blowing over the hills as birds and notes."""
    p = s.palette
    ground.day_sky(s)
    ground.sun(s, 600, 300, 190)
    ground.clouds(s, 2, 40, 110)
    ground.far_hills(s, 460, 44, 2)
    staff = "".join(
        f"M-20 {y + 70}C240 {y - 90} 420 {y + 150} 640 {y + 20}S1000 {y - 80} 1220 {y + 30}"
        for y in range(230, 351, 30)
    )
    s.add(line(staff, p.paper, 5, opacity=0.85))
    ink = mix(p.ink, p.near, 0.2)
    notes = ((150, 240, 1.0), (280, 250, 0.8), (880, 270, 1.0), (1010, 220, 0.85), (1110, 260, 0.75))
    s.add(
        *(place(x, y + s.rng.randint(-30, 30), _note(ink), scale=k, turn=s.rng.randint(-12, 12)) for x, y, k in notes)
    )
    ground.birds(s, 330, 150, 4)
    ground.meadow(s, 570, bow=25)
    face, edge = s.fade(mix(p.glow, p.paper, 0.45), mix(p.accent, p.glow, 0.45)), s.wood(0.45)
    body = "M-28-130C-44-40-150 20-150 140C-150 240-80 290 0 290C80 290 150 240 150 140C150 20 44-40 28-130Z"
    frets = (
        "".join(f"M{-24 - i * 3} {-104 + i * 26}H{24 + i * 3}" for i in range(5))
        + "M-40 46H40M-44 76H44M-48 106H48M-50 134H50"
    )
    s.lift(
        place(
            590,
            300,
            line("M-24-210L-72-232M24-190L72-212M-24-176L-72-192M24-156L72-172", s.wood(0.65), 15),
            path("M-20-110V-250C-20-280-50-290-44-320C-36-346 20-344 30-310C36-290 20-280 20-250V-110Z", s.wood(0.6)),
            path(body, face, stroke=edge, stroke_width=13),
            line(frets, s.wood(0.25), 9),
            line("M-58 204H58", s.wood(0.65), 19),
            path("M-90 100a26 40 0 0 0 0 84a34 44 0 0 1 0-84ZM90 100a26 40 0 0 1 0 84a34 44 0 0 0 0-84Z", s.wood(0.6)),
            path("M-12-220L-20 204M-4-220L-7 204M4-220L7 204M12-220L20 204", stroke=p.paper, stroke_width=2.5),
            turn=16,
            scale=1.02,
        )
    )
    s.spot(250, 620, 46)


def _note(colour: str) -> str:
    return ellipse(0, 0, 20, 15, colour, transform="rotate(-20)") + line("M17-6V-84Q44-70 42-40", colour, 7)
