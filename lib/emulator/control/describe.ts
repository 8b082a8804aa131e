import { isoTime } from '../../core/clock.ts'
import type { Key } from '../../keyset/key.ts'
import type { Secret } from '../world/secret.ts'
import type { Domain } from '../world/domain.ts'
import type { Stream } from '../world/stream.ts'

type Fields = Readonly<Record<string, unknown>>

/** What is safe to show of a domain. */
export function describeDomain(domain: Domain, reveal: boolean): Fields {
  const { auth, notify } = domain
  return {
    name: domain.name,
    ingest: domain.ingest,
    accountId: domain.accountId,
    status: domain.status,
    auth: auth && { enabled: auth.enabled, ...describeKey(auth.key, reveal) },
    notify: notify && { url: notify.url, enabled: notify.enabled, ...describeKey(notify.key, reveal) },
    callbackUrls: Object.fromEntries(domain.callbackUrls),
  }
}

export function describeStream(stream: Stream, reveal: boolean): Fields {
  const { push } = stream
  return {
    id: stream.id,
    publishDomain: stream.publishDomain,
    online: push !== null,
    pushes: stream.pushes,
    pushedAt: push && isoTime(push.at),
    signsWith: (push?.destinations ?? []).map(({ url, key }) => ({ url, ...describeKey(key, reveal) })),
  }
}

export function describeSecret(secret: Secret, reveal: boolean): Fields {
  return {
    name: secret.name,
    accountId: secret.accountId,
    plannedDeleteAt: secret.plannedDeleteAt === null ? null : isoTime(secret.plannedDeleteAt),
    versions: secret.versions.map((version) => ({
      id: version.id,
      stages: [...version.stages],
      bytes: Buffer.byteLength(version.data.reveal()),
      ...(reveal ? { data: version.data.reveal() } : {}),
    })),
  }
}

function describeKey(key: Key | null, reveal: boolean): Fields {
  if (key === null) return { kid: null }
  return reveal ? { kid: key.kid, key: key.reveal() } : { kid: key.kid }
}
