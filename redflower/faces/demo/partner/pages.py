"""Ambler's pages: plain HTML of its own making, with Red Flower's component in the middle of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import pi
from typing import Any

from redflower.faces.demo.partner.words import NAMES, SCENES, TABS, WORDS

GOAL = 6_000
PAID_MINOR = 1_850


@dataclass(frozen=True, slots=True)
class Visit:
    """Who looks at which page in which language, and where Red Flower is."""

    tab: str
    language: str
    steps: int | None  # None: nobody is signed in
    flower_url: str

    def say(self, key: str, **facts: Any) -> str:
        return escape(WORDS[self.language][key].format(**facts))


def show(visit: Visit, told: Sequence[Mapping[str, Any]] = (), heard: Sequence[Mapping[str, Any]] = ()) -> str:
    """One whole page."""
    main = {"today": _today, "ride": _ride}.get(visit.tab, _plain)(visit)
    if visit.tab == "heard":
        main = _heard(visit, told, heard)
    return _FRAME.format(
        lang="zh-Hans" if visit.language == "zh" else "en",
        title=visit.say("name"),
        tagline=visit.say("tagline"),
        flower=escape(visit.flower_url),
        tabs="".join(f'<a href="{href}"{_current(name == visit.tab)}>{visit.say(name)}</a>' for name, href in TABS),
        other=visit.say("other"),
        switch=f"?lang={'en' if visit.language == 'zh' else 'zh'}",
        back=visit.say("back"),
        sign=_sign(visit),
        main=main,
        about=visit.say("about"),
        privacy=visit.say("privacy"),
    )


def _current(yes: bool) -> str:
    return ' aria-current="page"' if yes else ""


def _sign(visit: Visit) -> str:
    where, key = ("/sign-in", "sign_in") if visit.steps is None else ("/sign-out", "sign_out")
    return f'<form method="post" action="{where}"><button class="ghost">{visit.say(key)}</button></form>'


def _flower(visit: Visit, scene: str) -> str:
    language = "zh" if visit.language == "zh" else "en"
    return (
        f'<red-flower scene="{scene}" token-url="/flower-token" link-url="/flower-link" lang="{language}"></red-flower>'
    )


def _today(visit: Visit) -> str:
    steps = visit.steps or 0
    around = 2 * pi * 88
    drawn = around * min(steps / GOAL, 1)
    name = visit.say("hello", name=NAMES[visit.language]) if visit.steps is not None else visit.say("guest")
    walk = f'<form method="post" action="/walk"><button class="main">{visit.say("walk")}</button></form>'
    return f"""<section class="hero"><div><h1 class="kicker">{name}</h1>
<svg class="ring" viewBox="0 0 220 220" role="img" aria-label="{steps:,} {visit.say("steps")}">
<circle cx="110" cy="110" r="88" class="ring__track"/>
<circle cx="110" cy="110" r="88" class="ring__way" stroke-dasharray="{drawn:.1f} {around:.1f}" transform="rotate(-90 110 110)"/>
<text x="110" y="112" class="ring__n">{steps:,}</text><text x="110" y="138" class="ring__t">{visit.say("goal", n=f"{GOAL:,}")}</text></svg>
{walk if visit.steps is not None else ""}<p class="note">{visit.say("walk_note")}</p></div>
<div>{_flower(visit, "steps")}</div></section>
<section class="route">{_MAP}<div><h2>{visit.say("route")}</h2><p class="note">{visit.say("route_note")}</p></div></section>"""


def _ride(visit: Visit) -> str:
    paid = f"{PAID_MINOR // 100}.{PAID_MINOR % 100:02d}"
    head = f"""<section class="route done">{_MAP}<div><h1>{visit.say("ride_done")}</h1><p>{visit.say("ride_facts")}</p>
<p class="paid">{visit.say("paid", sum=paid)}</p></div></section>"""
    return head + _plain(visit, with_head=False)


def _plain(visit: Visit, with_head: bool = True) -> str:
    head = f'<h1 class="page">{visit.say(visit.tab)}</h1>' if with_head else ""
    parts = "".join(
        f'<article><h2>{visit.say(heading)}</h2><p class="note">{visit.say(note)}</p>{_flower(visit, scene)}</article>'
        for scene, heading, note in SCENES.get(visit.tab, ())
    )
    return f'{head}<section class="row">{parts}</section>'


def _heard(visit: Visit, told: Sequence[Mapping[str, Any]], heard: Sequence[Mapping[str, Any]]) -> str:
    reports = "".join(
        f"<li><time>{escape(each['at'])}</time><b>{visit.say('sent', n=each['sent'])}</b>"
        f"<span>{visit.say('accepted', n=each['accepted'])} · {visit.say('others', n=each['others'])}</span></li>"
        for each in told
    )
    events = "".join(
        f"<li><time>{escape(each['at'])}</time><b>{escape(each['type'])}</b><code>{escape(each['data'])}</code></li>"
        for each in heard
    )
    return f"""<h1 class="page">{visit.say("heard")}</h1><section class="row row--wide">
<article><h2>{visit.say("told_title")}</h2><p class="note">{visit.say("told_note")}</p>
<ol class="log">{reports or f"<li>{visit.say('nothing_told')}</li>"}</ol></article>
<article><h2>{visit.say("heard_title")}</h2><p class="note">{visit.say("heard_note")}</p>
<ol class="log">{events or f"<li>{visit.say('nothing_heard')}</li>"}</ol></article></section>"""


_MAP = """<svg class="map" viewBox="0 0 360 180" aria-hidden="true">
<rect width="360" height="180" class="map__land"/><path class="map__water" d="M0 120C60 96 110 150 180 128S300 84 360 104V180H0Z"/>
<path class="map__street" d="M0 40H360M60 0V120M150 0V130M250 0V100M0 84H360"/>
<path class="map__park" d="M166 20h70v48h-70z"/><path class="map__way" d="M28 112C70 88 110 140 176 116S286 74 334 92"/>
<circle class="map__from" cx="28" cy="112" r="7"/><circle class="map__to" cx="334" cy="92" r="7"/></svg>"""

_FRAME = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<title>{title}</title><meta name="description" content="{tagline}"><meta name="color-scheme" content="light dark">
<link rel="icon" href="/static/ambler.svg" type="image/svg+xml"><link rel="stylesheet" href="/static/ambler.css">
<script type="module" src="{flower}/widget/v1/red-flower.js"></script><script type="module" src="/static/ambler.js"></script></head>
<body><header><a class="brand" href="/"><svg viewBox="0 0 40 40" aria-hidden="true"><circle cx="20" cy="20" r="19"/><path d="M8 27C14 18 18 30 24 20S30 12 33 13"/></svg>{title}</a>
<div class="tools"><a class="ghost" href="{switch}">{other}</a>{sign}</div></header>
<nav aria-label="{title}">{tabs}</nav><main>{main}</main>
<footer><p>{about} {privacy}</p><a href="{flower}/scenes">{back}</a></footer></body></html>"""
