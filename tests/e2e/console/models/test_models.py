"""Models: what they do, what they are, and what came of what."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.e2e.console.models.stock import ATTACK, PROJECT, Stock
from tests.e2e.console.visiting import PATIENCE, Visit, expect
from tests.e2e.console.words import Words

pytestmark = pytest.mark.e2e
MODELS = f"/projects/{PROJECT}/models"
MODEL = f"{MODELS}/digit-reader"


@pytest.mark.parametrize(
    ("language", "run", "files", "serve"),
    [("en-GB", "Run evaluate", "Files", "Serve serve"), ("zh-CN", "运行 evaluate", "文件", "启动服务 serve")],
    ids=["en", "zh"],
)
def test_a_model_is_found_looked_into_and_run(
    visit: Visit, zoo: Stock, language: str, run: str, files: str, serve: str
) -> None:
    visitor = visit("ada", language=language)
    page = visitor.go(MODELS)
    page.get_by_role("link", name="digit-reader", exact=True).click()
    page.get_by_role("link", name=re.compile(zoo.versions[2][:12])).first.click()
    handler = page.locator(".handler", has_text="read:evaluate")
    expect(handler.locator(".step")).to_have_count(2, timeout=PATIENCE)
    expect(handler.locator(".stages > li").first.locator(".step")).to_contain_text("512 MiB")
    expect(handler.get_by_role("row").filter(has_text="--batch-size")).to_contain_text("64")
    expect(page.locator(".handler", has_text="read:train").get_by_role("row")).to_have_count(3)
    expect(page.get_by_text("weights/net.safetensors")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".markdown strong")).to_have_text("handwritten digits", timeout=PATIENCE)
    expect(page.get_by_role("link", name=re.compile("^py v1"))).to_have_attribute(
        "href", f"/projects/{PROJECT}/runtimes/py/versions/{zoo.runtimes[1]}"
    )
    for name, wanted in ((run, "read:evaluate"), (serve, "read:serve")):
        target = urlsplit(page.get_by_role("link", name=name).get_attribute("href"))
        assert target.path == f"/projects/{PROJECT}/jobs/new"
        asked = {"model": [f"digit-reader/version/{zoo.versions[2]}"], "handler": [wanted]}
        assert parse_qs(target.query) == asked
    page.get_by_role("link", name=files, exact=True).click()
    page.get_by_text("read.py").click()
    expect(page.locator(".cm-content")).to_contain_text("class Reading", timeout=PATIENCE)
    page.go_back()
    page.get_by_role("link", name=run).click()
    expect(page.locator(".cm-content")).to_contain_text("handler: read:evaluate", timeout=PATIENCE)


def test_what_came_of_what_is_drawn_and_told(visit: Visit, say: Words, zoo: Stock) -> None:
    visitor = visit("ada", language=say.language)
    page = visitor.go(f"{MODEL}/versions/v0?tab=lineage")
    nodes = page.locator(".lineage-node")
    expect(nodes).to_have_count(11, timeout=PATIENCE)
    expect(page.locator(".lineage-node.focus")).to_contain_text("digit-reader")
    training = page.locator(".lineage-job", has_text=zoo.jobs["training"][:12])
    for how, name in (("reads", "digits v0"), ("validates on", "held-out v0"), ("made", "digit-reader v1")):
        expect(training).to_contain_text(re.compile(rf"{say(how, of='models.lineage')}\s*{name}"))
    expect(training).to_contain_text(say("Succeeded"))
    expect(page.get_by_role("link", name="secret-rows v0").first).to_be_visible()
    made = page.locator(".lineage-node.model", has_text="v1").get_by_role("link")
    made.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(zoo.versions[1]), timeout=PATIENCE)
    visitor.go(f"{MODEL}/versions/v1?tab=lineage")
    expect(page.get_by_role("region", name=say("Where it came from"))).to_contain_text(
        zoo.jobs["training"][:12]
    )
    page.locator(".lineage-node.dataset", has_text="digits").get_by_role("link").click()
    expect(page.get_by_role("heading", name="digits", exact=True)).to_be_visible(timeout=PATIENCE)


def test_whoever_looks_is_offered_nothing_else_and_is_told_nothing_of_closed_projects(
    visit: Visit, zoo: Stock
) -> None:
    visitor = visit("bob")
    page = visitor.go(f"{MODEL}/versions/v0")
    expect(page.locator(".handler").first).to_be_visible(timeout=PATIENCE)
    expect(page.locator("a.act")).to_have_count(0)
    visitor.go(f"{MODEL}/versions/v0?tab=lineage")
    expect(page.locator(".lineage-node.closed")).to_contain_text("Not visible to you: 1", timeout=PATIENCE)
    expect(page.locator(".lineage-job", has_text="not visible to you")).to_have_count(1)
    assert "secret-rows" not in page.content()
    assert "vault" not in page.content()


def test_versions_of_a_model_are_compared(visit: Visit, say: Words, zoo: Stock) -> None:
    visitor = visit("ada", language=say.language)
    page = visitor.go(f"{MODEL}/versions/v2")
    page.get_by_role("link", name=say("Compare with the one before")).click()
    page.get_by_text("read.py").first.click()
    expect(page.locator(".cm-merge-b")).to_contain_text("# second", timeout=PATIENCE)
    expect(page.locator(".cm-merge-a")).not_to_contain_text("# second")


def test_no_text_in_a_package_becomes_more_than_text(visit: Visit, zoo: Stock) -> None:
    visitor = visit("ada")
    page = visitor.go(f"{MODEL}/versions/v0")
    expect(page.get_by_role("heading", name=ATTACK)).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".markdown")).to_be_visible(timeout=PATIENCE)
    shown = page.locator(".handler, .markdown")
    for tag in ("script", "img", "iframe", "style", "link", "form", "input", "base", "math"):
        assert shown.locator(tag).count() == 0, tag
    targets = page.eval_on_selector_all(".markdown a", "found => found.map(each => each.protocol)")
    assert set(targets) <= {"http:", "https:", "mailto:"}


def test_a_dataset_tells_which_models_were_made_of_it(visit: Visit, zoo: Stock) -> None:
    visitor = visit("bob", language="zh-CN")
    page = visitor.go(f"/projects/{PROJECT}/datasets/held-out/versions/latest")
    page.get_by_role("link", name="血缘").click()
    expect(page.locator(".lineage-node.focus")).to_contain_text("held-out", timeout=PATIENCE)
    expect(page.locator(".lineage-job")).to_contain_text(re.compile(r"产生\s*digit-reader v1"))


def short_pages(route: Any) -> None:
    """Have a list come in pages of one."""
    route.continue_(url=re.sub(r"size=\d+", "size=1", route.request.url))


def test_a_version_that_is_not_listed_yet_is_found_by_its_name(visit: Visit, say: Words, zoo: Stock) -> None:
    visitor = visit("ada", language=say.language)
    page = visitor.page
    page.route("**/models/digit-reader/versions?*", short_pages)
    options = page.locator(".ant-select-dropdown:visible .ant-select-item-option")
    visitor.go(f"{MODEL}/diff?to=latest")
    before = page.get_by_label(say("Before"), exact=True)
    before.click(timeout=PATIENCE)
    before.fill("v0")
    options.first.click(timeout=PATIENCE)
    expect(page).to_have_url(re.compile(f"from={zoo.versions[0]}"))
    visitor.go(f"/projects/{PROJECT}/jobs/new?model=digit-reader")
    chosen = page.get_by_label(say("Version", of="jobs"), exact=True)
    chosen.click(timeout=PATIENCE)
    expect(options).to_have_count(2, timeout=PATIENCE)  # the newest, and the one that is listed
    for typed in ("v0", "0", zoo.versions[0][:7]):
        chosen.fill(typed)
        expect(options).to_have_count(1, timeout=PATIENCE)
        expect(options).to_contain_text(f"v0 · {zoo.versions[0][:12]}")
    page.keyboard.press("Enter")
    expect(page.locator(".cm-content")).to_contain_text(zoo.versions[0], timeout=PATIENCE)


def test_an_unknown_version_is_no_dead_end(visit: Visit, zoo: Stock) -> None:
    visitor = visit("")
    page = visitor.go(f"{MODEL}/versions/v9?tab=lineage")
    expect(page.get_by_role("heading", name=re.compile("nothing here|Sign in"))).to_be_visible()
