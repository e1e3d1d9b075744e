"""What pages tell programs: JSON-LD that no title can break out of, an Atom feed, a calendar."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from lxml import etree

from redflower.domains.disclosures.models import Report
from redflower.domains.festivals.services import close_pools, draw_due_slices
from redflower.domains.organizations.models import Charity
from redflower.faces.proof_site.icalendar import Event, escape, fold, write_calendar
from redflower.faces.shared.schema_org import Linked
from redflower.kernel import clock
from tests.faces.journey import open_project
from tests.factories import make_charity, make_festival, make_project

ATOM = "{http://www.w3.org/2005/Atom}"
WICKED = 'Lunch</script><script>alert(1)</script><!-- & "quotes" \u2028 ]]>'


def linked_of(page: str) -> list[dict[str, Any]]:
    """The facts of a page's block of data, as a parser of HTML finds it."""
    blocks = etree.HTML(page).xpath('//script[@type="application/ld+json"]/text()')
    assert len(blocks) == 1
    facts = json.loads(blocks[0])
    assert facts["@context"] == "https://schema.org"
    return facts["@graph"]


def of_kind(page: str, kind: str) -> dict[str, Any]:
    return next(thing for thing in linked_of(page) if thing["@type"] == kind)


# --- JSON-LD ---------------------------------------------------------------------------------------


def test_no_text_ends_the_block_it_stands_in():
    told = str(Linked({"@type": "Thing", "name": WICKED}).__html__())
    assert not set("<>&\u2028\u2029") & set(told)
    assert json.loads(told)["@graph"][0]["name"] == WICKED


@pytest.mark.django_db
def test_a_project_with_a_wicked_title_does_no_harm(client: Client):
    project = open_project(slug="lunch", title_zh=WICKED, title_en=WICKED)
    page = client.get("/projects/lunch").content.decode()
    assert "<script>alert(1)" not in page
    told = of_kind(page, "Project")
    assert told["name"] == WICKED
    assert told["potentialAction"]["@type"] == "DonateAction"
    assert told["potentialAction"]["target"]["urlTemplate"] == "http://testserver/projects/lunch/calm"
    assert told["parentOrganization"]["@type"] == "NGO"
    crumbs = of_kind(page, "BreadcrumbList")["itemListElement"]
    assert [each["position"] for each in crumbs] == [1, 2]
    assert crumbs[-1]["item"] == told["url"]
    project.ends_at = clock.now() - timedelta(days=1)
    project.save()
    assert "potentialAction" not in of_kind(client.get("/projects/lunch").content.decode(), "Project")


@pytest.mark.django_db
def test_charities_festivals_and_the_site_are_told(client: Client):
    charity = make_charity(slug="kind", name_zh="善心会", name_en="Kind Hearts")
    make_project(charity=charity)
    told = of_kind(client.get("/charities/kind").content.decode(), "NGO")
    assert (told["name"], told["alternateName"]) == ("善心会", "Kind Hearts")
    assert told["identifier"]["value"] == Charity.objects.get(slug="kind").uscc
    make_festival(opens_at=clock.now())
    address = re.search(r'href="(/festivals/festival-\d+)"', client.get("/festivals").content.decode())
    event = of_kind(client.get(address[1]).content.decode(), "Event")
    assert datetime.fromisoformat(event["startDate"]) < datetime.fromisoformat(event["endDate"])
    assert event["eventAttendanceMode"].endswith("OnlineEventAttendanceMode")
    assert [each["name"] for each in event["sponsor"]] == ["赞助方"]
    site = of_kind(client.get("/").content.decode(), "WebSite")
    assert site["potentialAction"]["target"]["urlTemplate"].endswith("projects?q={search_term_string}")
    assert of_kind(client.get("/open").content.decode(), "Dataset")["license"].startswith(
        "https://creativecommons.org/"
    )


# --- Atom ------------------------------------------------------------------------------------------


def feed_of(client: Client, language: str = "zh-hans") -> etree._Element:
    answer = client.get(f"/open/news.atom?language={language}")
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert answer["Content-Language"] == language
    assert "Cookie" not in answer.get("Vary", "")
    return etree.fromstring(answer.content)


def _report(project: Any, **fields: Any) -> Report:
    values = {
        "kind": "progress",
        "title_zh": "第一份进展",
        "title_en": "First progress",
        "body_zh": "一切顺利\n\n还有",
        "body_en": "",
    }
    return Report.objects.create(project=project, **{**values, "published_at": clock.now(), **fields})


@pytest.mark.django_db
def test_news_tells_projects_reports_and_results(client: Client):
    now = clock.now()
    project = open_project(slug="lunch", title_zh=WICKED, published_at=now - timedelta(days=2))
    hidden = open_project(slug="gone", title_zh="看不见", state="hidden", published_at=now)
    _report(project)
    _report(hidden, title_zh="看不见的报告")
    festival = make_festival(opens_at=now - timedelta(hours=3), hours=1)
    draw_due_slices(festival, "Asia/Shanghai", now)
    assert "结果" not in etree.tostring(feed_of(client), encoding="unicode")
    close_pools(festival, now)
    feed = feed_of(client)
    entries = feed.findall(f"{ATOM}entry")
    titles = [entry.findtext(f"{ATOM}title") for entry in entries]
    assert any(title.endswith("的结果") for title in titles)
    assert f"新项目：{WICKED}" in titles
    assert f"{WICKED} · 第一份进展" in titles
    assert not [title for title in titles if "看不见" in title]
    assert {entry.findtext(f"{ATOM}summary") for entry in entries} >= {"一切顺利"}


@pytest.mark.django_db
def test_a_feed_has_what_rfc_4287_asks_and_keeps_its_ids(client: Client):
    _report(open_project(slug="lunch"))
    feed, again, english = feed_of(client), feed_of(client), feed_of(client, "en")
    for root in (feed, english):
        for name in ("id", "title", "updated", "author", "link"):
            assert root.find(f"{ATOM}{name}") is not None, name
        assert {link.get("rel") for link in root.findall(f"{ATOM}link")} == {"self", "alternate"}
        entries = root.findall(f"{ATOM}entry")
        updated = [datetime.fromisoformat(entry.findtext(f"{ATOM}updated")) for entry in entries]
        assert updated == sorted(updated, reverse=True)
        assert datetime.fromisoformat(root.findtext(f"{ATOM}updated")) == updated[0]
        for entry in entries:
            assert entry.findtext(f"{ATOM}id").startswith("urn:uuid:")
            assert entry.find(f"{ATOM}link").get("href").startswith("http://testserver/")
    ids = [[entry.findtext(f"{ATOM}id") for entry in root.iter(f"{ATOM}entry")] for root in (feed, again, english)]
    assert ids[0] == ids[1] == ids[2]
    assert len(set(ids[0])) == len(ids[0]) == 2
    assert english.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"


@pytest.mark.django_db
def test_an_empty_feed_is_still_a_feed(client: Client):
    feed = feed_of(client)
    assert feed.findall(f"{ATOM}entry") == []
    assert feed.findtext(f"{ATOM}updated") == "1970-01-01T00:00:00.000000Z"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/open/news.atom?language=en", "/open/calendar.ics?language=zh-hans"])
def test_a_feed_that_has_not_changed_is_not_sent_again(client: Client, path):
    first = client.get(path)
    assert client.get(path, headers={"if-none-match": first["ETag"]}).status_code == 304
    open_project(slug="lunch", ends_at=clock.now() + timedelta(days=400))
    assert client.get(path, headers={"if-none-match": first["ETag"]}).status_code == 200


@pytest.mark.django_db
def test_pages_say_where_the_feeds_are(client: Client):
    open_project(slug="lunch")
    page = client.get("/projects/lunch", headers={"accept-language": "en"}).content.decode()
    links = etree.HTML(page).xpath('//link[@rel="alternate"]')
    assert [link.get("href") for link in links] == ["/open/news.atom?language=en", "/open/calendar.ics?language=en"]
    assert all(client.get(link.get("href")).status_code == 200 for link in links)


# --- iCalendar -------------------------------------------------------------------------------------


def unfold(body: bytes) -> list[str]:
    assert body.endswith(b"\r\n")
    assert b"\n" not in body.replace(b"\r\n", b"")
    for line in body.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()  # never cut inside a character
    return body.decode().replace("\r\n ", "").split("\r\n")[:-1]


def events_of(body: bytes) -> list[dict[str, str]]:
    """A small reader of its own: BEGIN and END match, and every property has its name before the first colon."""
    lines = unfold(body)
    assert (lines[0], lines[1], lines[-1]) == ("BEGIN:VCALENDAR", "VERSION:2.0", "END:VCALENDAR")
    found: list[dict[str, str]] = []
    for line in lines:
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            found.append({})
        elif found and line not in ("END:VEVENT", "END:VCALENDAR"):
            assert name not in found[-1]
            found[-1][name] = value
    for event in found:
        assert {"UID", "DTSTAMP", "SUMMARY", "URL"} <= event.keys()
        assert re.fullmatch(r"\d{8}T\d{6}Z", event["DTSTAMP"])
    assert len({event["UID"] for event in found}) == len(found)
    return found


@pytest.mark.django_db
def test_the_calendar_has_festivals_and_reports_that_are_due(client: Client):
    now = clock.now()
    open_project(
        slug="lunch", title_zh="午餐；\\一,二", starts_at=now - timedelta(days=30), ends_at=now + timedelta(days=300)
    )
    open_project(slug="gone", state="hidden")
    opens = now.replace(microsecond=0) + timedelta(days=3)
    make_festival(opens_at=opens)
    answer = client.get("/open/calendar.ics?language=zh-hans")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    events = events_of(answer.content)
    festival = next(event for event in events if event["UID"].startswith("festival-"))
    assert festival["DTSTART"] == opens.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    due = next(event for event in events if event["UID"].startswith("due-"))
    assert due["SUMMARY"].startswith("午餐；\\\\一\\,二：")
    start, end = (
        datetime.strptime(due[f"{name};VALUE=DATE"], "%Y%m%d").replace(tzinfo=UTC) for name in ("DTSTART", "DTEND")
    )
    assert end - start == timedelta(days=1)
    assert not [event for event in events if "/projects/gone" in event["URL"]]
    own = events_of(client.get("/open/calendar.ics?project=lunch&language=zh-hans").content)
    assert own == [event for event in events if "/projects/lunch" in event["URL"]]
    assert client.get("/open/calendar.ics?project=gone").status_code == 404


def test_lines_are_folded_between_characters():
    for text in ("花" * 200, "a" * 74, "a" * 75, "a" * 76, "🌺é花" * 60, ""):
        pieces = list(fold(text))
        assert all(len(piece.encode()) <= 75 for piece in pieces)
        assert pieces[0] + "".join(piece[1:] for piece in pieces[1:]) == text
        assert all(piece.startswith(" ") for piece in pieces[1:])


def test_texts_cannot_become_properties():
    text = "one\r\nBEGIN:VEVENT\r\nUID:x;y,z\\"
    event = Event(
        "uid@host",
        datetime(2026, 9, 9, 8, tzinfo=UTC),
        datetime(2026, 9, 9, 9, tzinfo=UTC),
        text,
        text,
        "https://x/",
        "k",
    )
    events = events_of(write_calendar("c", [event], datetime(2026, 9, 9, tzinfo=UTC)))
    assert len(events) == 1
    assert events[0]["SUMMARY"] == escape(text) == "one\\nBEGIN:VEVENT\\nUID:x\\;y\\,z\\\\"
