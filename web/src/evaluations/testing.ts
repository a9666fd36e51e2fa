import { type Filter, isPattern } from "../filtering/filter";
import { midnight, momentOf } from "../i18n/times";
import { timeOf } from "../panels/values";
import { numberOf, textOf } from "./values";

/** What lets values through that a condition holds for. */
export function testOf(filter: Filter): (value: unknown) => boolean {
  switch (filter.op) {
    case "range":
      return within(numberOf, filter.from, filter.to);
    case "days": {
      const from = filter.from ? midnight(filter.from) : undefined;
      const to = filter.to ? midnight(filter.to, 1) - 1 : undefined;
      return within(
        (value) => timeOf(value) ?? (typeof value === "string" ? momentOf(value) : undefined),
        from,
        to,
      );
    }
    case "has": {
      const text = filter.text.toLowerCase();
      return (value) => textOf(value).toLowerCase().includes(text);
    }
    case "like": {
      if (!isPattern(filter.text)) return () => true;
      const pattern = new RegExp(filter.text, "iu");
      return (value) => pattern.test(textOf(value));
    }
    case "in": {
      const values = new Set(filter.values);
      return (value) =>
        Array.isArray(value) ? value.some((each) => values.has(textOf(each))) : values.has(textOf(value));
    }
    case "is":
      return (value) => value === filter.value;
    case "any":
      return (value) => value !== null && value !== undefined;
    case "none":
      return (value) => value === null || value === undefined;
  }
}

function within(
  read: (value: unknown) => number | undefined,
  from = -Infinity,
  to = Infinity,
): (value: unknown) => boolean {
  return (value) => {
    const number = read(value);
    return number !== undefined && number >= from && number <= to;
  };
}
