"""What is looked for on a participant's page as it stands in a browser: each check gives one line a fault."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

MOST_REQUESTS = 2  # the page and its script
# Added up from before the first paint; a shift counts also where a tap came just before it.
_COUNT_SHIFTS = """
window.shifted = 0;
new PerformanceObserver(list => list.getEntries().forEach(entry => { window.shifted += entry.value }))
  .observe({ type: "layout-shift", buffered: true });
"""
_ENLARGE = "size => { document.documentElement.style.fontSize = size }"
_OUTSIDE = """() => [...document.querySelectorAll("a, button:not(.unseen)")].filter(one => one.checkVisibility())
  .filter(one => {
    const box = one.matches("a:not(.call)") ? one.closest("main > *, footer, p") : one;
    const room = box.getBoundingClientRect(), texts = document.createTreeWalker(one, NodeFilter.SHOW_TEXT), lines = [];
    while (texts.nextNode()) {
      const words = new Range();
      words.selectNodeContents(texts.currentNode);
      if (!texts.currentNode.parentElement.closest(".unseen")) lines.push(...words.getClientRects());
    }
    return lines.some(line => line.left < room.left - 1 || line.right > room.right + 1);
  }).map(one => `words stand out of their box: ${one.outerHTML.slice(0, 120)}`)"""
_SETTLE = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"
# A link inside a sentence may be as high as its line (WCAG 2.2, 2.5.8 "Inline"); a radio or a tick is as large as its
# label. Cells of the scale stand eleven to a row.
_SMALL = """() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
  .filter(one => one.checkVisibility() && !one.closest("[aria-hidden=true]"))
  .filter(one => !(one.matches("a") && [...one.parentElement.childNodes].some(each => each.data?.trim())))
  .map(one => {
    const box = one.matches("[type=radio], [type=checkbox]") ? one.closest("label") : one;
    const { width, height } = box.getBoundingClientRect();
    const [wide, high] = one.closest(".scale") ? [24, 56] : [44, 44];
    return width < wide || height < high ? `${width} x ${height}: ${one.outerHTML.slice(0, 120)}` : "";
  }).filter(Boolean)"""


def watch(context: BrowserContext) -> None:
    """Have every page of a context add up its layout shifts."""
    context.add_init_script(_COUNT_SHIFTS)


def violations(page: Page) -> list[str]:
    """What axe finds, the first place of each rule."""
    axe = Axe("0") if page.evaluate("'axe' in window") else Axe()  # it may be there, from another width
    found = axe.run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found]


def overhang(page: Page) -> list[str]:
    """Whether the page scrolls sideways."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{wide} pixels stand out sideways"] if wide else []


def enlarged(page: Page) -> list[str]:
    """What stands out sideways, of the page or of its box, with text twice as large."""
    page.evaluate(_ENLARGE, "200%")
    found = [f"text twice as large: {fault}" for fault in (*overhang(page), *page.evaluate(_OUTSIDE))]
    page.evaluate(_ENLARGE, "")
    return found


def small_targets(page: Page) -> list[str]:
    """What is to be tapped but is smaller than 44 by 44 pixels, or 24 by 56 in the scale."""
    return page.evaluate(_SMALL)


def shifts(page: Page) -> list[str]:
    """What has moved since the page was opened, as a layout shift score."""
    page.evaluate(_SETTLE)
    score = page.evaluate("window.shifted")
    return [f"layout shift {score:.4f}"] if score else []


def requests(asked: list[str], own: str) -> list[str]:
    """What was asked for elsewhere, or beyond the page and its script."""
    real = [url for url in asked if not url.startswith("data:")]
    faults = [f"asks elsewhere: {url}" for url in real if not url.startswith(own + "/")]
    return faults + ([f"{len(real)} requests"] if len(real) > MOST_REQUESTS else [])


def faults(page: Page, address: str) -> list[str]:
    """Open a page (of a context that is watched) and look for everything."""
    asked: list[str] = []

    def note(request) -> None:
        asked.append(request.url)

    page.on("request", note)
    page.goto(address)
    found = [*violations(page), *overhang(page), *small_targets(page), *shifts(page)]
    choice = page.locator(":is([type=radio], [type=checkbox]):not(:checked)")
    if choice.count():
        choice.last.locator("xpath=..").click()
        found += [f"after choosing: {fault}" for fault in (*shifts(page), *overhang(page))]
    found += enlarged(page)
    page.remove_listener("request", note)
    found += requests(asked, "/".join(address.split("/")[:3]))
    if page.context.cookies():
        found.append("a cookie was set")
    if page.locator("img, picture, video, iframe, object").count():
        found.append("loads a picture")
    return found
