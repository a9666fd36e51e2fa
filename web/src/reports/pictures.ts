/** How each kind of picture begins. */
const BEGINNINGS: [kind: string, bytes: RegExp][] = [
  ["image/png", /^\x89PNG/],
  ["image/jpeg", /^\xff\xd8\xff/],
  ["image/gif", /^GIF8/],
  ["image/webp", /^RIFF[\s\S]{4}WEBP/],
];
const KINDS = BEGINNINGS.map(([kind]) => kind);
const AS_IT_IS = 300_000;
const SIDES = [1600, 1000, 600];
const QUALITIES = [0.9, 0.75, 0.5];
/** Bytes of a file that is looked at. */
const MOST = 30_000_000;
/** As the server has it, in characters; see `Image` in src/starwhale/server/routers/reports.py. */
const LARGEST = 1_400_000;

/** Why a file is not taken: it is of another kind, it is not what it says, it is too large. */
export type Refusal = "kind" | "broken" | "large";
export type Taken = { source: string } | { refused: Refusal };

export const ACCEPTED = KINDS.join(",");

/** A picture as an address that holds it, made smaller where it is large; or why it is none. */
export async function taken(file: File): Promise<Taken> {
  if (!KINDS.includes(file.type)) return { refused: "kind" };
  if (file.size > MOST) return { refused: "large" };
  const kind = kindOf(await file.slice(0, 16).arrayBuffer());
  if (!kind) return { refused: "broken" };
  try {
    // What bytes cannot be drawn of is no picture, whatever it begins with.
    const bitmap = await createImageBitmap(file);
    const source = file.size <= AS_IT_IS ? await read(new Blob([file], { type: kind })) : smaller(bitmap);
    bitmap.close();
    return source ? { source } : { refused: "large" };
  } catch {
    return { refused: "broken" };
  }
}

/** What a file is by its first bytes, whatever it is called; undefined where that is no picture. */
export function kindOf(bytes: ArrayBuffer): string | undefined {
  const beginning = String.fromCharCode(...new Uint8Array(bytes));
  return BEGINNINGS.find(([, pattern]) => pattern.test(beginning))?.[0];
}

function smaller(bitmap: ImageBitmap): string | undefined {
  for (const side of SIDES) {
    const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const tried = QUALITIES.map((quality) => canvas.toDataURL("image/webp", quality));
    const found = tried.find((address) => address.length <= LARGEST);
    if (found) return found;
  }
  return undefined;
}

export function read(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
