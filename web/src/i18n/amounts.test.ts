import { createInstance } from "i18next";
import { expect, test } from "vitest";
import { bytes, count, span } from "./amounts";
import { grouped } from "./grouped";

test.each([
  [0, "0 B"],
  [1023, "1,023 B"],
  [1536, "1.5 KiB"],
  [5 * 1024 ** 3, "5 GiB"],
  [3e18, "2,664.5 PiB"],
])("%d bytes read as %s", (amount, text) => {
  expect(bytes(amount, "en")).toBe(text);
});

test.each([
  [0, "0 sec"],
  [59.9, "59 sec"],
  [7500, "2 hr 5 min"],
  [86_400 * 3 + 61, "3 days 1 min"],
])("%d seconds read as %s", (seconds, text) => {
  expect(span(seconds, "en")).toBe(text);
});

test("numbers are grouped as the language does", () => {
  expect(count(1797, "en")).toBe("1,797");
  expect(count(0.12345, "en", 2)).toBe("0.12");
  expect(span(7500, "zh")).toBe("2小时 5分钟");
});

test("numbers in texts are grouped, names made of digits are not", async () => {
  const spoken = createInstance().use(grouped);
  await spoken.init({
    lng: "en",
    resources: {
      en: { translation: { projects: { shown: "{{shown}} of {{total}}: {{name}}, {{share}}" } } },
    },
    interpolation: { alwaysFormat: true },
  });
  expect(spoken.t("projects.shown", { shown: 30, total: 60_000, name: "12345", share: 1234.5 })).toBe(
    "30 of 60,000: 12345, 1234.5",
  );
});
