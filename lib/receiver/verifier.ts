import { systemClock, type Clock } from '../core/clock.ts'
import { type RotatorError } from '../core/errors.ts'
import { isObject } from '../core/objects.ts'
import type { Keyset } from '../keyset/keyset.ts'
import { callHook } from './call-hook.ts'
import { headerFault, headerText, readDigest, readTimestamp } from './headers.ts'
import { signedHosts } from './hosts.ts'
import type { KeysetSource } from './keyset-source.ts'
import { createMatcher, type Matcher } from './matcher.ts'
import { checkOptions } from './options.ts'
import { withoutKeyset } from './without-keyset.ts'
import { findHeaders, hintFor } from './signed-headers.ts'
import type {
  Accepted,
  Quarantined,
  Rejected,
  RejectReason,
  RequestHeaders,
  SignedHeaders,
  Verification,
} from './verification.ts'

/** Which document a receiver verifies with. Only the answer to an accepted probe contains it. */
export interface Evidence {
  /** The id of the keyset's cache: 12 hex digits, different in each process, thread and source. */
  readonly instance: string
  readonly lineage: string
  readonly revision: number
}

export interface VerifyOptions {
  /**
   * Whether it is the rotator's probe and not a callback: an unknown key then causes a read at once, and hooks can tell.
   * Default: whether the headers of the request mark it as one.
   */
  readonly probe?: boolean | undefined
  /** The time to verify at, as for {@link SignedHeaders.now}. */
  readonly now?: number | Date | undefined
  /** The request, for the hooks. */
  readonly request?: unknown
}

export interface HookContext {
  /** Whether it was the rotator's probe and not a callback. */
  readonly probe: boolean
  /** The request as the adapter's framework has it, or as it was passed to `verify`. */
  readonly request?: unknown
}

export interface VerifierOptions {
  /** Where the keys come from. */
  readonly keyset: KeysetSource
  /**
   * The host of the callback URL as configured in Live, with its port if it has one; a list if this receiver has several.
   * Never taken from the request: the sender chooses its `Host` header.
   */
  readonly host: string | readonly string[]
  /** How far the timestamp may be from now, in seconds, in both directions. Default 300. */
  readonly tolerance?: number
  /** Called for every valid signature, with its key: shows when an old key was last used. */
  readonly onVerified?: (verification: Accepted | Quarantined, context: HookContext) => unknown
  /** Called with the reason why a callback was rejected, for the log. */
  readonly onRejected?: (verification: Rejected, context: HookContext) => unknown
  /** Called if a callback could not be verified because there was no keyset, for the log and for an alarm. */
  readonly onUnavailable?: (error: RotatorError, context: HookContext) => unknown
  readonly clock?: Clock
}

/**
 * Verifies the two headers of a callback: `{ timestamp, signature }`, or all headers of the request. Waits only while the
 * keyset has to be read: before the first verification, on an unknown signature, or if the keyset has outlived its `ttl`
 * unnoticed.
 *
 * @throws RotatorError `unavailable` if there is no keyset to verify with. Answer 503, never 401.
 */
export interface Verify {
  (headers: SignedHeaders | RequestHeaders, options?: VerifyOptions): Promise<Verification>
  /** The function itself, for those who prefer to write `verifier.verify(…)`. */
  readonly verify: Verify
  /** The same, without a promise if nothing has to be read, so that a body can be read sooner. */
  decide(
    headers: SignedHeaders | RequestHeaders,
    options?: VerifyOptions,
  ): Verification | Promise<Verification>
  /** Shows which keyset is in use now; null if there is none. Does no I/O. */
  evidence(): Evidence | null
}

const NO_OPTIONS: VerifyOptions = {}
const OPTIONS = [
  'keyset',
  'host',
  'tolerance',
  'onVerified',
  'onRejected',
  'onUnavailable',
  'clock',
] as const satisfies readonly (keyof VerifierOptions)[]
const DEFAULT_TOLERANCE = 300
const LARGEST_TOLERANCE = 86_400
/** A smaller number is a time in seconds: in milliseconds it would be in 1973. */
const FIRST_MILLISECONDS = 1e11

/**
 * Creates the verifier of a receiver. Does no I/O until the first verification.
 *
 * Compares a signature with every key of the keyset, and with every host, in constant time. One under a leaked key is
 * `quarantined`: it may be genuine or forged, and the caller decides what to do with it.
 *
 * @throws TypeError for a wrong option.
 *
 * @example
 * ```ts
 * const verify = createVerifier({
 *   keyset: kmsKeyset({ region: 'cn-shanghai', secret: 'live/snapshot-callback/default' }),
 *   host: 'hooks.example.com',
 * })
 * const { verdict } = await verify(request.headers)
 * ```
 */
export function createVerifier(options: VerifierOptions): Verify {
  const {
    keyset: source,
    tolerance = DEFAULT_TOLERANCE,
    onVerified,
    onRejected,
    onUnavailable,
    clock = systemClock,
  } = options
  checkOptions('createVerifier', options, OPTIONS)
  const hosts = signedHosts(options.host)
  if (!isSource(source)) {
    throw new TypeError('"keyset" must be a source, such as kmsKeyset({ region, secret })')
  }
  if (!(tolerance >= 0 && tolerance <= LARGEST_TOLERANCE)) {
    throw new TypeError(`"tolerance" must be 0 to ${LARGEST_TOLERANCE} seconds`)
  }
  let match: Matcher = () => null
  let matched: Keyset | undefined

  function find(keyset: Keyset, timestamp: string, signature: string): Accepted | Quarantined | null {
    if (keyset !== matched) {
      match = createMatcher(keyset, hosts)
      matched = keyset
    }
    return match(timestamp, signature)
  }

  function fault(timestamp: string, signature: string, age: number): RejectReason | null {
    if (Number.isNaN(readTimestamp(timestamp))) return headerFault('Timestamp', timestamp)
    if (!(age <= tolerance)) return 'tooOld'
    if (age < -tolerance) return 'tooNew'
    return readDigest(signature) ? null : headerFault('Signature', signature)
  }

  /** Verifies what needs a read: there is no usable keyset yet, or the one in use (`tried`) does not know the signature. */
  async function verifyAfterRead(
    timestamp: string,
    signature: string,
    tried: Keyset | undefined,
    probe: boolean,
  ): Promise<Verification> {
    if (tried !== undefined) await source.refresh({ probe })
    const keyset = await source.load()
    const found = keyset === tried ? null : find(keyset, timestamp, signature)
    return found ?? rejected(source.fresh ? 'unknownSignature' : 'staleKeyset')
  }

  function tell(verification: Verification, context: HookContext): Verification {
    if (verification.verdict !== 'rejected') callHook('onVerified', onVerified, verification, context)
    else callHook('onRejected', onRejected, verification, context)
    return verification
  }

  function unavailable(error: unknown, context: HookContext): never {
    if (!isRotatorError(error)) throw error
    const told = error.code === 'unavailable' ? error : withoutKeyset(error.message, error)
    callHook('onUnavailable', onUnavailable, told, context)
    throw told
  }

  /** JavaScript callers may pass nothing, which counts as no headers. */
  function decide(
    given?: SignedHeaders | RequestHeaders | null,
    options: VerifyOptions = NO_OPTIONS,
  ): Verification | Promise<Verification> {
    const headers = findHeaders(given)
    const timestamp = headerText(headers.timestamp)
    const signature = headerText(headers.signature)
    const age = secondsOf(options.now ?? headers.now ?? clock.now()) - readTimestamp(timestamp)
    const inTime = age <= tolerance && age >= -tolerance
    const keyset = inTime ? source.peek() : undefined
    const context = { probe: options.probe ?? headers.probe === true, request: options.request }
    // The common case comes first, and skips everything that only serves to explain a rejection.
    const found = keyset === undefined ? null : find(keyset, timestamp, signature)
    if (found !== null) return tell(found, context)
    const wrong = fault(timestamp, signature, age)
    if (wrong !== null) {
      const hint = wrong === 'missingTimestamp' ? hintFor(given) : undefined
      return tell(rejected(wrong, hint), context)
    }
    return verifyAfterRead(timestamp, signature, keyset, context.probe).then(
      (later) => tell(later, context),
      (error: unknown) => unavailable(error, context),
    )
  }
  async function verify(
    given?: SignedHeaders | RequestHeaders | null,
    options?: VerifyOptions,
  ): Promise<Verification> {
    return decide(given, options)
  }
  verify.verify = verify
  verify.decide = decide
  verify.evidence = (): Evidence | null => {
    const keyset = source.peek()
    if (keyset === undefined) return null
    return { instance: source.instance, lineage: keyset.lineage, revision: keyset.revision }
  }
  return verify
}

function rejected(reason: RejectReason, hint?: string): Rejected {
  return { verdict: 'rejected', reason, ...(hint && { hint }) }
}

function isSource(value: unknown): value is KeysetSource {
  return isObject(value) && 'peek' in value && 'load' in value
}

/** Checks the name, not the class: a program may have loaded this package twice, as a module and as CommonJS. */
function isRotatorError(error: unknown): error is RotatorError {
  return error instanceof Error && error.name === 'RotatorError'
}

function secondsOf(now: number | Date): number {
  const time = Number(now)
  return Math.floor(time < FIRST_MILLISECONDS ? time : time / 1000)
}
