export { createAlibaba, type Alibaba, type AlibabaOptions, type GroupAccess } from './transport/account.ts'
export {
  assumedRole,
  defaultCredentials,
  fixedCredentials,
  type AssumeRoleOptions,
  type Credentials,
  type CredentialSource,
} from './transport/credentials.ts'
export { parseEndpoint, type Endpoint } from './transport/endpoint.ts'
export { translateError, type CallName } from './transport/errors.ts'
export type { CallLog } from './transport/caller.ts'
