"""What a person can do on the pages, in the words of the pages."""

from collections.abc import Sequence
from typing import Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page

_AXE: Final[str] = Axe().axe_script
_RUN: Final = "options => axe.run(options).then(found => found.violations)"
RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
"""All rules of WCAG 2.2 AA that can be judged without a person."""
COLOURS: Final = ("color-contrast", "link-in-text-block")
"""Those of them that look at colours."""
_OVERFLOWS: Final = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
_UNREACHED: Final = """
() => {
    const all = "a[href], button, input, select, textarea, summary, [tabindex]";
    const seen = one => one.checkVisibility({visibilityProperty: true}) && !one.disabled;
    const told = (what, one) => `${what}: ${one.outerHTML.slice(0, 120)}`;
    const wrong = [];
    document.activeElement?.blur();
    for (const one of document.querySelectorAll(all)) {
        if (!seen(one) || one.type === "hidden" || one.tabIndex === -1 && one.matches("main, [role=status]"))
            continue;
        if (one.tabIndex !== 0) { wrong.push(told("not in the row of the tab key", one)); continue; }
        const style = getComputedStyle(one), ring = () => [style.outlineStyle, style.boxShadow].join();
        const before = ring();
        one.focus({focusVisible: true, preventScroll: true});
        if (document.activeElement !== one) wrong.push(told("takes no focus", one));
        else if (ring() === before) wrong.push(told("shows no focus", one));
    }
    document.activeElement?.blur();
    return wrong;
}
"""
"""What can be used by a pointer must be reached by the tab key, in the order of the page, and show it."""


class Visitor:
    """Somebody in front of one window, who also hears what the browser complains of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def log_in(self, identifier: str, password: str) -> None:
        """Log in by password."""
        self.page.goto("/console/login")
        self.page.get_by_label("E-mail, telephone or user name").fill(identifier)
        self.page.get_by_label("Password").fill(password)
        self.press("Log in")

    def press(self, label: str) -> None:
        """Press a button of the page, and wait for what comes."""
        self.page.locator("main").get_by_role("button", name=label, exact=True).click()
        self.page.wait_for_load_state()

    def go(self, path: str) -> None:
        """Open a page of the console."""
        self.page.goto(f"/console/{path}")

    @property
    def text(self) -> str:
        """Give what can be read on the page, spaces alike."""
        return " ".join(self.page.locator("main").inner_text().split())

    def check_page(self, rules: Sequence[str] = RULES) -> list[str]:
        """List what is wrong with this page for those who see, hear or type, or have a small window."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(_AXE)
        # What passes is not described: that would be most of the work.
        chosen = {"runOnly": list(rules), "resultTypes": ["violations"]}
        found = self.page.evaluate(_RUN, chosen)
        wrong = [f"{one['id']}: {one['nodes'][0]['html']}" for one in found]
        return wrong + self.check_width()

    def check_width(self) -> list[str]:
        """List what is wrong with this page in a window of this width."""
        if self.page.evaluate(_OVERFLOWS):
            return ["the page is wider than its window"]
        return []

    def check_keyboard(self) -> list[str]:
        """List what those who only type cannot reach on this page, or cannot see that they reached."""
        return [str(one) for one in self.page.evaluate(_UNREACHED)]

    def check_quiet(self) -> None:
        """Fail when the browser complained, of its content policy too."""
        assert self.complaints == [], self.complaints

    def _hear(self, message: ConsoleMessage) -> None:
        # That a form was refused is no complaint: browsers log every answer of 4xx.
        if message.type in {"error", "warning"} and "status of 422" not in message.text:
            self.complaints.append(message.text)
