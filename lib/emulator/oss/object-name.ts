import { isIP } from 'node:net'
import { header, type WireRequest } from '../wire/wire.ts'

export interface ObjectName {
  readonly bucket: string
  readonly key: string
}

/** The bucket is the host's first label; with an IP address, it is the first segment of the path. */
export function objectNameOf(request: WireRequest): ObjectName {
  const host = header(request.headers, 'host').replace(/:\d+$/, '')
  const path = decoded(request.path.slice(1))
  if (isIP(host) === 0 && host !== 'localhost') return { bucket: host.split('.')[0] ?? '', key: path }
  const [bucket = '', ...rest] = path.split('/')
  return { bucket, key: rest.join('/') }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
