import type { Key } from '../../lib/keyset/key.ts'
import {
  cachedKeyset,
  createVerifier,
  SIGNATURE_HEADER,
  TIMESTAMP_HEADER,
  type Verify,
} from '../../lib/receiver/index.ts'
import { callbackHeaders } from '../../lib/receiver/testing.ts'
import type { ProbeAnswer } from '../../lib/rotation/probe.ts'
import type { ModelCloud } from './model-cloud.ts'

const HOST = 'hooks.example.com'

/** The instances of one receiver behind one URL, each with the receiver library's own cache, taking turns. */
export class Fleet {
  /** The instances that cannot read KMS now. */
  readonly cutOff = new Set<number>()
  readonly #cloud: ModelCloud
  readonly #instances: readonly Verify[]
  #turn = 0

  constructor(cloud: ModelCloud, size: number) {
    this.#cloud = cloud
    this.#instances = Array.from({ length: size }, (_, index) => {
      const read = async (): Promise<string | undefined> => {
        if (this.cutOff.has(index)) throw new Error('no way to KMS')
        return cloud.documents.at(-1)?.text
      }
      const keyset = cachedKeyset(read, { clock: cloud.clock })
      keyset.close()
      return createVerifier({ keyset, host: HOST, clock: cloud.clock })
    })
    cloud.probeAnswer = (_url, key) => this.probe(key)
  }

  /** The next instance's answer to a probe. */
  async probe(key: Key): Promise<ProbeAnswer> {
    const verify = this.#instances[this.#turn++ % this.#instances.length]!
    const { verdict } = await verify(this.#headers(key), { probe: true })
    if (verdict !== 'accepted') return { accepted: false, status: 401, detail: 'it answered 401' }
    const evidence = verify.evidence()
    return { accepted: true, status: 204, detail: 'it answered 204', ...(evidence && { evidence }) }
  }

  /** Each instance's verdict on a callback under the key. */
  async verdicts(key: Key): Promise<string[]> {
    const verified = await Promise.all(this.#instances.map((verify) => verify(this.#headers(key))))
    return verified.map(({ verdict }) => verdict)
  }

  /** The id of one of them. */
  idOf(index: number): string | undefined {
    return this.#instances[index]?.evidence()?.instance
  }

  #headers(key: Key): { timestamp: string | undefined; signature: string | undefined } {
    const headers = callbackHeaders({ host: HOST, key: key.reveal(), now: this.#cloud.clock.now() })
    return { timestamp: headers[TIMESTAMP_HEADER], signature: headers[SIGNATURE_HEADER] }
  }
}
