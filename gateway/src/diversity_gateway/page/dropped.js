/** The files in a drop or a folder choice, with their relative paths. */

/** @typedef {{file: File, path: string}} Entry */

const PICTURE_NAME = /\.(jpe?g|jfif|png|webp|gif|bmp|tiff?)$/i;

/** A folder holds more than pictures; what is none by type and name is left out, hidden files too. */
export function isPicture({ file, path }) {
  const hidden = path.split("/").some((piece) => piece.startsWith("."));
  return !hidden && (file.type.startsWith("image/") || PICTURE_NAME.test(path));
}

/** Files chosen through an input; a folder choice carries its paths. */
export function chosenEntries(files) {
  return Array.from(files, (file) => ({ file, path: file.webkitRelativePath || file.name }));
}

/**
 * Everything dropped, folders walked. The items must be read before the event ends, so this starts at once.
 * @param {DataTransfer} transfer
 * @returns {Promise<Entry[]>}
 */
export async function droppedEntries(transfer) {
  const roots = Array.from(transfer.items, (item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!roots.some((root) => root.isDirectory)) return chosenEntries(transfer.files);
  const found = await Promise.all(roots.map(walk));
  return found.flat();
}

async function walk(entry) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return [{ file, path: entry.fullPath.replace(/^\//, "") }];
  }
  const reader = entry.createReader();
  const children = [];
  for (;;) {
    // One call gives at most 100 entries; an empty one is the end.
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break;
    children.push(...some);
  }
  const found = [];
  for (const child of children) found.push(...(await walk(child)));
  return found;
}
