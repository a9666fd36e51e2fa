// Names in package-lock.json the builds of a package for other machines, where the registry that wrote the lock
// does not offer them: `npm ci` refuses a lock that leaves one out, even if this machine has no use for it.
import { readFileSync, writeFileSync } from "node:fs";

const NAME = /-(?<os>android|darwin|linux|win32)-(?<cpu>arm64|x64)(?<musl>-musl)?$/;
const path = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(path, "utf8"));
for (const [place, { optionalDependencies = {}, dev, engines, license }] of Object.entries(lock.packages)) {
  if (!place) continue;
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const found = NAME.exec(name)?.groups;
    if (!found || `node_modules/${name}` in lock.packages || !/^\d/.test(version)) continue;
    const { os, cpu, musl } = found;
    const libc = os === "linux" ? { libc: [musl ? "musl" : "glibc"] } : {};
    const entry = { version, cpu: [cpu], dev, ...libc, license, optional: true, os: [os], engines };
    lock.packages[`node_modules/${name}`] = entry;
  }
}
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([one], [other]) => (one < other ? -1 : 1)),
);
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
