import { complaintsIn } from './complaints.ts'
import { dcmtk } from './dcmtk.ts'

/** What dciodvfy finds wrong with a file. */
export async function dciodvfyComplaints(path: string): Promise<string[]> {
  const { output } = await dcmtk('dciodvfy', '-new', path)
  return complaintsIn(output.split('\n').filter((line) => line !== ''))
}
