import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LOCAL_ACCOUNT_ID, type PolicyDocument, type PolicyStatement } from '../../lib/emulator/index.ts'

export type PolicyName =
  'customer-key' | 'function-role' | 'operator' | 'operator-fc2' | 'receipts' | 'receiver'

/** The values for the placeholders in docs/ram; a list makes a list of resources. */
export type PolicyValues = Readonly<Record<string, string | readonly string[]>>

const LOCAL: PolicyValues = {
  region: 'cn-shanghai',
  account: LOCAL_ACCOUNT_ID,
  secret: 'live/snapshot-callback/default',
  'other-account': '1000000000000002',
  role: 'live-key-rotator',
}

/** A policy of docs/ram as a user would attach it, filled in for the local cloud. */
export function ramPolicy(name: PolicyName, values: PolicyValues = {}): PolicyDocument {
  const file = join(import.meta.dirname, '../../docs/ram', `${name}.json`)
  const policy = JSON.parse(readFileSync(file, 'utf8')) as PolicyDocument
  return {
    ...policy,
    Statement: policy.Statement.map((statement) => ({
      ...statement,
      Resource: [statement.Resource].flat().flatMap((resource) => filled(resource, { ...LOCAL, ...values })),
    })),
  }
}

function filled(resource: string, values: PolicyValues): string[] {
  const [placeholder, name] = /<([a-z-]+)>/.exec(resource) ?? []
  if (placeholder === undefined || name === undefined) return [resource]
  const value = values[name]
  if (value === undefined) throw new TypeError(`no value is given for ${placeholder}`)
  return [value].flat().flatMap((one) => filled(resource.replace(placeholder, one), values))
}

export function actionsOf(policies: readonly PolicyDocument[]): string[] {
  return policies.flatMap(({ Statement }) => Statement.flatMap(({ Action }) => Action))
}

/** The policies without one action. */
export function without(action: string, policies: readonly PolicyDocument[]): PolicyDocument[] {
  return policies.map((policy): PolicyDocument => ({
    ...policy,
    Statement: policy.Statement.flatMap((statement): PolicyStatement[] => {
      const Action = [statement.Action].flat().filter((one) => one !== action)
      return Action.length === 0 ? [] : [{ ...statement, Action }]
    }),
  }))
}
