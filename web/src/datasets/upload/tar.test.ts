import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tarOf } from "./tar";

test("tar itself finds every file, whatever its name and size", async () => {
  const files = {
    "a.csv": "x\n1\n",
    "empty.txt": "",
    "cat/one.png": "0".repeat(512),
    "图片/三.png": "3",
    [`${"long/".repeat(30)}name.txt`]: "far",
    [`${"n".repeat(99)}`]: "99",
    [`${"m".repeat(101)}`]: "101",
  };
  const packed = Object.entries(files).map(([path, text]) => ({ path, file: new Blob([text]) }));
  const place = mkdtempSync(join(tmpdir(), "tar-"));
  try {
    writeFileSync(join(place, "all.tar"), new Uint8Array(await tarOf(packed).arrayBuffer()));
    execFileSync("tar", ["-xf", "all.tar"], { cwd: place });
    for (const [path, text] of Object.entries(files))
      expect(readFileSync(join(place, path), "utf8"), path).toBe(text);
    expect(readdirSync(place)).toHaveLength(8);
  } finally {
    rmSync(place, { recursive: true });
  }
});
