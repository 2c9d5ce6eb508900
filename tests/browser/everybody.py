"""Whether everybody can use a page: WCAG 2.2 AA, in light and dark, on a phone and on a desk."""

from pathlib import Path

import axe_playwright_python

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
BEYOND_AXE = Path(__file__).with_name("beyond_axe.js").read_text()


def violations(page):
    """What axe and our own rules object to, with the elements they mean."""
    if not page.evaluate("window.axe !== undefined"):
        page.evaluate(AXE)
    found = page.evaluate("rules => axe.run({runOnly: rules, resultTypes: ['violations']})", RULES)
    return page.evaluate(BEYOND_AXE) + [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def in_every_light(page):
    """The violations on a phone and on a desk, in light and dark, and the screens that are too narrow."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            found += [f"{scheme} {width} {each}" for each in violations(page)]
    return found + too_wide(page)


def too_wide(page):
    """At which widths one would have to scroll sideways."""
    found = []
    for width in (360, 390, 768, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"wider than a screen of {width}")
    return found
