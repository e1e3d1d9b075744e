"""Writing an Atom feed (RFC 4287)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from xml.etree.ElementTree import Element, SubElement, tostring  # written only, never read

from redflower.kernel.canon import instant

MEDIA_TYPE = "application/atom+xml; charset=utf-8"
_NAMESPACE = "http://www.w3.org/2005/Atom"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True)
class NewsItem:
    """One thing that happened. Its id never changes, whatever its words become."""

    id: UUID
    at: datetime
    kind: str
    title: str
    text: str
    href: str  # absolute


def write_feed(address: str, page: str, title: str, author: str, language: str, items: Sequence[NewsItem]) -> bytes:
    """A feed of the items in the order given; `address` is its own, `page` the site's."""
    root = Element("feed", {"xmlns": _NAMESPACE, _LANG: language})
    SubElement(root, "id").text = address
    SubElement(root, "title").text = title
    SubElement(root, "updated").text = instant(
        max((item.at for item in items), default=datetime.fromisoformat("1970-01-01T00:00:00Z"))
    )
    SubElement(root, "link", rel="self", href=address, type="application/atom+xml")
    SubElement(root, "link", rel="alternate", href=page, type="text/html")
    SubElement(SubElement(root, "author"), "name").text = author
    for item in items:
        entry = SubElement(root, "entry")
        SubElement(entry, "id").text = item.id.urn
        SubElement(entry, "title").text = item.title
        SubElement(entry, "updated").text = instant(item.at)
        SubElement(entry, "published").text = instant(item.at)
        SubElement(entry, "category", term=item.kind)
        SubElement(entry, "link", rel="alternate", href=item.href, type="text/html")
        SubElement(entry, "summary", type="text").text = item.text
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, "utf-8", xml_declaration=False)
