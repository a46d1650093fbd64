const ENOUGH_PIXELS = 1_000_000

/** Every so many rows and columns are enough to judge by: of a large image every other, or third. */
export const samplingStep = ({ rows, columns }: { readonly rows: number; readonly columns: number }): number =>
  Math.max(1, Math.round(Math.sqrt((rows * columns) / ENOUGH_PIXELS)))

/** Every so many whole rows, where rows are looked at whole. */
export const rowStep = (size: { readonly rows: number; readonly columns: number }): number => samplingStep(size) ** 2
