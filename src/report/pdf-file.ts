/** One page: a picture as JPEG (RGB, 8 bits), and the words on it, for search and for those who cannot see it. */
export type PdfPage = {
  readonly rows: number
  readonly columns: number
  readonly jpeg: Uint8Array
  readonly words: readonly string[]
}

/** A4 in points, and a margin of 10 mm. */
const PAPER = { width: 595, height: 842 }
const MARGIN = 28

const ascii = (text: string) => new TextEncoder().encode(text)
const literal = (text: string) => `(${text.replace(/[\\()]/g, (character) => `\\${character}`)})`

function stream(dictionary: string, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([ascii(`<< ${dictionary} /Length ${bytes.length} >>\nstream\n`), bytes, ascii('\nendstream')])
}

/** The picture as large as the paper allows, and the words invisible under it (text rendering mode 3). */
function content({ rows, columns, words }: PdfPage): Uint8Array {
  const scale = Math.min((PAPER.width - 2 * MARGIN) / columns, (PAPER.height - 2 * MARGIN) / rows)
  const [width, height] = [columns * scale, rows * scale].map((points) => points.toFixed(2))
  const bottom = (PAPER.height - MARGIN - rows * scale).toFixed(2)
  const lines = words.map((line) => `${literal(line)} Tj T*`).join('\n')
  return ascii(
    `BT 3 Tr /F1 8 Tf 10 TL ${MARGIN} ${PAPER.height - MARGIN - 10} Td\n${lines}\nET\nq ${width} 0 0 ${height} ${MARGIN} ${bottom} cm /Im Do Q`,
  )
}

/** The objects of one page: page, content, picture; `first` is the number of the page's own. */
function pageObjects(page: PdfPage, first: number): Uint8Array[] {
  const resources = `/Font << /F1 3 0 R >> /XObject << /Im ${first + 2} 0 R >>`
  const box = `[0 0 ${PAPER.width} ${PAPER.height}]`
  const picture = `/Type /XObject /Subtype /Image /Width ${page.columns} /Height ${page.rows} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode`
  return [
    ascii(`<< /Type /Page /Parent 2 0 R /MediaBox ${box} /Resources << ${resources} >> /Contents ${first + 1} 0 R >>`),
    stream('', content(page)),
    stream(picture, page.jpeg),
  ]
}

/** A PDF 1.4 file (ISO 32000-1) of these pages; the same pages give the same bytes. Title and words are ASCII. */
export function encodePdf(title: string, pages: readonly PdfPage[]): Uint8Array {
  const firstOf = (i: number) => 5 + 3 * i
  const objects: Uint8Array[] = [
    ascii('<< /Type /Catalog /Pages 2 0 R /Lang (en) >>'),
    ascii(`<< /Type /Pages /Count ${pages.length} /Kids [${pages.map((_, i) => `${firstOf(i)} 0 R`).join(' ')}] >>`),
    ascii('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>'),
    ascii(`<< /Title ${literal(title)} >>`),
    ...pages.flatMap((page, i) => pageObjects(page, firstOf(i))),
  ]
  const chunks = [ascii('%PDF-1.4\n')]
  let at = 9
  const offsets = objects.map((object, i) => {
    const offset = at
    const whole = Buffer.concat([ascii(`${i + 1} 0 obj\n`), object, ascii('\nendobj\n')])
    chunks.push(whole)
    at += whole.length
    return `${String(offset).padStart(10, '0')} 00000 n \n`
  })
  const table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.join('')}`
  const trailer = `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R /Info 4 0 R >>\nstartxref\n${at}\n%%EOF\n`
  return new Uint8Array(Buffer.concat([...chunks, ascii(table + trailer)]))
}
