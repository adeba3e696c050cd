"""A feed that writes markup, scripts and templates into every field that it has, and a walk over all pages that show them."""

import re
from collections import Counter
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.sax.saxutils import escape

from tests.browser import severe

_RUN = "document.documentElement.dataset.ran=1"
MARKUP = f"<img src=x onerror={_RUN}>\"'><svg onload={_RUN}></svg><script>{_RUN}</script>{{{{ 7919*7907 }}}}{{% raw %}}"
EVALUATED = "62615533"
# What no page may have: handlers, scripts of no file, addresses that run, pictures of strangers.
_FOUND = """
const attributes = [...document.querySelectorAll("*")].flatMap((each) => [...each.attributes].map((one) => [each, one]));
return [
  document.documentElement.dataset.ran,
  ...attributes.filter(([_, { name }]) => name.startsWith("on")).map(([each]) => each.outerHTML),
  ...attributes.filter(([_, { value }]) => /^\\s*(javascript|data:text|vbscript)/i.test(value)).map(([each]) => each.outerHTML),
  ...[...document.querySelectorAll("script:not([src]), img[src='x'], iframe, object, embed")].map((each) => each.outerHTML),
].filter(Boolean);
"""
_LINKS = "return [...document.querySelectorAll('a[href]')].map((each) => each.getAttribute('href'))"
_NO_PAGE = re.compile(r"/export|/result|/sign-|\.(rss|atom|json|csv|xlsx|ya?ml|opml|png)($|\?)")
_LIKE = 3  # pages of one form that are looked at


def hostile_feed() -> str:
    """RSS with a deal that is pushed, one that names two prices, and one whose link is a script.

    Everything is there twice: as markup, and as text that is markup once it was read.
    """
    said = escape(f"{MARKUP} {escape(MARKUP)}")
    worth = escape(f"<p>That's $70 less than you'd pay elsewhere. Two gears, a metal chuck, a charger. {MARKUP}</p>")
    deals = (
        (f"20V Brushless Cordless Drill Kit w/ 2 Batteries for $59 {said}", "https://deals.example/drill?a=%22%3E%3Cb%3E", "59.00"),
        (f"Cordless drills {said}: the small one for $19 or the large one for $39", "https://deals.example/drills", None),
        (f"Premium Noise-Cancelling Headphones {said} for $29", f"javascript:{_RUN}", "29.00"),
    )
    items = [
        f"<item><title>{title}</title><link>{escape(link)}</link><guid>{escape(link)}{said}</guid>"
        f"<description>{worth}{said}</description><author>{said}</author><category>{said}</category>"
        f"<dealnews:retailer>Shop {said}</dealnews:retailer><dealnews:category>Tools {said}</dealnews:category>"
        f"<dealnews:dealType>{said}</dealnews:dealType>"
        + (f'<dealnews:price currency="USD">{price}</dealnews:price>' if price else "")
        + "</item>"
        for title, link, price in deals
    ]
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:dealnews="https://www.dealnews.com/ns/rss/1.0.htm">'
        f"<channel><title>Deals {said}</title><link>https://deals.example/{said}</link><description>{said}</description>"
        f"{''.join(items)}</channel></rss>"
    )


def walk(browser: Any, base: str) -> tuple[list[str], dict[str, list[str]]]:
    """Follow the links from the first page on. (paths that were looked at, what was found amiss by path)."""
    waiting, seen, forms = ["/"], list[str](), Counter[str]()
    amiss: dict[str, list[str]] = {}
    while waiting:
        path = waiting.pop(0)
        browser.get(urljoin(base, path))
        browser.execute_script("document.querySelectorAll('main details').forEach((each) => each.open = true)")
        text = browser.find_element("tag name", "body").text
        wrong = [*browser.execute_script(_FOUND), *severe(browser), *([EVALUATED] if EVALUATED in text else [])]
        amiss |= {path: wrong} if wrong else {}
        seen.append(path)
        for link in browser.execute_script(_LINKS):
            parts = urlsplit(urljoin(browser.current_url, link))
            target = f"{parts.path}{'?' if parts.query else ''}{parts.query}"
            form = re.sub(r"=[^&]*", "=", re.sub(r"/(\d+|[0-9a-f-]{8,})(?=/|\?|$)", "/…", target))
            is_ours = parts.netloc == urlsplit(base).netloc and not _NO_PAGE.search(target)
            if is_ours and target not in (*seen, *waiting) and forms[form] < _LIKE:
                forms[form] += 1
                waiting.append(target)
    return seen, amiss
