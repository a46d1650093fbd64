import { expect, test } from 'vitest'
import { configFile, mcads } from '../support/mcads.ts'
import { temporaryFolder } from '../support/needs.ts'

const COMMANDS = [
  ['serve'],
  ['migrate'],
  ['config', 'check'],
  ['echo'],
  ['send'],
  ['study', 'list'],
  ['study', 'show'],
  ['study', 'retry'],
  ['doctor'],
  ['demo'],
  ['analyse'],
  ['inspect', 'pixels'],
  ['inspect', 'tensor'],
  ['model', 'list'],
  ['model', 'show'],
  ['model', 'verify'],
  ['model', 'fetch'],
  ['model', 'import'],
]

test.each(COMMANDS.map((words) => [words.join(' '), words] as const))(
  'mcads %s --help tells what it does, with --config and --json, and exits 0',
  async (name, words) => {
    const { exitCode, stdout, stderr } = await mcads(...words, '--help')
    expect(stdout).toContain(`Usage: mcads ${name}`)
    for (const option of ['--config <file>', '--json', '--help']) expect(stdout).toContain(option)
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  },
)

test('mcads --help names every command, and --version says which it is', async () => {
  const { exitCode, stdout } = await mcads('--help')
  for (const [name = ''] of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${name}\\b`, 'm'))
  expect(exitCode).toBe(0)
  expect(await mcads('--version')).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
})

test.each([
  ['no command', []],
  ['an unknown command', ['frobnicate']],
  ['half a command', ['study']],
  ['an unknown option', ['doctor', '--frobnicate']],
  ['a missing argument', ['study', 'show']],
  ['a missing option', ['send', 'image.dcm']],
  ['an unknown role', ['serve', '--role', 'receiver,frobnicator']],
  ['an unknown state', ['study', 'list', '--state', 'gone']],
  ['a limit that is no number', ['study', 'list', '--limit', 'many']],
  ['a malformed UID to show', ['study', 'show', '1.2.x']],
  ['a malformed UID to retry', ['study', 'retry', '../../etc/passwd']],
  ['a destination that is not configured', ['echo', 'nowhere']],
  ['a peer without a port', ['send', 'image.dcm', '--to', 'pacs', '--called', 'PACS']],
  ['an AE title of 17 characters', ['send', 'image.dcm', '--to', 'pacs:104', '--called', 'A23456789012345678']],
  ['no time to answer', ['send', 'image.dcm', '--to', 'pacs:104', '--called', 'PACS', '--timeout', '0']],
  ['a seed that is no number', ['demo', '--seed', 'x']],
  ['a configuration file that is not there', ['doctor', '--config', '/nowhere/node.yaml']],
])('%s is wrong usage: exit code 2, words on standard error only, and nothing is opened', async (_, args) => {
  const directory = await temporaryFolder()
  const config = await configFile({ storage: { directory: `${directory}/state` } })
  const { exitCode, stdout, stderr } = await mcads('--config', config, ...args)
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr).not.toBe('')
  expect(stderr).not.toContain('INTERNAL')
})

test('with --json an error is one line of JSON on standard error', async () => {
  const { exitCode, stdout, stderr } = await mcads('study', 'show', 'x', '--json')
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr.split('\n')).toEqual([expect.any(String), ''])
  expect(JSON.parse(stderr)).toEqual({ error: { code: 'UID_INVALID', message: expect.any(String) } })
})
