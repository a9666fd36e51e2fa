const KINDS = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const AS_IT_IS = 300_000;
const LARGEST_SIDE = 1600;
/** As the server has it, in characters; see `Image` in src/starwhale/server/routers/reports.py. */
const LARGEST = 1_400_000;

/** Pictures among what somebody pastes, drops or chooses. */
export function picturesIn(files: FileList | null | undefined): File[] {
  return [...(files ?? [])].filter(({ type }) => KINDS.includes(type));
}

export const ACCEPTED = KINDS.join(",");

/** A picture as an address that holds it, made smaller where it is large; undefined where it cannot be read. */
export async function addressOf(file: File): Promise<string | undefined> {
  try {
    if (file.size <= AS_IT_IS) return await read(file);
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, LARGEST_SIDE / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const found = [0.9, 0.75, 0.5].map((quality) => canvas.toDataURL("image/webp", quality));
    return found.find((address) => address.length <= LARGEST);
  } catch {
    return undefined;
  }
}

export function read(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
