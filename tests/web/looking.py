"""What the tests of the page look for in HTML."""

import re
from html import unescape
from html.parser import HTMLParser

HOST = "testserver"
VOID = {"meta", "link", "input", "br", "img", "hr"}


class Seen(HTMLParser):
    """The tags of a page, the fields with and without a label, and whether tags are closed in order."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.labels, self.fields, self.ids, self.open, self.wrong, self.links = [], set(), [], [], [], [], []
        self.feed(html)
        self.wrong += self.open

    def handle_starttag(self, tag, attributes):
        held = dict(attributes)
        self.tags.append((tag, held))
        if tag not in VOID:
            self.open.append(tag)
        if "id" in held:
            self.ids.append(held["id"])
        if tag == "label":
            self.labels.add(held.get("for"))
        if tag in ("input", "select") and held.get("type") != "hidden":
            self.fields.append(held.get("id"))
        if tag == "a":
            self.links.append(held.get("href"))

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def without_figures(html):
    return re.sub(r"<svg.*?</svg>", "", html, flags=re.S)


def alert(html):
    found = re.search(r'role="alert">(.*?)</p>', html, flags=re.S)
    return unescape(found[1]) if found else ""


def table(html, start):
    """Rows of the first table whose caption begins so."""
    at = html.index(f"<caption>{start}")
    body = html[at : html.index("</table>", at)].split("<tbody>")[1]
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in body.split("<tr")[1:]]


def told(html):
    """What a page says in sentences: its paragraphs, points and labels of five words or more, without pictures and tables."""
    main = re.search(r"<main.*?</main>", html, flags=re.S)[0]
    main = re.sub(r"<svg.*?</svg>|<select.*?</select>|<table.*?</table>|<details.*?</details>", "", main, flags=re.S)
    found = re.findall(r"<(p|li|legend|label|span)\b[^>]*>(.*?)</\1>", main, flags=re.S)
    found = [(tag, one.replace("</label>", ". ") if tag == "p" and "hint" in one else one) for tag, one in found]
    words = (" ".join(unescape(re.sub(r"<[^>]+>", " ", one)).split()) for _, one in found)
    return [one for one in words if len(one.split()) >= 5]
