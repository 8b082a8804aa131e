import { SDK_TIMEOUTS } from './call-timeout.ts'
import type { Credentials } from './credentials.ts'

/** A server and the credentials for it. */
export interface SdkServer {
  readonly protocol: 'http' | 'https'
  readonly host: string
  readonly region: string
  readonly credentials: Credentials
}

/** The settings of an SDK's client; each generation of SDKs has its own class for them. */
export const sdkConfig = ({ protocol, host, region, credentials }: SdkServer) => ({
  ...credentials,
  endpoint: host,
  protocol,
  regionId: region,
  userAgent: 'live-key-rotator',
  ...SDK_TIMEOUTS,
})
