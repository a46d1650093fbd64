import { isStrictUid } from '../study/identifiers.ts'

/** How one text VR may look when it is ours. `single`: a backslash is text, not a separator. */
export type TextRule = { readonly allows: (value: string) => boolean; readonly single?: true; readonly pad: number }

const SPACE = 0x20
const NULL = 0x00
/** The default repertoire without backslash and control characters, PS3.5 section 6.1.2. */
const LINE = /^[\x20-\x5b\x5d-\x7e]*$/
/** With backslash, TAB, LF, FF and CR. */
const PARAGRAPH = /^[\x20-\x7e\t\n\f\r]*$/
const TIME = /^([01]\d|2[0-3])([0-5]\d([0-5]\d(\.\d{1,6})?|60(\.\d{1,6})?)?)?$/
const MONTH_AND_DAY = '(0[1-9]|1[0-2])(0[1-9]|[12]\\d|3[01])'
const DATE_TIME = new RegExp(
  `^\\d{4}(0[1-9]|1[0-2])?$|^\\d{4}${MONTH_AND_DAY}(([01]\\d|2[0-3])([0-5]\\d([0-5]\\d(\\.\\d{1,6})?)?)?)?([+-]\\d{4})?$`,
)
const DATE = new RegExp(`^\\d{4}${MONTH_AND_DAY}$`)

const line = (max: number): TextRule => ({ allows: (value) => value.length <= max && LINE.test(value), pad: SPACE })
const matching = (pattern: RegExp): TextRule => ({ allows: (value) => pattern.test(value), pad: SPACE })
const paragraph = (max: number): TextRule => ({
  allows: (value) => value.length <= max && PARAGRAPH.test(value),
  single: true,
  pad: SPACE,
})

const isIntegerString = (value: string) => /^[+-]?\d{1,11}$/.test(value) && (Number(value) | 0) === Number(value)
const isPersonName = (value: string) => {
  const groups = value.split('=')
  return LINE.test(value) && groups.length <= 3 && groups.every((g) => g.length <= 64 && g.split('^').length <= 5)
}

/** PS3.5 Table 6.2-1, for text in the default repertoire. */
export const TEXT_RULES: Readonly<Record<string, TextRule>> = {
  AE: line(16),
  AS: matching(/^\d{3}[DWMY]$/),
  CS: matching(/^[A-Z0-9 _]{0,16}$/),
  DA: matching(DATE),
  DS: matching(/^(?=.{1,16}$)[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/),
  DT: matching(DATE_TIME),
  IS: { allows: isIntegerString, pad: SPACE },
  LO: line(64),
  LT: paragraph(10240),
  PN: { allows: isPersonName, pad: SPACE },
  SH: line(16),
  ST: paragraph(1024),
  TM: matching(TIME),
  UC: line(0xfffffffe),
  UI: { allows: isStrictUid, pad: NULL },
  UR: { allows: (value) => /^[\x21-\x5b\x5d-\x7e]*$/.test(value), single: true, pad: SPACE },
  UT: paragraph(0xfffffffe),
}
