import { expect, test } from "vitest";
import { found, hashesOf, packageOf } from "./packages";

const GIT = "git+https://git.example.com/viewer.git@3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f";
const CONDA = "https://conda.anaconda.org/conda-forge/linux-64/numpy-2.1.0-py312h58c1407_0.conda#0a1b";

test.each([
  ["numpy==2.1.0", { version: "2.1.0", from: "index", place: "", marker: "" }],
  ["uvicorn[standard]==0.30.1", { version: "0.30.1", from: "index" }],
  ["odd===2004d", { version: "2004d", from: "index" }],
  ["colorama==0.4.6 ; sys_platform == 'win32'", { version: "0.4.6", marker: "sys_platform == 'win32'" }],
  [`viewer @ ${GIT}`, { version: "", from: "git", place: GIT }],
  ["x @ https://example.com/x-1.whl", { version: "", from: "address", place: "https://example.com/x-1.whl" }],
  [CONDA, { version: "2.1.0", from: "conda", place: CONDA }],
  ["nonsense", { version: "", from: "conda" }],
])("%s is read", (line, expected) => {
  expect(packageOf("any", line)).toMatchObject({ name: "any", ...expected });
});

test("hashes are found by the normal name of their package", () => {
  const text = `# starwhale-lock: 1\nTyping_Extensions==4.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n${GIT}\n`;
  expect([...hashesOf(text)]).toEqual([["typing-extensions", ["sha256:aa", "sha256:bb"]]]);
});

test("packages are found by name, version or origin", () => {
  const all = [packageOf("numpy", "numpy==2.1.0"), packageOf("viewer", `viewer @ ${GIT}`)];
  expect(found(all, " NUM ").map(({ name }) => name)).toEqual(["numpy"]);
  expect(found(all, "git.example").map(({ name }) => name)).toEqual(["viewer"]);
  expect(found(all, "")).toHaveLength(2);
});
