import {
  cachedKeyset,
  createVerifier,
  SIGNATURE_HEADER,
  TIMESTAMP_HEADER,
  type Verify,
} from '../../lib/receiver/index.ts'
import { callbackHeaders } from '../../lib/receiver/testing.ts'
import type { ModelCloud } from './model-cloud.ts'

const HOST = 'hooks.example.com'

/**
 * The receiver library under the callbacks of the model's streams. It reads on demand only, as an instance that sleeps
 * between two callbacks does, so it works with documents up to the very end of their ttl.
 */
export class ModelCallbacks {
  sent = 0
  /** The kids that callbacks were signed with, those of callbacks that were not accepted, and of the rejected of these. */
  readonly kids = new Set<string>()
  readonly rejectedKids = new Set<string>()
  readonly refusedKids = new Set<string>()
  readonly #cloud: ModelCloud
  readonly #verify: Verify

  constructor(cloud: ModelCloud) {
    this.#cloud = cloud
    const { clock } = cloud
    const keyset = cachedKeyset(() => Promise.resolve(cloud.documents.at(-1)?.text), { clock })
    keyset.close()
    this.#verify = createVerifier({ keyset, host: HOST, clock })
  }

  /** One callback of every running stream; also looks whether the most forgetful receiver would refuse one. */
  async round(): Promise<void> {
    const { clock, streams } = this.#cloud
    this.#cloud.check(`callback at ${new Date(clock.now()).toISOString()}`)
    for (const { key } of streams.values()) {
      if (!key) continue
      const headers = callbackHeaders({ host: HOST, key: key.reveal(), now: clock.now() })
      const { verdict } = await this.#verify({
        timestamp: headers[TIMESTAMP_HEADER],
        signature: headers[SIGNATURE_HEADER],
      })
      this.sent++
      this.kids.add(key.kid)
      if (verdict !== 'accepted') this.rejectedKids.add(key.kid)
      if (verdict === 'rejected') this.refusedKids.add(key.kid)
    }
  }
}
