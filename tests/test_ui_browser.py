"""Drives the page in a real Chromium: asks, opens quotes, and looks for anything that should not be there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from qa.assistant import Assistant
from qa.ui.serve import Server, launch

pytestmark = [
    pytest.mark.browser,
    # What Gradio's own threads warn about (old pandas options, sockets left to the collector) is no fault of ours.
    pytest.mark.filterwarnings("default"),
]

SEEDS = Path(__file__).parents[1] / "seeds"
QUESTION = "How many Patriot systems were requested?"
TITLE = "L’Ukraine se prépare à une coopération militaire massive"
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE = 20_000  # milliseconds; a slow machine is not a failure
HOSTILE = (
    """Zorglub <script>window.hurt = 1</script> **gras** [lien](http://evil.example/l)
La tour Zorglub mesure 42 mètres <img src="http://evil.example/a.png" onerror="window.hurt = 1"> selon la mairie.
![image](http://evil.example/b.png) $$\\frac{1}{2}$$ `code` ${window.hurt = 1} {{value}} <b>gras</b> http://evil.example/c
<iframe src="http://evil.example/d"></iframe><style>body { display: none }</style>
"""
    + "W" * 3000
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("articles")
    for seed in SEEDS.glob("*.txt"):
        shutil.copy(seed, folder)
    (folder / "hostile.txt").write_text(HOSTILE, encoding="utf-8")
    assistant = Assistant.build([str(folder)], store=str(tmp_path_factory.mktemp("index")))
    running = launch(assistant, host="127.0.0.1", port=0, open_browser=False, block=False)
    yield running
    running.close()
    assistant.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((found for name in names if (found := shutil.which(name))), None)
    if path is None:
        reason = "no Chromium on this machine: apt-get install chromium"
        if os.environ.get("QA_REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield launched
        launched.close()


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Callable[..., Page]]:
    """Opens the page; afterwards checks that nothing outside was asked for, no script failed, nothing hostile ran."""
    pages: list[Page] = []
    outside: list[str] = []
    failures: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith((server.url, "data:", "blob:")):
            outside.append(request.url)

    def open_page(width: int = 1400, height: int = 900, **context: Any) -> Page:
        page = browser.new_page(viewport={"width": width, "height": height}, **context)
        page.set_default_timeout(PATIENCE)
        page.on("request", note)
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.goto(server.url)
        expect(page.locator("#qa-viewer .qa-empty")).to_be_visible(timeout=PATIENCE)
        pages.append(page)
        return page

    yield open_page
    hurt = [page.evaluate("window.hurt") for page in pages]
    for page in pages:
        page.close()
    assert outside == []
    assert failures == []
    assert hurt == [None] * len(pages)


def ask(page: Page, question: str) -> None:
    done = page.locator(".qa-copy").count()
    page.locator("#qa-question textarea").fill(question)
    page.locator("#qa-question textarea").press("Enter")
    expect(page.locator(".qa-copy")).to_have_count(done + 1, timeout=PATIENCE)


def last_answer(page: Page) -> str:
    return page.locator(".qa-answer").last.inner_text()


def in_view(page: Page, selector: str) -> bool:
    """Whether a person sees the middle of the element's first line: in the window, not scrolled out of its panel."""
    return bool(
        page.evaluate(
            """selector => {
                const element = document.querySelector(selector);
                const box = element.getClientRects()[0];
                const seen = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
                return element === seen || element.contains(seen);
            }""",
            selector,
        )
    )


def test_a_question_gets_its_answer_and_the_quote_opens_in_its_article(visit: Callable[..., Page]) -> None:
    page = visit()
    ask(page, QUESTION)
    assert "10" in page.locator(".qa-short").inner_text()
    assert TITLE in last_answer(page)
    page.locator(".qa-short .qa-chip").first.click()
    mark = page.locator("#qa-viewer mark")
    expect(mark).to_contain_text("au moins 10 systèmes Patriot", timeout=PATIENCE)
    expect(page.locator("#qa-viewer h2")).to_contain_text(TITLE)
    expect(page.locator("#qa-viewer .qa-text")).to_contain_text("promesses d’acheter pour 100 milliards")
    page.wait_for_function("document.activeElement.tagName === 'MARK'")
    assert in_view(page, "#qa-viewer mark")


def test_the_keyboard_alone_asks_opens_a_quote_and_comes_back(visit: Callable[..., Page]) -> None:
    page = visit()
    ask(page, QUESTION)
    chip = page.locator(".qa-short .qa-chip").first
    page.locator("#qa-new").focus()
    for _ in range(12):
        page.keyboard.press("Tab")
        if chip.evaluate("chip => chip === document.activeElement"):
            break
    assert "Open quote 1" in (chip.get_attribute("aria-label") or "")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.tagName === 'MARK'")
    page.locator(".qa-back").focus()
    page.keyboard.press("Enter")
    assert chip.evaluate("chip => chip === document.activeElement")


def test_an_unsupported_question_is_told_so_and_shows_near_passages_as_no_answer(visit: Callable[..., Page]) -> None:
    page = visit()
    ask(page, "How tall is the Eiffel Tower?")
    assert page.locator(".qa-short").count() == 0
    assert page.locator(".qa-none").inner_text()
    assert page.locator("#qa-sources [data-article]").count() == 0
    if page.locator(".qa-passage").count():
        expect(page.locator(".qa-nearest summary")).to_contain_text("not an answer")
        page.locator(".qa-passage").first.click()
        expect(page.locator("#qa-viewer mark")).to_be_visible(timeout=PATIENCE)


def test_a_follow_up_is_understood_and_says_how(visit: Callable[..., Page]) -> None:
    page = visit()
    ask(page, "Which countries are in the JEF?")
    ask(page, "And when was it founded?")
    assert "Understood as:" in last_answer(page)
    assert page.locator(".qa-question").count() == 2


def test_a_reload_brings_back_the_conversation_with_its_sources_and_its_thread(visit: Callable[..., Page]) -> None:
    page = visit()
    ask(page, QUESTION)
    before = page.locator(".qa-answer").inner_text(), page.locator("#qa-sources .qa-list").inner_text()
    page.reload()
    expect(page.locator(".qa-copy")).to_have_count(1, timeout=PATIENCE)
    assert (page.locator(".qa-answer").inner_text(), page.locator("#qa-sources .qa-list").inner_text()) == before
    page.locator("#qa-sources [data-article]").first.click()
    expect(page.locator("#qa-viewer mark")).to_contain_text("10 systèmes Patriot", timeout=PATIENCE)
    ask(page, "And for how much money?")
    assert "Understood as:" in last_answer(page)


def test_a_new_conversation_forgets_the_old_one_also_after_a_reload(visit: Callable[..., Page]) -> None:
    page = visit()
    ask(page, QUESTION)
    page.locator("#qa-new").click()
    expect(page.locator(".qa-question")).to_have_count(0, timeout=PATIENCE)
    assert page.locator("#qa-sources [data-article]").count() == 0
    page.reload()
    expect(page.locator("#qa-chat .example").first).to_be_visible(timeout=PATIENCE)
    assert page.locator(".qa-question").count() == 0


def test_two_tabs_are_two_conversations(visit: Callable[..., Page]) -> None:
    ask(visit(), QUESTION)
    assert visit().locator(".qa-question").count() == 0


def test_a_hostile_article_is_only_words(visit: Callable[..., Page]) -> None:
    page = visit()
    question = "La tour Zorglub mesure combien de mètres <img src=http://evil.example/q.png> [x](http://evil.example) ?"
    ask(page, question)
    assert page.locator(".qa-question").last.inner_text() == question
    assert '<img src="http://evil.example/a.png"' in last_answer(page)
    page.locator("#qa-listing button").first.click()
    page.locator("#qa-listing [data-article='hostile.txt']").click()
    text = page.locator("#qa-viewer .qa-text")
    expect(text).to_contain_text("Zorglub", timeout=PATIENCE)
    assert text.inner_text().rstrip() == HOSTILE.rstrip()
    assert page.locator(".qa-text *, .qa-answer img, .qa-answer script, .qa-question *, .katex").count() == 0
    assert page.locator("#qa-viewer").evaluate("viewer => viewer.scrollWidth <= viewer.clientWidth")


def test_the_browser_itself_would_refuse_to_load_from_elsewhere(browser: Browser, server: Server) -> None:
    page = browser.new_page()
    response = page.goto(server.url)
    assert response is not None
    assert "default-src 'self'" in response.headers["content-security-policy"]
    loaded = page.evaluate("fetch('http://evil.example/').then(() => 'loaded', () => 'refused')")
    page.close()
    assert loaded == "refused"


def test_a_wrong_date_is_told_and_keeps_the_question(visit: Callable[..., Page]) -> None:
    page = visit()
    page.locator("#qa-filters button").first.click()
    page.locator("#qa-since").locator("input, textarea").fill("2025-13-01")
    page.locator("#qa-question textarea").fill(QUESTION)
    page.locator("#qa-question textarea").press("Enter")
    expect(page.get_by_text("since = '2025-13-01' is not a day; write it as YYYY-MM-DD")).to_be_visible(
        timeout=PATIENCE
    )
    expect(page.locator("#qa-question textarea")).to_have_value(QUESTION)
    assert page.locator(".qa-question").count() == 0


def test_an_example_is_asked_by_a_click_and_the_answer_can_be_copied(visit: Callable[..., Page]) -> None:
    page = visit()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    assert page.locator("#qa-chat .example").count() == 6
    page.get_by_text(QUESTION).click()
    page.locator(".qa-copy").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "10" in copied.splitlines()[0]
    assert "[1] «" in copied
    assert "001_77f543e1e514cc2d.txt" in copied


def test_a_phone_shows_everything_below_each_other_without_sideways_scrolling(visit: Callable[..., Page]) -> None:
    page = visit(390, 800, color_scheme="dark")
    ask(page, QUESTION)
    page.locator(".qa-short .qa-chip").first.click()
    page.wait_for_function("document.activeElement.tagName === 'MARK'")
    assert in_view(page, "#qa-viewer mark")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    chat, viewer = page.locator("#qa-chat").bounding_box(), page.locator("#qa-viewer").bounding_box()
    assert chat is not None
    assert viewer is not None
    assert chat["y"] + chat["height"] <= viewer["y"]


def test_a_french_browser_gets_a_french_page(visit: Callable[..., Page]) -> None:
    page = visit(locale="fr-FR")
    expect(page.locator("h1")).to_have_text("Interroger les articles")
    expect(page.locator("#qa-chat")).to_contain_text("Posez une question")
    expect(page.locator("#qa-send")).to_have_text("Demander")
    expect(page.locator("#qa-viewer")).to_contain_text("Choisissez une citation")
