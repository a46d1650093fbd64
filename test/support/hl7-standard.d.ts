/** As much of it as the tests use; the package has no types. */
declare module 'hl7-standard' {
  export default class HL7 {
    constructor(text: string)
    transform(): void
    get(path: string, index?: number): unknown
    getSegments(name: string): { get(path: string): unknown }[]
  }
}
