"""Runtimes: the packages that they pin, the environment, and what differs between versions."""

from __future__ import annotations

import re

import pytest
from tests.e2e.console.models.stock import PROJECT, Stock
from tests.e2e.console.visiting import PATIENCE, Visit, expect
from tests.e2e.console.words import Words

pytestmark = pytest.mark.e2e
RUNTIMES = f"/projects/{PROJECT}/runtimes"
RUNTIME = f"{RUNTIMES}/py"


@pytest.mark.parametrize(
    ("language", "search", "platform", "count", "hashes"),
    [
        ("en-GB", "Search packages", "Platform", "1 of 6 packages", "3 hashes"),
        ("zh-CN", "搜索依赖包", "平台", "共 6 个包，显示 1 个", "3 个哈希"),
    ],
    ids=["en", "zh"],
)
def test_packages_are_looked_up_by_platform_and_word(
    visit: Visit, zoo: Stock, language: str, search: str, platform: str, count: str, hashes: str
) -> None:
    visitor = visit("bob", language=language)
    page = visitor.go(RUNTIMES)
    expect(page.get_by_text("Python 3.12 · venv")).to_be_visible()
    page.get_by_role("link", name="py", exact=True).click()
    page.get_by_role("link", name=re.compile(zoo.runtimes[1][:12])).first.click()
    rows = page.get_by_role("grid").locator(".row")
    expect(rows).to_have_count(5, timeout=PATIENCE)
    page.get_by_label(platform, exact=True).click()
    page.locator(".ant-select-item-option", has_text="linux-x86_64").click()
    expect(rows).to_have_count(6)
    page.get_by_label(search).fill("pil")
    expect(rows).to_have_count(1)
    expect(page.get_by_text(count)).to_be_visible()
    expect(rows).to_contain_text("10.4.0")
    page.get_by_role("button", name=hashes).click()
    expect(page.locator(".hashes code")).to_have_count(3)
    page.reload()
    expect(rows).to_have_count(1, timeout=PATIENCE)
    expect(rows).to_contain_text("pillow")
    expect(page.get_by_text("https://wheels.example.com/simple")).to_be_visible()
    page.get_by_label(search).fill("nothing like it")
    expect(rows).to_have_count(0)


def test_how_a_runtime_is_used_can_be_copied(visit: Visit, say: Words, zoo: Stock) -> None:
    visitor = visit("ada", permissions=["clipboard-read", "clipboard-write"], language=say.language)
    page = visitor.go(f"{RUNTIME}/versions/latest?tab=about")
    expect(page.locator(".cm-content")).to_contain_text("index_url", timeout=PATIENCE)
    page.get_by_role(
        "button", name=say("Copy: {{what}}", what=say("A shell in it; it is made where it is missing"))
    ).click()
    uri = f"cloud://team/project/{PROJECT}/runtime/py/version/{zoo.runtimes[1]}"
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"swcli runtime activate {uri}"


def test_versions_are_compared_by_their_packages_and_files(visit: Visit, say: Words, zoo: Stock) -> None:
    visitor = visit("ada", language=say.language)
    page = visitor.go(f"{RUNTIME}/versions/latest")
    page.get_by_role("link", name=say("Compare with the one before")).click()
    changes = page.get_by_role("region", name=say("Packages", of="runtimes"))
    changed, added, removed = (say(each, of="artifacts.diff") for each in ("changed", "added", "removed"))
    for row in (f"numpy {changed} 2.0.1 2.1.0", f"rich {added} – 13.9.2", f"tqdm {removed} 4.66.5 –"):
        found = changes.get_by_role("row").filter(has_text=row.split()[0])
        expect(found).to_contain_text(re.compile(r"\s*".join(map(re.escape, row.split()))), timeout=PATIENCE)
    expect(page.locator(".cm-merge-a")).to_contain_text('cuda: "12.4"', timeout=PATIENCE)
    expect(page.locator(".cm-merge-b")).to_contain_text('cuda: "12.5"')


def test_jobs_that_ran_in_a_runtime_are_told(visit: Visit, say: Words, zoo: Stock) -> None:
    visitor = visit("bob", language=say.language)
    page = visitor.go(f"{RUNTIME}/versions/latest")
    page.get_by_role("link", name=say("Uses")).click()
    expect(page.locator(".lineage-job")).to_contain_text(zoo.jobs["elsewhere"][:12], timeout=PATIENCE)
