const REGION = /<!-- table: ([a-z-]+) -->\n[\s\S]*?<!-- end -->/g

/** The text with every `<!-- table: NAME --> … <!-- end -->` filled anew; each table stands somewhere, and no other. */
export function fillTables(text: string, tables: Readonly<Record<string, string>>): string {
  const placed = new Set<string>()
  const filled = text.replace(REGION, (_, name: string) => {
    const table = tables[name]
    if (table === undefined) throw new Error(`there is no table named ${name}`)
    placed.add(name)
    return `<!-- table: ${name} -->\n${table}\n<!-- end -->`
  })
  const missing = Object.keys(tables).filter((name) => !placed.has(name))
  if (missing.length > 0) throw new Error(`no place for ${missing.join(', ')}`)
  return filled
}

/** A table in Markdown. */
export function markdownTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n')
}
