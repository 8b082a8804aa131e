export { admit, type Admission, type AdmitOptions, type Callback } from './admit.ts'
export { httpKeyset, type HttpKeysetOptions } from './http-keyset.ts'
export type { CacheOptions, KeysetRead } from './cache-options.ts'
export { cachedKeyset, type ReadKeyset } from './keyset-cache.ts'
export type { KeysetSource, KeysetStatus, RefreshCause } from './keyset-source.ts'
export type { CredentialsOption, GivenCredentials, KmsCredentials } from './credentials/credentials.ts'
export { kmsKeyset, type KmsKeysetOptions } from './kms-keyset.ts'
export {
  createReplayGuard,
  type ReplayGuard,
  type ReplayGuardOptions,
  type ReplayStore,
} from './replay-guard.ts'
export type { SnapshotCallbackBody } from './snapshot-body.ts'
export { staticKeyset } from './static-keyset.ts'
export type {
  Accepted,
  HeaderValue,
  Quarantined,
  Rejected,
  RejectReason,
  RequestHeaders,
  SignedHeaders,
  Verification,
} from './verification.ts'
export {
  createVerifier,
  type Evidence,
  type HookContext,
  type VerifierOptions,
  type Verify,
  type VerifyOptions,
} from './verifier.ts'
export type { Clock, Random } from '../core/clock.ts'
export { RotatorError, type ErrorCode } from '../core/errors.ts'
export type { KeyEntry, Keyset, KeyState } from '../keyset/keyset.ts'
export { PROBE_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER } from '../keyset/signature.ts'
