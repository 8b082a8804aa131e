export { createAlibaba, type Alibaba, type AlibabaOptions, type GroupAccess } from './transport/account.ts'
export {
  assumedRole,
  defaultCredentials,
  fixedCredentials,
  type Credentials,
  type CredentialSource,
} from './transport/credentials.ts'
export type { CallLog } from './transport/caller.ts'
