export interface PolicyStatement {
  readonly Effect: 'Allow' | 'Deny'
  readonly Action: string | readonly string[]
  readonly Resource: string | readonly string[]
}

/** A RAM policy as written in the console. Refuses policies with conditions, which it cannot evaluate. */
export interface PolicyDocument {
  readonly Version: string
  readonly Statement: readonly PolicyStatement[]
}

export type Decision = 'Allow' | 'ExplicitDeny' | 'ImplicitDeny'

/**
 * Whether policies allow `action` on `resource`. An operation without resource-level permissions has the resource `*`,
 * which only a policy for `*` matches.
 */
export function decide(policies: readonly PolicyDocument[], action: string, resource: string): Decision {
  const statements = policies
    .flatMap((policy) => policy.Statement)
    .filter((statement) => {
      if ('Condition' in statement) throw new TypeError('the local cloud does not evaluate policy conditions')
      return matches(statement.Action, action) && matches(statement.Resource, resource)
    })
  if (statements.some((statement) => statement.Effect === 'Deny')) return 'ExplicitDeny'
  return statements.some((statement) => statement.Effect === 'Allow') ? 'Allow' : 'ImplicitDeny'
}

/** The policies that apply to a caller; null for those that do not. */
export interface Bounds {
  readonly policies: readonly PolicyDocument[] | null
  readonly sessionPolicy: PolicyDocument | null
}

/** Whether a caller may do `action` on `resource`: every policy that applies must allow it. */
export function decideFor({ policies, sessionPolicy }: Bounds, action: string, resource: string): Decision {
  const bounds = [policies, sessionPolicy && [sessionPolicy]].filter((bound) => bound !== null)
  return bounds.map((bound) => decide(bound, action, resource)).find((one) => one !== 'Allow') ?? 'Allow'
}

/** The refused caller. */
export interface Principal {
  readonly accessKeyId: string
  readonly accountId: string
  readonly securityToken: string | null
}

/** The `AccessDeniedDetail` of a refusal. */
export function accessDeniedDetail(
  credential: Principal,
  action: string,
  decision: Decision,
): Record<string, string> {
  return {
    AuthAction: action,
    AuthPrincipalType: credential.securityToken === null ? 'SubUser' : 'AssumedRoleUser',
    AuthPrincipalOwnerId: credential.accountId,
    AuthPrincipalDisplayName: credential.accessKeyId,
    NoPermissionType: decision,
    PolicyType: 'AccountLevelIdentityBasedPolicy',
  }
}

function matches(patterns: string | readonly string[], text: string): boolean {
  const list = typeof patterns === 'string' ? [patterns] : patterns
  return list.some((pattern) => globToRegExp(pattern).test(text))
}

/** Every request is checked against all of them. */
const compiled = new Map<string, RegExp>()

function globToRegExp(glob: string): RegExp {
  const known = compiled.get(glob)
  if (known) return known
  const escaped = glob.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  const pattern = new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i')
  compiled.set(glob, pattern)
  return pattern
}
