import type { KmsKeysetStore } from '../../lib/alibaba/kms/kms-keyset-store.ts'
import type { LoadedKeyset, Usage } from '../../lib/rotation/ports.ts'
import { LOCAL_ACCOUNT_ID, type EmulatorOptions } from '../../lib/emulator/index.ts'
import { Key } from '../../lib/keyset/key.ts'
import { newKeyset, type Keyset } from '../../lib/keyset/keyset.ts'
import { importPrevious } from '../../lib/keyset/moves/import-keys.ts'
import { nextRevision } from '../../lib/keyset/moves/revision.ts'
import { GROUP, startCloud, type Cloud } from './cloud.ts'

/** A keyset store on a local cloud, and what others may do to its secret. */
export class StoredKeysets {
  readonly cloud: Cloud
  readonly store: KmsKeysetStore
  readonly usage: () => Usage

  private constructor(cloud: Cloud, store: KmsKeysetStore, usage: () => Usage) {
    this.cloud = cloud
    this.store = store
    this.usage = usage
  }

  static async start(
    options: EmulatorOptions = {},
    kms: { keyId: string | null; instanceId: string | null } = { keyId: null, instanceId: null },
  ): Promise<StoredKeysets> {
    const cloud = await startCloud(options, {}, kms)
    const access = await cloud.alibaba.open(GROUP)
    return new StoredKeysets(cloud, access.keysets, () => access.usage())
  }

  /** The store of another run. */
  async another(): Promise<KmsKeysetStore> {
    return (await this.cloud.alibaba.open(GROUP)).keysets
  }

  close(): Promise<void> {
    return this.cloud.emulator.close()
  }

  run<T>(work: Promise<T>): Promise<T> {
    return this.cloud.clock.run(work)
  }

  /** A keyset one revision further, with another key in it. */
  following(base: LoadedKeyset): Keyset {
    const before = base.keyset ?? newKeyset(GROUP.name, 'abcdef012345')
    const now = this.cloud.clock.now()
    return nextRevision(before, importPrevious(before, [Key.generate()], now), 60_000, now)
  }

  saveNext(): Promise<LoadedKeyset> {
    const save = async (): Promise<LoadedKeyset> => {
      const base = await this.store.load()
      return this.store.save(this.following(base), base)
    }
    return this.run(save())
  }

  get secrets(): Cloud['emulator']['world']['secrets'] {
    return this.cloud.emulator.world.secrets
  }

  create(versionId: string, data: string): void {
    this.secrets.create(LOCAL_ACCOUNT_ID, GROUP.secret, { versionId, data })
  }

  /** What another writer stores, past the adapter. */
  put(versionId: string, data: string): void {
    this.secrets.put(LOCAL_ACCOUNT_ID, GROUP.secret, { versionId, data }, null)
  }

  moveCurrent(versionId: string): void {
    this.secrets.updateStage(LOCAL_ACCOUNT_ID, GROUP.secret, 'ACSCurrent', versionId, null)
  }

  /** @param days - null: gone at once. */
  delete(days: number | null): void {
    this.secrets.delete(LOCAL_ACCOUNT_ID, GROUP.secret, days)
  }

  get versions(): string[] {
    return (this.secrets.find(GROUP.secret)?.versions ?? []).map(({ id }) => id)
  }

  /** The version that ACSCurrent points to. */
  get current(): string | undefined {
    return this.secrets.find(GROUP.secret)?.versions.find(({ stages }) => stages.has('ACSCurrent'))?.id
  }

  /** Does something once, right before or after the effect of the next call of `action`. */
  next(moment: 'before' | 'after', action: string, act: () => void): void {
    const stop = this.cloud.emulator.on(moment, (call) => {
      if (call.action !== action) return
      stop()
      act()
    })
  }
}
