import { expect, test } from "vitest";
import { moment, relative } from "./times";

const NOW = new Date("2030-06-15T12:00:00Z");

test.each([
  ["2030-06-15T11:59:40Z", "now", "刚刚"],
  ["2030-06-15T12:00:30Z", "now", "现在"],
  ["2030-06-15T11:58:01Z", "1 minute ago", "1分钟前"],
  ["2030-06-15T09:00:00Z", "3 hours ago", "3小时前"],
  ["2030-06-14T11:00:00Z", "1 day ago", "1天前"],
  ["2030-06-13T13:00:00Z", "1 day ago", "1天前"],
  ["2030-06-17T11:00:00Z", "in 1 day", "1天后"],
  ["2030-07-01T12:00:00Z", "in 16 days", "16天后"],
  ["2028-01-01T00:00:00Z", "2 years ago", "2年前"],
])("%s", (time, english, chinese) => {
  expect(relative(time, "en", NOW)).toBe(english);
  expect(relative(time, "zh", NOW)).toBe(chinese);
});

test.each([
  ["datetime", "2030-06-15T12:00:05.25", "Jun 15, 2030, 12:00:05 PM", "2030年6月15日 12:00:05"],
  ["date", "2030-06-15", "Jun 15, 2030", "2030年6月15日"],
  ["time", "12:00:05", "12:00:05", "12:00:05"],
  ["datetime", "once", "once", "once"],
])("a %s of rows, %s", (type, text, english, chinese) => {
  expect(moment(type, text, "en").replaceAll("\u202f", " ")).toBe(english);
  expect(moment(type, text, "zh")).toBe(chinese);
});
