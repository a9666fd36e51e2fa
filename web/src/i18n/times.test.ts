import { expect, test } from "vitest";
import { relative } from "./times";

const NOW = new Date("2030-06-15T12:00:00Z");

test.each([
  ["2030-06-15T11:59:40Z", "now", "刚刚"],
  ["2030-06-15T12:00:30Z", "now", "现在"],
  ["2030-06-15T11:58:01Z", "1 minute ago", "1分钟前"],
  ["2030-06-15T09:00:00Z", "3 hours ago", "3小时前"],
  ["2030-06-14T11:00:00Z", "yesterday", "昨天"],
  ["2030-07-01T12:00:00Z", "in 16 days", "16天后"],
  ["2028-01-01T00:00:00Z", "2 years ago", "2年前"],
])("%s", (time, english, chinese) => {
  expect(relative(time, "en", NOW)).toBe(english);
  expect(relative(time, "zh", NOW)).toBe(chinese);
});
