import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { readConfig } from '../config/read-config.ts'
import type { Config } from '../config/schema.ts'

const DEFAULT_FILE = 'node.yaml'

/** `--config FILE`, else MCADS_CONFIG, else node.yaml in this folder if there is one, else defaults. */
export function configOf(command: Command): Config {
  const { config } = command.optsWithGlobals<{ config?: string }>()
  const file = config ?? process.env.MCADS_CONFIG ?? (existsSync(DEFAULT_FILE) ? DEFAULT_FILE : undefined)
  return readConfig(file, process.env)
}
