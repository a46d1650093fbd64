/** The radiograph's long side on the largest page, in pixels. */
export const LONGEST_SHOWN = 1280

/** Rows and columns with the long side between the two, neither below 1. */
export function sizeWithin({ rows, columns }: { rows: number; columns: number }, shortest: number, longest: number) {
  const long = Math.max(rows, columns)
  const scale = Math.min(Math.max(long, shortest), longest) / long
  return { rows: Math.max(1, Math.round(rows * scale)), columns: Math.max(1, Math.round(columns * scale)) }
}
