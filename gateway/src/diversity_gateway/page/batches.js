/** How many pictures go into one request. */

const MOST_FILES = 16; // about a second of embedding on two cores, so that progress moves
const MOST_BYTES = 16 * 1024 * 1024; // half of what the gateway takes in one body

/**
 * Cuts entries into consecutive batches within both limits; one that is too large alone goes alone.
 * @param {{file: {size: number}}[]} entries
 */
export function batchesOf(entries, mostFiles = MOST_FILES, mostBytes = MOST_BYTES) {
  const batches = [];
  let bytes = 0;
  for (const entry of entries) {
    const last = batches.at(-1);
    if (!last || last.length >= mostFiles || bytes + entry.file.size > mostBytes) {
      batches.push([entry]);
      bytes = entry.file.size;
    } else {
      last.push(entry);
      bytes += entry.file.size;
    }
  }
  return batches;
}
