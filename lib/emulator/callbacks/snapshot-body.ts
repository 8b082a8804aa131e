import type { Stream } from '../world/stream.ts'

/** No page documents the body of a snapshot callback; this one has the fields of the recording callback. */
export function snapshotBody(stream: Stream, at: number): string {
  return JSON.stringify({
    domain: stream.publishDomain,
    app: stream.app,
    stream: stream.name,
    event: 'snapshot',
    uri: `${stream.app}/${stream.name}/${Math.floor(at / 1_000)}.jpg`,
    create_time: Math.floor(at / 1_000),
  })
}
