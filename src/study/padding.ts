// By hand: the regular expressions that say the same take time by the square of the length, and a peer chooses that.

const NUL = 0x00
const SPACE = 0x20

/** Without the NULs and spaces behind it, PS3.5 section 6.2. */
export function withoutPadding(text: string): string {
  let end = text.length
  while (end > 0 && (text.charCodeAt(end - 1) === NUL || text.charCodeAt(end - 1) === SPACE)) end--
  return text.slice(0, end)
}

/** Without the spaces before it either, where they do not matter. */
export function trimmed(text: string): string {
  const value = withoutPadding(text)
  let start = 0
  while (value.charCodeAt(start) === SPACE) start++
  return value.slice(start)
}
