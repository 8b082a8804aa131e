import * as v from 'valibot'
import { isoSeconds, systemClock } from '../../core/clock.ts'
import { ApiError } from '../wire/api-error.ts'
import type { Credential, CredentialStore } from '../wire/credentials.ts'
import { gatewayErrorBody } from '../wire/gateway-error.ts'
import type { PolicyDocument } from '../wire/ram.ts'
import type { RpcProduct } from '../wire/rpc-product.ts'

/** A RAM role that may be assumed. The callers' policies decide who may; trust policies are not evaluated. */
export interface RoleOptions {
  /** `acs:ram::<account>:role/<name>` */
  readonly arn: string
  /** Absent: it may do everything in its account. */
  readonly policies?: readonly PolicyDocument[]
}

const list = v.union([v.string(), v.array(v.string())])
const policy = v.pipe(
  v.string(),
  v.parseJson(),
  v.strictObject({
    Version: v.string(),
    Statement: v.array(
      v.strictObject({ Effect: v.picklist(['Allow', 'Deny']), Action: list, Resource: list }),
    ),
  }),
)

/** STS, version 2015-04-01: AssumeRole and GetCallerIdentity. */
export function stsProduct(roles: readonly RoleOptions[], credentials: CredentialStore): RpcProduct {
  return {
    name: 'Sts',
    version: '2015-04-01',
    xmlRoot: null,
    targetParameter: 'RoleArn',
    expiredTimestampCode: 'InvalidTimeStamp.Expired',
    paramErrors: {
      missing: (name) => new ApiError(400, 'MissingParameter', `The parameter ${name} is missing.`),
      malformed: (name, rule) => new ApiError(400, `InvalidParameter.${name}`, `${name} ${rule}.`),
    },
    operations: {
      // Any signer may ask for its own identity without a permission.
      GetCallerIdentity: {
        limit: { bucket: 'sts GetCallerIdentity', calls: 100, perMs: 1_000 },
        writes: false,
        permissions: () => [],
        run: (_, { caller }) => identityOf(caller),
      },
      AssumeRole: {
        limit: { bucket: 'sts AssumeRole', calls: 100, perMs: 1_000 },
        writes: false,
        permissions: (params) => [{ action: 'sts:AssumeRole', resource: params.required('RoleArn') }],
        run: (params) => {
          const arn = params.required('RoleArn')
          const session = params.required('RoleSessionName')
          const seconds = params.integer('DurationSeconds', 3_600, 900, 43_200)
          const sessionPolicy = sessionPolicyOf(params.optional('Policy'))
          const role = roles.find((candidate) => candidate.arn === arn)
          const accountId = /^acs:ram::(\d+):role\//.exec(arn)?.[1]
          if (role === undefined || accountId === undefined) {
            throw new ApiError(404, 'EntityNotExist.Role', 'The specified Role not exists.')
          }
          // Like signatures, tokens use real time.
          const expiresAt = systemClock.now() + seconds * 1_000
          const { policies } = role
          const issued = credentials.issue({
            accountId,
            expiresAt,
            ...(policies && { policies }),
            ...(sessionPolicy && { sessionPolicy }),
          })
          return {
            AssumedRoleUser: { Arn: `${arn.replace(':role/', ':assumed-role/')}/${session}` },
            Credentials: {
              AccessKeyId: issued.accessKeyId,
              AccessKeySecret: issued.accessKeySecret,
              SecurityToken: issued.securityToken,
              Expiration: isoSeconds(expiresAt),
            },
          }
        },
      },
    },
    throttled: () => new ApiError(400, 'Throttling.User', 'Request was denied due to user flow control.'),
    denied: (details) =>
      new ApiError(
        403,
        'NoPermission',
        'You are not authorized to do this action. You should be authorized by RAM.',
        details,
      ),
    errorBody: gatewayErrorBody,
  }
}

/** What a session may do at most. */
function sessionPolicyOf(text: string | null): PolicyDocument | null {
  if (text === null) return null
  const { success, output } = v.safeParse(policy, text)
  if (success) return output
  throw new ApiError(
    400,
    'InvalidParameter.PolicyGrammar',
    'The parameter Policy has not passed grammar check.',
  )
}

function identityOf(credential: Credential) {
  const { accountId } = credential
  const [IdentityType, resource] = identityIn(credential)
  return { IdentityType, AccountId: accountId, Arn: `acs:ram::${accountId}:${resource}` }
}

/** The type of a caller, and its name within the account. */
function identityIn({ accessKeyId, securityToken, policies }: Credential): [type: string, name: string] {
  if (securityToken !== null) return ['AssumedRoleUser', 'assumed-role/local/session']
  return policies === null ? ['Account', 'root'] : ['RAMUser', `user/${accessKeyId}`]
}
