import { Option } from 'commander'
import { Failure } from '../failure.ts'
import { ROLES, type Role } from '../roles/node.ts'

const parseRoles = (text: string) => text.split(',').map((role) => role.trim())
const isRole = (text: string): text is Role => ROLES.some((role) => role === text)

export const roleOption = (): Option =>
  new Option('--role <roles>', `some of ${ROLES.join(',')}`).argParser(parseRoles).default([...ROLES], 'all')

/** @throws Failure USAGE naming those there are */
export function rolesOf(names: readonly string[]): Role[] {
  const unknown = names.filter((role) => !isRole(role))
  if (unknown.length > 0)
    throw new Failure('USAGE', `no such role: ${unknown.join(', ')}; there is ${ROLES.join(', ')}`)
  return names.filter(isRole)
}
