/** Directions of greatest variance: `components` is count × size, each of length 1; `variances` along them. */
export type PrincipalComponents = { readonly components: Float64Array; readonly variances: Float64Array }

const ROUNDS = 40

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}

function addScaled(into: Float64Array, from: Float64Array, scale: number): void {
  for (let i = 0; i < into.length; i++) into[i] = (into[i] ?? 0) + scale * (from[i] ?? 0)
}

/** Gram and Schmidt; a direction that is nothing but the others becomes zero. */
function orthonormalise(directions: readonly Float64Array[]): void {
  directions.forEach((direction, at) => {
    for (const before of directions.slice(0, at)) addScaled(direction, before, -dot(direction, before))
    const length = Math.sqrt(dot(direction, direction))
    for (let i = 0; i < direction.length; i++) direction[i] = length > 1e-12 ? (direction[i] ?? 0) / length : 0
  })
}

/** A start that is the same each time and hardly at right angles to anything. */
const startOf = (count: number, size: number): Float64Array[] =>
  Array.from({ length: count }, (_, k) =>
    Float64Array.from({ length: size }, (_, i) => Math.sin(1 + (k + 1) * 12.9898 + i * 78.233 * (k + 1))),
  )

/** Of centred samples, by orthogonal iteration: no matrix of size × size is made. */
export function principalComponents(centred: readonly Float64Array[], count: number): PrincipalComponents {
  const size = centred[0]?.length ?? 0
  let directions = startOf(count, size)
  orthonormalise(directions)
  for (let round = 0; round < ROUNDS; round++) {
    const next = directions.map(() => new Float64Array(size))
    for (const sample of centred)
      next.forEach((direction, k) => {
        addScaled(direction, sample, dot(sample, directions[k] ?? direction))
      })
    orthonormalise(next)
    directions = next
  }
  const variances = directions.map(
    (direction) => centred.reduce((sum, sample) => sum + dot(sample, direction) ** 2, 0) / (centred.length - 1),
  )
  const components = new Float64Array(count * size)
  directions.forEach((direction, k) => {
    components.set(direction, k * size)
  })
  return { components, variances: Float64Array.from(variances) }
}
