export { createAlibaba, type Alibaba, type AlibabaOptions, type GroupAccess } from './account.ts'
export {
  assumedRole,
  defaultCredentials,
  fixedCredentials,
  type AssumeRoleOptions,
  type Credentials,
  type CredentialSource,
} from './credentials.ts'
export { parseEndpoint, type Endpoint } from './endpoint.ts'
export { translateError, type CallName } from './errors.ts'
export type { CallLog } from './caller.ts'
