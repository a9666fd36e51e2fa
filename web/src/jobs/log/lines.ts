/** One line of a log. */
export interface Line {
  /** Byte of the log at which it begins. */
  at: number;
  text: string;
  /** It may go on: its end has not been read, or not been written. */
  open: boolean;
}

const NEW_LINE = 10;
const encoder = new TextEncoder();

/** The lines of some bytes of a log; `at` is where they lie in it. */
export function linesOf(bytes: Uint8Array, at: number): Line[] {
  const lines: Line[] = [];
  const decoder = new TextDecoder();
  let begin = 0;
  while (begin < bytes.length) {
    const end = bytes.indexOf(NEW_LINE, begin);
    const open = end < 0;
    lines.push({
      at: at + begin,
      text: decoder.decode(bytes.subarray(begin, open ? bytes.length : end)),
      open,
    });
    begin = open ? bytes.length : end + 1;
  }
  return lines;
}

/** As many of some bytes as are whole letters; a letter that is cut in two is read with what follows. */
export function wholeLetters(bytes: Uint8Array): Uint8Array {
  // So few may be all that is left, and no letters at all.
  if (bytes.length < 4) return bytes;
  for (let back = 1; back < 4; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes;
    if (byte < 0xc0) continue;
    const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return length > back ? bytes.subarray(0, -back) : bytes;
  }
  return bytes;
}

/** The same of a text; where bytes were no letters, what follows may seem to lie a little off. */
export const linesOfText = (text: string, at: number): Line[] => linesOf(encoder.encode(text), at);

/** Lines, and those that come behind them; what was cut in two is one line again. */
export function joined(lines: Line[], more: Line[]): Line[] {
  const last = lines.at(-1);
  const [first, ...rest] = more;
  if (!last?.open || !first) return [...lines, ...more];
  return [...lines.slice(0, -1), { at: last.at, text: last.text + first.text, open: first.open }, ...rest];
}

/** What a line shows: where a program wrote over it again and again, what was written last. */
export function shownOf(text: string): string {
  const whole = text.replace(/\r+$/, "");
  return whole.slice(whole.lastIndexOf("\r") + 1);
}

/** A piece of a line in one colour. */
export interface Span {
  text: string;
  style: string;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: terminals are told of colours by them
const CONTROL = /\u001b(?:\[([0-9;]*)m|\[[0-9;?]*[A-Za-z]|\][^\u0007]*\u0007)/g;
const COLOURS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

/** A line in the colours that a program gave it; what else was meant for terminals is left out. */
export function spansOf(text: string): Span[] {
  const spans: Span[] = [];
  let style = "";
  let begin = 0;
  for (const found of text.matchAll(CONTROL)) {
    if (found.index > begin) spans.push({ text: text.slice(begin, found.index), style });
    begin = found.index + found[0].length;
    if (found[1] !== undefined) style = styled(style, found[1]);
  }
  if (begin < text.length) spans.push({ text: text.slice(begin), style });
  return spans;
}

function styled(style: string, codes: string): string {
  let found = style;
  for (const code of codes.split(";").map(Number)) {
    if (code === 0) found = "";
    else if (code === 1) found = `${found} ansi-bold`.trim();
    else if (code === 39) found = found.replace(/ansi-(?!bold)\w+/, "").trim();
    else {
      const colour = COLOURS[code % 10];
      const known = (code >= 30 && code <= 37) || (code >= 90 && code <= 97);
      if (known && colour) found = `${found.replace(/ansi-(?!bold)\w+/, "").trim()} ansi-${colour}`.trim();
    }
  }
  return found;
}

/** A line without what is meant for terminals. */
export const plainOf = (text: string): string => shownOf(text).replace(CONTROL, "");
