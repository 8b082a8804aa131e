import { isLoopback } from '../core/safe-address.ts'
import type { RotationConfig } from '../config/types.ts'
import type { Io } from './io.ts'

/** The STS server; the emulator serves it at the same address as Live. */
export function stsEndpointOf(
  { endpoints, region }: Pick<RotationConfig, 'endpoints' | 'region'>,
  { env }: Pick<Io, 'env'>,
): string {
  const given = env['ROTATOR_STS_ENDPOINT'] || undefined
  const local = isLoopback(new URL(endpoints.live)) ? endpoints.live : undefined
  return given ?? local ?? `https://sts.${region}.aliyuncs.com`
}
