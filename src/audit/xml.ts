type Attributes = Readonly<Record<string, string | number | boolean | undefined>>

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

// What is no Char of XML 1.0, lone surrogates included.
const NOT_XML = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu

/** Character data on one line: whatever ends a line anywhere, and tabs, are written as references. */
export const escapeXml = (text: string): string =>
  text
    .replace(NOT_XML, '\ufffd')
    .replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '')
    .replace(/[\t\n\r\u0085\u2028\u2029]/g, (character) => `&#${character.charCodeAt(0)};`)

/** One element; attributes that are undefined are left out, children are XML already. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const given = Object.entries(attributes).filter(([, value]) => value !== undefined)
  const head = [name, ...given.map(([key, value]) => `${key}="${escapeXml(String(value))}"`)].join(' ')
  return children.length === 0 ? `<${head}/>` : `<${head}>${children.join('')}</${name}>`
}
