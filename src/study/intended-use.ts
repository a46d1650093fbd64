/** For which images a model is meant, and what must be said of some of them, from its manifest. */
export type IntendedUse = {
  readonly intended?: { readonly views?: readonly View[] | undefined; readonly ages?: Ages | undefined } | undefined
  readonly caveats?: readonly DeclaredCaveat[] | undefined
}

/** The frontal views of the chest, View Position (0018,5101). */
export type View = 'PA' | 'AP'
/** Whole years, first and last. */
type Ages = readonly [number, number]
/** Where all that is given applies: for example AP views of children. */
export type DeclaredCaveat = {
  readonly code: string
  readonly views?: readonly View[] | undefined
  readonly ages?: Ages | undefined
  readonly text: string
}
