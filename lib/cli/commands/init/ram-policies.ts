import functionRole from '../../../../docs/ram/function-role.json' with { type: 'json' }
import operator from '../../../../docs/ram/operator.json' with { type: 'json' }
import receiver from '../../../../docs/ram/receiver.json' with { type: 'json' }
import trust from '../../../../docs/ram/trust.json' with { type: 'json' }
import { say, type Said } from '../../words/said.ts'
import type { Draft } from './draft.ts'

/** A file in `ram/`, and what to do with it. */
export interface PolicyFile {
  readonly name: string
  readonly content: string
  readonly purpose: Said
}

interface Statement {
  readonly Action: string | readonly string[]
  readonly Resource?: string | readonly string[]
}

const FUNCTION = 'live-key-rotator'

/**
 * The RAM policies of a configuration, filled in: those parts of the policies in docs/ram that this configuration uses.
 * Does no I/O.
 *
 * @param account - null if it is unknown: `<account>` then stays to be filled in.
 */
export function ramPolicies({ region, groups }: Draft, account: string | null): PolicyFile[] {
  const values = {
    region: [region],
    account: [account ?? '<account>'],
    secret: groups.map(({ secret }) => secret),
    function: [FUNCTION],
  }
  const unused = unusedActions(groups)
  const file = (name: string, policy: object, purpose: Said): PolicyFile => ({
    name: `ram/${name}.json`,
    content: `${JSON.stringify(policy, null, 2)}\n`,
    purpose,
  })
  const filled = (policy: { readonly Version: string; readonly Statement: readonly Statement[] }) => ({
    ...policy,
    Statement: policy.Statement.flatMap((statement) => statementOf(statement, values, unused)),
  })
  return [
    file(
      'function-role',
      filled(functionRole),
      say(`what the function may do: attach it to a role ${FUNCTION}`, `函数的权限：授权给角色 ${FUNCTION}`),
    ),
    file(
      'trust',
      trust,
      say(
        'the trust policy of that role, and of a receiver that is a function',
        '该角色的信任策略；接收端是函数时也用它',
      ),
    ),
    file(
      'receiver',
      filled(receiver),
      say('what a receiver may do: attach it to the role of each', '接收端的权限：授权给每个接收端的角色'),
    ),
    file(
      'operator',
      filled(operator),
      say('for the people who may rotate and handle emergencies', '供可以发起轮转和应急的人员使用'),
    ),
  ]
}

/** What `function-role.json` allows for configurations of another kind. */
function unusedActions(groups: Draft['groups']): readonly string[] {
  const kinds = groups.map(({ authSource }) => authSource)
  return [
    'sts:AssumeRole',
    ...(groups.some(({ discover }) => discover !== null) ? [] : ['live:DescribeLiveUserDomains']),
    ...(kinds.includes('notifyConfig') ? [] : ['live:UpdateLiveSnapshotNotifyConfig']),
    ...(kinds.includes('snapshotCallbackAuth')
      ? []
      : ['live:QuerySnapshotCallbackAuth', 'live:SetSnapshotCallbackAuth']),
  ]
}

/** None if no part of it is used. */
function statementOf(
  statement: Statement,
  values: Readonly<Record<string, readonly string[]>>,
  unused: readonly string[],
): Statement[] {
  const actions = [statement.Action].flat().filter((action) => !unused.includes(action))
  if (actions.length === 0) return []
  const resources = [statement.Resource ?? []].flat().flatMap((resource) => filledIn(resource, values))
  return [{ ...statement, Action: single(actions), Resource: single(resources) }]
}

function filledIn(resource: string, values: Readonly<Record<string, readonly string[]>>): string[] {
  const found = [...resource.matchAll(/<([a-z-]+)>/g)].find(([, name = '']) => isOpen(name, values))
  if (found === undefined) return [resource]
  const [placeholder, name = ''] = found
  return (values[name] ?? []).flatMap((value) => filledIn(resource.replace(placeholder, value), values))
}

/** Leaves unknown placeholders as they are. */
function isOpen(name: string, values: Readonly<Record<string, readonly string[]>>): boolean {
  return values[name] !== undefined && !values[name].includes(`<${name}>`)
}

function single<T>(items: readonly T[]): T | readonly T[] {
  const [only] = items
  return only !== undefined && items.length === 1 ? only : items
}
