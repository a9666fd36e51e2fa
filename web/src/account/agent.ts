// In this order, since most call themselves by the names of others as well.
const BROWSERS: [RegExp, string][] = [
  [/\bEdg(e|A|iOS)?\//, "Edge"],
  [/\b(OPR|Opera)\//, "Opera"],
  [/\b(Firefox|FxiOS)\//, "Firefox"],
  [/\b(Chrome|CriOS|HeadlessChrome)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];
const SYSTEMS: [RegExp, string][] = [
  [/\b(iPhone|iPad)\b/, "iOS"],
  [/\bAndroid\b/, "Android"],
  [/\bMac OS X\b/, "macOS"],
  [/\bWindows\b/, "Windows"],
  [/\b(Linux|X11)\b/, "Linux"],
];

/** Browser and system by what a browser calls itself; empty where that is not known. */
export function agentOf(text: string): { browser: string; system: string } {
  return { browser: named(BROWSERS, text), system: named(SYSTEMS, text) };
}

function named(known: [RegExp, string][], text: string): string {
  return known.find(([pattern]) => pattern.test(text))?.[1] ?? "";
}
