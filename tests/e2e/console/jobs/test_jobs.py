"""Jobs in the console: found, ordered, watched, entered and tried out; or only looked at."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.e2e.console.jobs.conftest import LINES, MODULE, Works
from tests.e2e.console.visiting import LOOKS, PATIENCE, Visit, expect
from tests.e2e.console.words import Words

pytestmark = pytest.mark.e2e

HOME = "/projects/works/jobs"
#: Whether the page asks whoever leaves it now.
LEAVES_UNSAVED = """() => {
  const leaving = new Event("beforeunload", {cancelable: true});
  window.dispatchEvent(leaving);
  return leaving.defaultPrevented;
}"""
#: What is waited for where it comes late.
SHOWN = {
    "new": ".cm-content",
    "demo": ".demo-form",
    "chat": ".talk",
    "job": ".step-card",
    "resources": ".use-charts canvas",
}
#: What is said of parameters that chat models have in common.
EXPLAINED = {
    "temperature": "How daring the model is: near 0 it says what is likeliest, "
    "higher values bring surprises.",
    "max_new_tokens": "How long an answer may become; about three quarters of a word each.",
}
#: What people look at on the way.
ON_PHONES = {"list", "job", "failed", "resources", "new", "chat"}


def pages(works: Works) -> dict[str, str]:
    job = {name: f"{HOME}/{number}" for name, number in works.jobs.items()}
    both = f"{works.jobs['service']},{works.jobs['rival']}"
    return {
        "list": HOME,
        "nothing": f"{HOME}?text=nothing-is-called-so",
        "job": job["evaluation"],
        "failed": f"{job['failed']}?tab=log",
        "service": job["service"],
        "resources": f"{job['waiting']}?tab=resources",
        "events": f"{job['evaluation']}?tab=events",
        "new": f"{HOME}/new?model=digits&handler={MODULE}%3Atrain",
        "templates": f"{HOME}/templates",
        "schedules": f"{HOME}/schedules",
        "demo": f"{job['service']}/demo",
        "chat": f"/projects/works/demo?jobs={both}&function=chat",
    }


@pytest.mark.parametrize(("language", "dark", "phone"), LOOKS)
def test_every_page_of_jobs_is_seen_and_heard(
    visit: Visit, works: Works, request: pytest.FixtureRequest, language: str, dark: bool, phone: bool
) -> None:
    visitor = visit("ada", language=language, dark=dark, phone=phone)
    for name, path in pages(works).items():
        if phone and name not in ON_PHONES:
            continue
        page = visitor.go(path)
        shown = SHOWN.get(name)
        if shown:
            expect(page.locator(shown).first).to_be_visible(timeout=PATIENCE)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{path} is {wide} px wider than the screen"
        visitor.shoot(f"jobs-{name}-{request.node.callspec.id}")
        if not phone:
            visitor.check_accessible()
            visitor.check_copyable()


def named(page: Any, role: str, english: str, chinese: str) -> Any:
    return page.get_by_role(role, name=re.compile(f"^({english}|{chinese})$")).first


@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
def test_a_job_is_ordered_run_and_found_again(visit: Visit, works: Works, language: str) -> None:
    visitor = visit("ada", language=language)
    page = visitor.go(f"{HOME}/new?model=digits&handler={MODULE}%3Atrain")
    send = named(page, "button", "Run", "运行")
    expect(page.locator(".cm-content")).to_contain_text(f"{MODULE}:train", timeout=PATIENCE)
    expect(page.get_by_label("title")).to_be_visible(timeout=PATIENCE)
    send.click()
    expect(page.locator(".order-form .fault")).to_have_count(1)
    assert not page.evaluate(LEAVES_UNSAVED)
    page.get_by_label("title").fill(f"A run in {language}")
    page.wait_for_function(LEAVES_UNSAVED)
    page.get_by_label("epochs").fill("three")
    expect(page.locator(".order-form .fault")).to_have_count(1)
    page.get_by_label("epochs").fill("7")
    expect(page.locator(".cm-content")).to_contain_text("--epochs")
    # What is written there stands in the form, and what is wrong there is told with its line.
    page.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("comment: [")
    expect(page.locator(".order-text .fault")).to_be_visible()
    page.keyboard.press("Backspace")
    page.keyboard.type(f"by hand {language}")
    label = re.compile("^(Comment|备注)$")
    expect(page.get_by_label(label)).to_have_value(f"by hand {language}")
    send.click()
    expect(page.get_by_role("heading", name="train")).to_be_visible(timeout=PATIENCE)
    assert not page.evaluate(LEAVES_UNSAVED)
    done = page.locator(".job-heading .state", has_text=re.compile("Succeeded|成功"))
    expect(done).to_be_visible(timeout=PATIENCE)
    named(page, "link", "Log", "日志").click()
    expect(page.locator(".log-text")).to_contain_text("epochs=7", timeout=PATIENCE)
    visitor.go(f"{HOME}?text=by+hand+{language}")
    expect(page.locator("tbody tr")).to_have_count(1, timeout=PATIENCE)
    assert language in page.locator("tbody .comment").inner_text()
    expect(page.locator("tbody").get_by_role("button", name=re.compile("^(Copy|复制)"))).to_have_count(1)


def test_whoever_leaves_an_order_that_is_not_sent_is_asked(visit: Visit, say: Words, works: Works) -> None:
    visitor = visit("ada", language=say.language)
    page = visitor.go(HOME)
    page.get_by_role("button", name=say("New job")).first.click()
    comment = page.get_by_label(say("Comment", of="jobs"), exact=True)
    comment.fill("not to be lost", timeout=PATIENCE)
    page.wait_for_function(LEAVES_UNSAVED)
    asked = page.get_by_role("dialog", name=say("Leave without saving?"))
    jobs = page.locator(".breadcrumb").get_by_role("link", name=say("Jobs", of="jobs"))
    for go in (jobs.click, lambda: page.evaluate("history.back()")):
        go()
        expect(asked).to_be_visible()
        visitor.shoot(f"jobs-leaving-{say.language}", whole=False)
        visitor.check_accessible()
        asked.get_by_role("button", name=say("Stay here")).click()
        expect(asked).to_have_count(0)
        expect(comment).to_have_value("not to be lost")
        assert page.url.endswith(f"{HOME}/new")
    page.evaluate("history.back()")
    asked.get_by_role("button", name=say("Leave the page")).click()
    expect(page).to_have_url(re.compile(f"{HOME}$"))
    expect(page.locator("tbody tr").first).to_be_visible(timeout=PATIENCE)
    assert not page.evaluate(LEAVES_UNSAVED)


@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
def test_what_the_server_refuses_is_told_at_its_field(visit: Visit, works: Works, language: str) -> None:
    visitor = visit("ada", language=language)
    page = visitor.go(f"{HOME}/new?model=digits&handler={MODULE}%3Apredict&dataset=no-such-data")
    expect(page.get_by_text("no-such-data").first).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".order-step")).to_be_visible(timeout=PATIENCE)
    named(page, "button", "Run", "运行").click()
    fault = page.locator(".order-field .fault", has_text="no-such-data")
    expect(fault).to_be_visible(timeout=PATIENCE)
    said = fault.locator(".server-says")
    if language == "zh-CN":
        # The page speaks Chinese, and what the server says in its own words stands below.
        expect(fault).to_contain_text("没有找到")
        expect(said).to_contain_text("no-such-data")
    else:
        expect(said).to_have_count(0)
    visitor.shoot(f"jobs-refused-{language}", whole=False)


def test_jobs_are_filtered_sorted_and_ended_together(visit: Visit, say: Words, works: Works) -> None:
    spare = f"spare-{say.language}"
    visitor = visit("ada", language=say.language)
    with works.house.as_("ada") as http:
        for at in range(2):
            works.order(http, f"spare-{at}", "wait", comment=spare)
        page = visitor.go(f"{HOME}?text={spare}&state=CREATED&state=READY&state=RUNNING&state=CANCELLING")
        rows = page.locator("tbody tr")
        expect(rows).to_have_count(2, timeout=PATIENCE)
        page.get_by_label(say("Choose all on this page")).check()
        page.get_by_role("button", name=say("Cancel {{number}}", number=2)).click()
        page.get_by_role("tooltip").get_by_role("button", name=say("Cancel {{number}}", number=2)).click()
        # Nobody looks again by hand: the page is told.
        expect(page.get_by_text(say("No job matches"))).to_be_visible(timeout=PATIENCE)
        visitor.go(f"{HOME}?text={spare}")
        expect(rows.first).to_contain_text(say("Canceled"), timeout=PATIENCE)
        page.get_by_role("button", name=say("Created")).click()
        expect(page.get_by_role("columnheader", name=say("Created"))).to_have_attribute(
            "aria-sort", "descending"
        )
        assert "sort=created&descending=true" in page.url
        page.get_by_label(say("Choose all on this page")).check()
        page.get_by_role("button", name=say("Remove {{number}}", number=2)).click()
        page.get_by_role("tooltip").get_by_role("button", name=say("Remove {{number}}", number=2)).click()
        expect(page.get_by_text(say("No job matches"))).to_be_visible(timeout=PATIENCE)
        visitor.go(f"{HOME}?trash=true&text={spare}")
        expect(rows).to_have_count(2, timeout=PATIENCE)
        assert http.get("/projects/works/jobs", {"trash": "true", "text": spare})["total"] == 2


def test_a_job_in_the_trash_is_read_and_taken_out(visit: Visit, works: Works) -> None:
    visitor = visit("ada")
    with works.house.as_("ada") as http:
        works.order(http, "thrown", "chatter", comment="thrown away")
        works.until(http, "thrown", "SUCCESS", "FAIL")
        http.delete(works.path("thrown"))
    job = works.jobs["thrown"]
    page = visitor.go(f"{HOME}?trash=true&text=thrown")
    page.locator("tbody a").first.click()
    expect(page).to_have_url(re.compile(f"/jobs/{job}$"))
    expect(page.get_by_text("In the trash", exact=True)).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("In the trash since", exact=False)).to_be_visible()
    for name in ("Run again", "More", "Edit the comment", "Log"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
        expect(page.get_by_role("link", name=name)).to_have_count(0)
    visitor.shoot("jobs-thrown")
    visitor.check_accessible()
    looker = visit("wu", language="zh-CN", dark=True)
    there = looker.go(f"{HOME}/{job}")
    expect(there.get_by_text("在回收站中", exact=True)).to_be_visible(timeout=PATIENCE)
    expect(there.get_by_role("button", name="恢复")).to_have_count(0)
    looker.shoot("jobs-thrown-zh-dark")
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_role("link", name="Log")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("In the trash", exact=True)).to_have_count(0)


def test_a_job_rests_goes_on_is_ended_and_run_again(visit: Visit, say: Words, works: Works) -> None:
    with works.house.as_("ada") as http:
        job = works.order(http, f"acted-on-{say.language}", "wait")
        works.until(http, f"acted-on-{say.language}", "RUNNING")
        page = visit("ada", language=say.language).go(f"{HOME}/{job}")
        state = page.locator(".job-heading .state")
        # Somebody else looks on; his page asks no more once the job rests, and is told that it goes on.
        looker = visit("wu", language=say.language).go(f"{HOME}/{job}").locator(".job-heading .state")
        page.get_by_role("button", name=say("Pause"), exact=True).click()
        expect(looker).to_have_text(say("Paused"), timeout=2 * PATIENCE)
        page.get_by_role("button", name=say("Resume"), exact=True).click(timeout=2 * PATIENCE)
        for each in (state, looker):
            expect(each).to_have_text(say("Running"), timeout=2 * PATIENCE)
        page.get_by_role("button", name=say("Cancel job"), exact=True).click()
        page.get_by_role("tooltip").get_by_role("button", name=say("Cancel job"), exact=True).click()
        expect(state).to_have_text(say("Canceled"), timeout=2 * PATIENCE)
        page.get_by_role("link", name=say("Events"), exact=True).click()
        expect(page.locator(".events")).to_contain_text(say("Canceled"), timeout=PATIENCE)
        page.get_by_role("button", name=say("Run again"), exact=True).click()
        page.get_by_role("menuitem", name=say("With the very same versions")).click()
        expect(page).not_to_have_url(re.compile(job), timeout=PATIENCE)
        again = page.url.rpartition("/")[2].partition("?")[0]
        http.post(f"{HOME}/{again}/cancel", {"force": True})


def test_a_model_that_brings_no_board_is_not_asked_for_one(visit: Visit, works: Works) -> None:
    visitor = visit("ada")
    missed: list[str] = []
    visitor.page.on("response", lambda told: missed.append(told.url) if told.status >= 400 else None)
    page = visitor.go(f"/projects/works/evaluations/{works.jobs['evaluation']}")
    expect(page.locator(".board-choice")).to_contain_text("Made of what was logged", timeout=PATIENCE)
    assert missed == []


def test_jobs_that_nobody_runs_are_looked_for(visit: Visit, works: Works) -> None:
    visitor = visit("wu")
    page = visitor.go(HOME)
    page.get_by_label("Any state").click()
    page.locator(".ant-select-item-option", has_text="Lost").click()
    expect(page).to_have_url(re.compile("state=UNKNOWN"))
    expect(page.get_by_text("No job matches")).to_be_visible(timeout=PATIENCE)


@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
def test_what_a_job_uses_is_seen_while_it_runs(visit: Visit, works: Works, language: str) -> None:
    visitor = visit("ada", language=language)
    page = visitor.go(f"{HOME}/{works.jobs['waiting']}?tab=resources")
    expect(page.locator(".use-charts canvas")).to_have_count(3, timeout=PATIENCE)
    expect(page.locator(".use-totals dd").nth(1)).to_contain_text("MiB")
    # The same figures as a table, which has more rows after a while though nobody asks for them.
    page.get_by_role("button", name=re.compile("(Memory|内存)$")).click()
    figures = page.locator(".use-charts .figures tbody tr")
    before = figures.count()
    expect(figures.nth(before + 1)).to_be_visible(timeout=PATIENCE)
    page.get_by_role("link", name="0.0", exact=True).click()
    expect(page.locator(".use-part")).to_contain_text("0.0")
    assert "curves=0.0" in page.url
    expect(page.locator(".use-charts canvas")).to_have_count(3, timeout=PATIENCE)


def test_tasks_are_ordered_by_what_they_used(visit: Visit, works: Works) -> None:
    visitor = visit("ada")
    page = visitor.go(f"{HOME}/{works.jobs['many']}?tab=resources")
    expect(page.get_by_role("heading", name="Tasks (13)")).to_be_visible(timeout=PATIENCE)
    head = page.locator(".use-tasks").get_by_role("columnheader")
    expect(head.filter(has_text="Peak memory")).to_have_attribute("aria-sort", "descending")
    page.get_by_role("button", name="CPU time").click()
    cpu = head.filter(has_text="CPU time")
    expect(cpu).to_have_attribute("aria-sort", "descending")
    with works.house.as_("ada") as http:
        job = http.get(works.path("many"))
    tasks = [task for step in job["steps"] for task in step["tasks"]]
    most = max(tasks, key=lambda task: task["usage"]["cpu_seconds"])["usage"]["cpu_seconds"]
    first = page.locator(".use-tasks tbody tr").first.get_by_role("link").inner_text()
    assert next(task for task in tasks if task["id"] == first)["usage"]["cpu_seconds"] == most
    page.get_by_role("button", name="CPU time").click()
    expect(cpu).to_have_attribute("aria-sort", "ascending")
    # Whoever looks at a task, or at those of a step, finds them in the order that he has chosen.
    page.locator(".use-steps").get_by_role("link", name="scatter").click()
    expect(page.get_by_role("heading", name="Tasks of scatter (12)")).to_be_visible()
    page.get_by_role("link", name="0.3", exact=True).click()
    expect(page.locator(".use-part")).to_contain_text("0.3")
    expect(page.get_by_role("heading", name="Tasks of scatter (12)")).to_be_visible()
    expect(cpu).to_have_attribute("aria-sort", "ascending")


@pytest.mark.parametrize(
    ("language", "names"),
    [("en-GB", ["Nearer", "Farther", "All of it"]), ("zh-CN", ["放大", "缩小", "显示全部"])],
    ids=["en", "zh"],
)
def test_the_buttons_of_the_graph_have_names(
    visit: Visit, works: Works, language: str, names: list[str]
) -> None:
    page = visit("ada", language=language).go(f"{HOME}/{works.jobs['many']}")
    graph = page.locator("section.graph")
    for name in names:
        expect(graph.get_by_role("button", name=name, exact=True)).to_have_count(1, timeout=PATIENCE)


def test_a_step_of_many_tasks_is_one_node_that_leads_to_them(visit: Visit, say: Words, works: Works) -> None:
    visitor = visit("ada", language=say.language)
    page = visitor.go(f"{HOME}/{works.jobs['many']}")
    node = page.locator(".step-card", has_text="scatter")
    expect(node).to_contain_text(f"12 {say('Succeeded')}", timeout=PATIENCE)
    expect(page.get_by_role("heading", name=say("Tasks ({{count}})", count=13))).to_be_visible()
    node.click()
    expect(
        page.get_by_role("heading", name=say("Tasks of {{step}} ({{count}})", step="scatter", count=12))
    ).to_be_visible()
    assert "step=0" in page.url
    page.get_by_role("link", name="0.3", exact=True).click()
    expect(page.locator(".log-foot")).to_contain_text(say("complete"), timeout=PATIENCE)
    # Other tabs leave the step and the task as they were chosen.
    tabs = page.get_by_role("navigation", name=say("Parts of the job"))
    tabs.get_by_role("link", name=say("Overview", of="jobs.tabs")).click()
    expect(
        page.get_by_role("heading", name=say("Tasks of {{step}} ({{count}})", step="scatter", count=12))
    ).to_be_visible(timeout=PATIENCE)
    tabs.get_by_role("link", name=say("Log", of="jobs.tabs")).click()
    expect(page.locator(".log-task")).to_contain_text("0.3", timeout=PATIENCE)


#: How many milliseconds a list takes from its first line to its last, and how many of its lines are drawn.
TO_THE_END = """async (list) => {
  const begun = performance.now();
  list.scrollTop = list.scrollHeight;
  const last = Number(list.querySelector("table").getAttribute("aria-rowcount"));
  while (!list.querySelector(`[aria-rowindex="${last}"]`) && performance.now() - begun < 10_000)
    await new Promise(requestAnimationFrame);
  return [performance.now() - begun, list.querySelectorAll("tbody [aria-rowindex]").length];
}"""


@pytest.mark.slow
def test_a_step_of_500_tasks_is_one_node_with_a_quick_list(visit: Visit, works: Works) -> None:
    visitor = visit("ada")
    with works.house.as_("ada") as http:
        works.order(http, "swarm", "settle")
        page = visitor.go(works.path("swarm"))
        cards = page.locator(".step-card")
        node = cards.filter(has_text="swarm")
        expect(cards).to_have_count(2)
        expect(node).to_contain_text("Tasks: 500")
        found = works.until(http, "swarm", "SUCCESS", "FAIL", patience=10 * 60)
    assert found["state"] == "SUCCESS"
    # Nobody looks again by hand: the page is told.
    expect(node).to_contain_text("500 Succeeded")
    expect(cards).to_have_count(2)
    expect(page.get_by_role("heading", name="Tasks (501)")).to_be_visible()
    node.click()
    expect(page.get_by_role("heading", name="Tasks of swarm (500)")).to_be_visible()
    tasks = page.locator("section.tasks")
    expect(tasks.locator("table")).to_have_attribute("aria-rowcount", "501")
    assert 0 < tasks.locator("tbody [aria-rowindex]").count() < 60
    took, drawn = tasks.evaluate(TO_THE_END)
    assert took < 1_000
    assert drawn < 60
    assert page.evaluate("document.documentElement.scrollHeight") < 3_000
    last = tasks.locator("[aria-rowindex='501']")
    expect(last).to_contain_text("0.499")
    visitor.shoot("jobs-swarm")
    last.get_by_role("link", name="0.499", exact=True).click()
    expect(page.locator(".log-foot")).to_contain_text("complete", timeout=PATIENCE)


def test_a_log_is_followed_searched_and_downloaded(visit: Visit, say: Words, works: Works) -> None:
    visitor = visit("ada", language=say.language)
    page = visitor.go(f"{HOME}/{works.jobs['chatter']}?tab=log")
    text = page.locator(".log-text")
    expect(text).to_contain_text("the very last line", timeout=PATIENCE)
    expect(text.locator(".ansi-green")).to_have_text("green")
    assert text.locator("b").count() == 0
    page.get_by_label(say("Find in the whole log")).fill("NEEDLE")
    for number in ("00007", "01007", "02007"):
        page.get_by_role("button", name=say("Next", of="jobs.log")).click()
        expect(text.locator(".found")).to_contain_text(number, timeout=PATIENCE)
    page.get_by_role("button", name=say("Previous", of="jobs.log")).click()
    expect(text.locator(".found")).to_contain_text("01007", timeout=PATIENCE)
    assert re.search(r"at=\d+", page.url)
    page.reload()
    expect(text.locator(".found")).to_contain_text("01007", timeout=PATIENCE)
    page.get_by_role("button", name=say("To the end")).click()
    expect(text).to_contain_text("the very last line", timeout=PATIENCE)
    with page.expect_download() as began:
        page.get_by_role("link", name=say("Download")).click()
    saved = began.value.path().read_text("utf-8")
    assert saved.count("\n") == LINES + 2
    visitor.go(f"{HOME}/{works.jobs['waiting']}?tab=log")
    expect(page.locator(".log-foot")).to_contain_text(say("following"), timeout=PATIENCE)
    page.get_by_role("button", name=say("Pause"), exact=True).last.click()
    expect(page.get_by_role("button", name=say("Follow"))).to_be_visible()


#: The number of the last line that is shown.
LAST_TICK = "text => Math.max(...[...text.innerText.matchAll(/tick (\\d+)/g)].map(each => Number(each[1])))"


def test_lines_arrive_while_somebody_looks(visit: Visit, say: Words, works: Works) -> None:
    name = f"ticking-{say.language}"
    with works.house.as_("ada") as http:
        works.order(http, name, "tick")
        works.until(http, name, "RUNNING")
        page = visit("ada", language=say.language).go(f"{works.path(name)}?tab=log")
        text = page.locator(".log-text")
        expect(text).to_contain_text(re.compile("tick 00[2-9]"), timeout=PATIENCE)
        for _ in range(2):
            coming = f"tick {text.evaluate(LAST_TICK) + 5:05}"
            expect(text).to_contain_text(coming, timeout=PATIENCE)
        # Whoever draws the bar up reads on in peace.
        text.evaluate("text => { text.scrollTop -= 1000; }")
        expect(page.get_by_role("button", name=say("Follow"), exact=True)).to_be_visible()
        expect(page.locator(".log-foot")).to_contain_text(say("not following"))
        page.get_by_role("button", name=say("Follow"), exact=True).click()
        coming = f"tick {text.evaluate(LAST_TICK) + 5:05}"
        expect(text).to_contain_text(coming, timeout=PATIENCE)
        http.post(f"{works.path(name)}/cancel", {"force": True})


def test_a_terminal_is_opened_beside_a_task(visit: Visit, say: Words, works: Works) -> None:
    visitor = visit("ada", language=say.language)
    page = visitor.go(f"{HOME}/{works.jobs['waiting']}?tab=shell")
    page.get_by_role("button", name=say("Open a terminal")).click()
    expect(page.get_by_text(say("Connected"))).to_be_visible(timeout=PATIENCE)
    page.keyboard.type("echo $((6 * 7)) answers\n")
    expect(page.locator(".xterm-rows")).to_contain_text("42 answers", timeout=PATIENCE)
    page.mouse.move(0, 0)
    visitor.shoot(f"jobs-terminal-{say.language}")
    visitor.check_accessible()
    # The tab key is the shell's until somebody wants to go on, or back, by it.
    typed = page.get_by_label(say("Input of the terminal"))
    expect(typed).to_have_accessible_description(
        say("The Tab key is typed into the terminal. Press Ctrl + M to have it lead out.")
    )
    page.keyboard.press("Tab")
    expect(typed).to_be_focused()
    page.keyboard.press("Control+m")
    expect(typed).to_have_accessible_description(
        say("The Tab key leads out of the terminal. Press Ctrl + M to have it typed again.")
    )
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name=say("Open another"))).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.xterm') === null")
    page.locator(".xterm").click()
    page.keyboard.press("Control+m")
    page.keyboard.type("exit 3\n")
    expect(page.get_by_text(say("The shell has ended with status {{status}}.", status=3))).to_be_visible(
        timeout=PATIENCE
    )


def test_a_service_that_does_not_answer_holds_up_no_other(visit: Visit, works: Works) -> None:
    visitor, held = visit("ada"), list[Any]()

    def hold(route: Any) -> None:
        held.append(route)

    visitor.page.route(f"**/{works.jobs['rival']}/**/openapi.json", hold)
    page = visitor.go(f"/projects/works/demo?jobs={works.jobs['service']},{works.jobs['rival']}")
    expect(page.get_by_label("one")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("the large model: The service is starting …")).to_be_visible()
    held[0].fulfill(status=404, json={"detail": "nothing is said of it"})
    expect(page.get_by_role("alert").filter(has_text="the large model")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_label("one")).to_be_visible()
    visitor.shoot("demo-one-fails")


def test_several_models_are_tried_out_with_the_same_input(visit: Visit, say: Words, works: Works) -> None:
    visitor = visit("ada", language=say.language)
    jobs = f"{works.jobs['service']},{works.jobs['rival']}"
    page = visitor.go(f"/projects/works/demo?jobs={jobs}")
    # A service that still starts joins the others when it answers: what was run before is not run for it.
    for name in ("small", "large"):
        expect(page.get_by_role("region", name=f"the {name} model")).to_be_visible(timeout=PATIENCE)
    page.get_by_label("one").fill("3")
    page.get_by_role("button", name=say("Run")).click()
    for name in ("small", "large"):
        model = page.get_by_role("region", name=f"the {name} model")
        expect(model.locator("pre")).to_contain_text(f'"by": "{name}"', timeout=PATIENCE)
        expect(model.locator("pre")).to_contain_text('"sum": 5')
        expect(model.get_by_text(say("took {{time}}", time=""))).to_be_visible()
    expect(page).to_have_url(re.compile(r"[?&]in\.one=3$"))
    page.reload()
    expect(page.get_by_label("one")).to_have_value("3", timeout=PATIENCE)
    page.get_by_role("link", name="darken").click()
    expect(page).not_to_have_url(re.compile("in[.]one"))
    page.get_by_role("button", name=say("Run")).click()
    expect(page.get_by_text(say("This is needed."))).to_be_visible()
    dot = {
        "name": "dot.svg",
        "mimeType": "image/svg+xml",
        "buffer": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    }
    page.locator("input[type=file]").set_input_files(files=[dot])
    page.get_by_role("button", name=say("Run")).click()
    expect(page.locator(".demo-models img")).to_have_count(2, timeout=PATIENCE)
    visitor.shoot(f"demo-side-by-side-{say.language}")
    page.get_by_role("link", name="broken").click()
    page.get_by_role("button", name=say("Run")).click()
    expect(page.locator(".demo-models").get_by_role("alert")).to_have_count(2, timeout=PATIENCE)
    visitor.faults = [each for each in visitor.faults if "status of 500" not in each]
    page.get_by_role("link", name="chat").click()
    # What is said of a parameter that each chat model has is told with it.
    for name, text in EXPLAINED.items():
        expect(page.get_by_role("spinbutton", name=name)).to_have_accessible_description(say(text))
    page.get_by_role("spinbutton", name="temperature").fill("1.5")
    expect(page).to_have_url(re.compile(r"function=chat&in\.temperature=1\.5$"))
    page.reload()
    expect(page.get_by_role("spinbutton", name="temperature")).to_have_value(
        re.compile(r"^1\.50?$"), timeout=PATIENCE
    )
    expect(page.get_by_role("region", name="model")).to_have_count(2, timeout=PATIENCE)
    for turn in range(2):
        page.get_by_label(say("Message", of="demo")).fill("hello")
        page.keyboard.press("Enter")
        told = f"large heard: hello (after {2 * turn} messages)"
        expect(page.get_by_text(told)).to_be_visible(timeout=PATIENCE)
        expect(page.locator(".said .took")).to_have_count(2 * turn + 2, timeout=PATIENCE)
    visitor.shoot(f"demo-chat-{say.language}")
    visitor.check_accessible()


def test_templates_are_run_and_schedules_rest(visit: Visit, say: Words, works: Works) -> None:
    visitor = visit("ada", language=say.language)
    page = visitor.go(f"{HOME}/schedules")
    switch = page.get_by_role("switch", name=say("Run the schedule {{name}}", name="every-night"))
    switch.click()
    expect(page.get_by_text(say("“{{name}}” rests.", name="every-night"))).to_be_visible(timeout=PATIENCE)
    expect(switch).not_to_be_checked()
    switch.click()
    expect(page.get_by_text(say("“{{name}}” is run from now on.", name="every-night"))).to_be_visible(
        timeout=PATIENCE
    )
    expect(switch).to_be_checked()
    page.get_by_role("button", name=say("New schedule")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(say("Name", of="jobs")).fill("never", timeout=PATIENCE)
    dialog.get_by_label(say("When", of="jobs.schedules")).fill("61 3 * * *")
    dialog.get_by_role("button", name=say("Create")).click()
    expect(dialog.locator(".ant-form-item-explain")).to_contain_text("61", timeout=PATIENCE)
    # What was typed is not left without a question.
    dialog.get_by_role("button", name=say("Cancel")).click()
    expect(dialog).to_be_hidden()
    visitor.go(f"{HOME}/templates")
    page.get_by_role("button", name=say("Change and run")).click()
    expect(page.locator(".cm-content")).to_contain_text(f"{MODULE}:report", timeout=PATIENCE)
    page.go_back()
    page.get_by_role("button", name=say("Run"), exact=True).click()
    expect(page.get_by_role("heading", name="report")).to_be_visible(timeout=PATIENCE)
    with works.house.as_("ada") as http:
        http.post(f"{page.url.removeprefix(works.house.url)}/cancel", {"force": True})


def test_whoever_may_only_look_at_jobs_is_offered_nothing_else(visit: Visit, works: Works) -> None:
    visitor = visit("wu")
    page = visitor.go(HOME)
    expect(page.locator("tbody tr").first).to_be_visible(timeout=PATIENCE)
    assert page.locator("input[type=checkbox]").count() == 0
    assert page.get_by_role("button", name="New job").count() == 0
    visitor.go(f"{HOME}/{works.jobs['waiting']}")
    for name in ("Cancel job", "Run again", "More"):
        assert page.get_by_role("button", name=name).count() == 0
    assert page.get_by_role("link", name="Terminal").count() == 0
    visitor.go(f"{HOME}/new")
    expect(page.get_by_text("You may look at the jobs of this project")).to_be_visible(timeout=PATIENCE)
