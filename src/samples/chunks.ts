/** Points in one chunk; a power of two. */
export const chunkPoints = 8;

const chunksInPage = 512;
const floatsInChunk = 2 * chunkPoints;

/**
 * Room for points in large pages, handed out in small chunks: 20,000 series with a buffer each take three times as much
 * memory as their points, and each buffer is one more thing to collect. Pages stay for the next points.
 */
export interface ChunkPool {
  take(): number;
  give(chunk: number): void;
  timeAt(chunk: number, place: number): number;
  valueAt(chunk: number, place: number): number;
  set(chunk: number, place: number, time: number, value: number): void;
}

export function createChunkPool(): ChunkPool {
  const pages: Float64Array[] = [];
  const free: number[] = [];
  function addPage(): void {
    const first = pages.length * chunksInPage;
    pages.push(new Float64Array(chunksInPage * floatsInChunk));
    for (let chunk = first + chunksInPage - 1; chunk >= first; chunk--) free.push(chunk);
  }
  function read(chunk: number, float: number): number {
    return pages[Math.floor(chunk / chunksInPage)]?.[(chunk % chunksInPage) * floatsInChunk + float] ?? Number.NaN;
  }
  return {
    take() {
      if (free.length === 0) addPage();
      return free.pop() ?? 0;
    },
    give: (chunk) => void free.push(chunk),
    timeAt: (chunk, place) => read(chunk, 2 * place),
    valueAt: (chunk, place) => read(chunk, 2 * place + 1),
    set(chunk, place, time, value) {
      const page = pages[Math.floor(chunk / chunksInPage)];
      const at = (chunk % chunksInPage) * floatsInChunk + 2 * place;
      if (!page) return;
      page[at] = time;
      page[at + 1] = value;
    },
  };
}
