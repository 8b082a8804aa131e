import * as v from 'valibot'
import { count, duration, flag } from './fields.ts'

/** The times that a group may set itself or inherit from the file. */

export const ttl = duration(
  '1s',
  '1d',
  'How long a receiver may use a keyset before it reads again; receivers trust a leaked key no longer.',
)

export const minAge = duration(
  '0s',
  '365d',
  'A rotation is skipped as not due while the current key is younger.',
)

export const margin = duration('0s', '1h', 'How much longer than the ttl to wait before the new key is set.')

export const propagationMax = duration(
  '1s',
  '7d',
  'How long after staging the probes may still refuse, before the run ends as incomplete.',
)

export const probesCoverAllInstances = v.pipe(
  flag(),
  v.description('The probes reach every instance of every receiver, so that their yes may shorten the wait.'),
)

export const instances = count(1, 200)

export const propagationInstances = v.pipe(
  v.nullable(instances),
  v.description(
    'No probe URL has more instances than this, the probes name every callback URL, and every instance gives evidence: so the wait ends as soon as each of them has shown that it knows the new key.',
  ),
)

export const overlapMin = duration(
  '0s',
  '365d',
  'A replaced key is accepted at least this long after the last domain left it.',
)

export const overlapMax = duration(
  '0s',
  '3650d',
  'A replaced key is accepted at most this long, even if running streams still sign with it.',
)

export const clockSkew = duration(
  '0s',
  '1h',
  "How far Live's clock and ours may differ when a stream is matched with a key.",
)
