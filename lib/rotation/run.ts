import type { RotationConfig, RotationRequest } from '../config/types.ts'
import type { RotationEnvironment } from './ports.ts'
import type { Report } from './report.ts'

/**
 * Runs one request on its groups, side by side, and reports. Never throws for what a group met: that is in its report.
 */
export async function run(
  request: RotationRequest,
  config: RotationConfig,
  environment: RotationEnvironment,
): Promise<Report> {
  throw new Error(`not yet: ${request.action} ${config.region} ${environment.clock.now()}`)
}
