import * as v from 'valibot'
import { count, duration, flag } from './fields.ts'

/** The times that a group sets itself or inherits from the file. */

export const ttl = duration(
  '1s',
  '1d',
  'How long a receiver may use a keyset before it reads again, and so the longest it trusts a leaked key.',
)

export const minAge = duration(
  '0s',
  '365d',
  'A rotation is skipped as not due while the current key is younger than this.',
)

export const margin = duration('0s', '1h', 'How much longer than the ttl to wait before the new key is set.')

export const propagationMax = duration(
  '1s',
  '7d',
  'How long after staging probes may refuse before the run ends as incomplete.',
)

export const probesCoverAllInstances = v.pipe(
  flag(),
  v.description(
    'The probes reach every instance of every receiver, so their acceptance may shorten the wait.',
  ),
)

export const instances = count(1, 200)

export const propagationInstances = v.pipe(
  v.nullable(instances),
  v.description(
    'States that no probe URL has more instances than this, that the probes name every callback URL, and that every instance gives evidence: the wait then ends as soon as each has shown that it knows the new key.',
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
  "How far Live's clock and ours may differ when matching a stream with a key.",
)
