import type { GreyImage } from './result-input.ts'
import { scaledGrey } from './scale-grey.ts'
import { sizeWithin } from './shown-size.ts'

/** The long side, in pixels. */
const SIDE = 384

/** As the summary page shows it. */
export const smallRadiograph = (display: GreyImage): GreyImage => scaledGrey(display, sizeWithin(display, SIDE, SIDE))
