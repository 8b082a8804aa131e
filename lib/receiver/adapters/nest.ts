import type { CanActivate, ExecutionContext } from '@nestjs/common'
import { admit } from '../admit.ts'
import type { Verify } from '../verifier.ts'
import type { NodeRequest, NodeResponse } from './node.ts'
import { readArguments, type ReceiverOptions } from './options.ts'

/** Fastify's wrapper of a Node response. */
interface Wrapped {
  readonly raw: NodeResponse
  hijack(): unknown
}

/**
 * A guard for Nest, on Express or Fastify, that answers probes and forged callbacks, and lets accepted callbacks pass with
 * the verification at `request.liveCallback`.
 *
 * @example
 * ```ts
 * @Controller('live')
 * export class LiveController {
 *   @Post('snapshot')
 *   @HttpCode(200)
 *   @UseGuards(nestReceiver(verify))
 *   async snapshot(@Body() body: unknown) {
 *     await store(body)
 *   }
 * }
 * ```
 */
export function nestReceiver(verify: Verify, options?: ReceiverOptions): CanActivate {
  const { admitOptions } = readArguments('nestReceiver', undefined, options)
  return {
    async canActivate(context: ExecutionContext): Promise<boolean> {
      const http = context.switchToHttp()
      const request = http.getRequest<NodeRequest>()
      const admission = await admit(verify, request.headers, admitOptions, request)
      if (admission.kind === 'callback') {
        request.liveCallback = admission.verification
        return true
      }
      const response = http.getResponse<NodeResponse | Wrapped>()
      if ('hijack' in response) response.hijack()
      const { status, headers } = admission
      ;('hijack' in response ? response.raw : response).writeHead(status, headers).end()
      // The answer is complete. Whatever a guard returned now would make Nest's filters answer again.
      return new Promise<never>(() => undefined)
    },
  }
}
