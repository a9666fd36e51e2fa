/** A file with the path that it is to have in an archive. */
export interface Packed {
  path: string;
  file: Blob;
}

const BLOCK = 512;
const encoder = new TextEncoder();

/**
 * A tar archive of files, of which nothing is copied: browsers read them as it is sent.
 *
 * Names that the plain form has no room for are told in a header before theirs, as POSIX has it.
 */
export function tarOf(files: readonly Packed[]): Blob {
  const parts: BlobPart[] = [];
  for (const { path, file } of files) {
    const name = encoder.encode(path);
    const plain = name.length <= 100 && name.length === path.length && file.size < 8 ** 11;
    if (!plain) {
      const told = encoder.encode(record("path", path) + record("size", String(file.size)));
      parts.push(header("PaxHeader", told.length, "x"), told, padding(told.length));
    }
    parts.push(header(plain ? path : "file", plain ? file.size : Math.min(file.size, 8 ** 11 - 1), "0"));
    parts.push(file, padding(file.size));
  }
  parts.push(new Uint8Array(2 * BLOCK));
  return new Blob(parts, { type: "application/octet-stream" });
}

function header(name: string, size: number, kind: string): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(BLOCK);
  const put = (text: string, at: number): void => void block.set(encoder.encode(text), at);
  put(name, 0);
  put("0000644\0", 100);
  put("0000000\0", 108);
  put("0000000\0", 116);
  put(`${size.toString(8).padStart(11, "0")}\0`, 124);
  put("00000000000\0", 136);
  put("        ", 148);
  put(kind, 156);
  put("ustar\u000000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

function padding(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
}

/** A line of such a header, which begins with its own length. */
function record(key: string, value: string): string {
  const rest = encoder.encode(` ${key}=${value}\n`).length;
  let length = rest + String(rest).length;
  if (rest + String(length).length > length) length++;
  return `${length} ${key}=${value}\n`;
}
