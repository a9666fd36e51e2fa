import { expect, test } from "vitest";
import { stepsOf } from "./steps";

const where = { project: "vision", user: "ada", writes: true, origin: "http://10.0.0.2:8082" };

test("the commands name this server, this user and this project", () => {
  expect(stepsOf(where).map(({ command }) => command)).toEqual([
    "pip install starwhale",
    "swcli instance login http://10.0.0.2:8082 --alias team --username ada",
    "swcli dataset copy digits cloud://team/project/vision",
    "swcli model copy digits cloud://team/project/vision",
    "swcli instance select team && swcli project select vision",
    "swcli model run --uri digits --handler evaluate:evaluate --dataset digits",
  ]);
});

test("whoever only looks is told how to look", () => {
  const names = stepsOf({ ...where, writes: false, user: undefined }).map(({ name }) => name);
  expect(names).toEqual(["install", "login", "select"]);
});

test("a name cannot become a command", () => {
  const [, login] = stepsOf({ ...where, user: "x'; rm -rf ~; echo $(id)" });
  expect(login?.command).toContain(`--username 'x'\\''; rm -rf ~; echo $(id)'`);
});
