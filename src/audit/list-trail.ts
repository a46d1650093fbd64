import { join } from 'node:path'
import { type MessageFacts, messageFacts } from './message-facts.ts'
import { readLines, trailFiles } from './trail-files.ts'
import { parseLine } from './trail-line.ts'

/** The last messages of the whole trail, oldest first; those of one study when it is named. */
export async function listTrail(
  directory: string,
  { limit, studyInstanceUid }: { limit: number; studyInstanceUid?: string | undefined },
): Promise<MessageFacts[]> {
  let found: MessageFacts[] = []
  for (const file of await trailFiles(directory)) {
    for await (const text of readLines(join(directory, file))) {
      const line = parseLine(text)
      if (!line) continue
      const facts = messageFacts(line.xml)
      if (studyInstanceUid === undefined || facts.studyInstanceUid === studyInstanceUid) found.push(facts)
    }
    // Files of one day lie beside one another in time.
    found = found.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)).slice(-limit)
  }
  return found
}
