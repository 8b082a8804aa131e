import { Readable } from 'node:stream'
import { join } from 'node:path'
import { vi } from 'vitest'
import type { Credentials } from '../../lib/alibaba/transport/credentials.ts'
import { runCli } from '../../lib/cli/cli.ts'
import { cloudServices } from '../../lib/cli/cloud-services.ts'
import { systemClock } from '../../lib/core/clock.ts'
import { LOCAL_ACCOUNT_ID, type Emulator } from '../../lib/emulator/index.ts'
import { readKeyset, serializeKeyset } from '../../lib/keyset/document.ts'
import { type Key } from '../../lib/keyset/key.ts'
import type { KeyState } from '../../lib/keyset/keyset.ts'
import { CONFIG, folderWith, ioFor, type Outcome } from './support.ts'

export const SECRET = 'live/snapshot-callback/default'

export interface EmulatorCliOptions {
  /** The text of rotation.yaml; null for none. */
  readonly config?: string | null
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
  /** Default: a pipe. */
  readonly terminal?: boolean
  /** The terminal's width. Default 80. */
  readonly columns?: number
  /** Default: those of the local cloud, which may do everything. */
  readonly credentials?: Required<Credentials>
}

/** Runs a command line against a local cloud through the real SDKs, in real time. */
export async function cliOn(
  emulator: Emulator,
  args: readonly string[],
  { config = CONFIG, env = {}, stdin, credentials, terminal = false, columns = 80 }: EmulatorCliOptions = {},
): Promise<Outcome> {
  const signed = credentials === undefined ? {} : variablesOf(credentials)
  // The SDK's credential chain looks only there.
  for (const [name, value] of Object.entries(signed)) vi.stubEnv(name, value)
  const folder = folderWith(config === null ? {} : { 'rotation.yaml': config })
  const io = ioFor(systemClock, { terminal, columns })
  const code = await runCli(args, {
    io: {
      ...io,
      ...(stdin !== undefined && { stdin: Readable.from([stdin]) }),
      env: {
        ROTATOR_CONFIG: join(folder, 'rotation.yaml'),
        ROTATOR_LIVE_ENDPOINT: emulator.url,
        ROTATOR_KMS_ENDPOINT: emulator.url,
        ROTATOR_FC_ENDPOINT: emulator.url,
        ...signed,
        ...env,
      },
    },
    version: '1.2.3',
    services: () => Promise.resolve(cloudServices),
  })
  vi.unstubAllEnvs()
  return { code, out: io.stdout.text, err: io.stderr.text }
}

function variablesOf({
  accessKeyId,
  accessKeySecret,
  securityToken,
}: Required<Credentials>): Readonly<Record<string, string>> {
  return {
    ALIBABA_CLOUD_ACCESS_KEY_ID: accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: accessKeySecret,
    ALIBABA_CLOUD_SECURITY_TOKEN: securityToken,
  }
}

/** A text without its line breaks, which depend on the terminal's width. */
export function flat(text: string): string {
  return text.replace(/\s+/g, ' ')
}

export interface StoredKey {
  readonly key: Key
  readonly state: KeyState
}

/** Puts a keyset into the secret of a local cloud, as a rotation of some time ago would have left it. */
export function storeKeyset(
  emulator: Emulator,
  keys: readonly StoredKey[],
  { revision = 1, secret = SECRET, revoked = [] as readonly Key[] } = {},
): void {
  const at = new Date(Date.now() - 3_600_000).toISOString()
  const data = serializeKeyset(
    readKeyset({
      format: 'live-keyset/1',
      lineage: '5b0c2f9e41d7',
      group: 'default',
      revision,
      ttl: 60_000,
      updatedAt: at,
      keys: keys.map(({ key, state }) => ({
        kid: key.kid,
        key: key.reveal(),
        state,
        createdAt: at,
        stagedAt: at,
        ...(state !== 'pending' && { appliedAt: at }),
        ...((state === 'previous' || state === 'compromised') && { clearedAt: at }),
        ...(state === 'compromised' && { compromisedAt: at, onRunningStreams: 'quarantine' }),
      })),
      revoked: revoked.map(({ kid }) => ({ kid, at })),
    }),
  )
  const version = { versionId: `keyset-${String(revision).padStart(8, '0')}`, data }
  const { secrets } = emulator.world
  if (secrets.find(secret) === undefined) secrets.create(LOCAL_ACCOUNT_ID, secret, version)
  else secrets.put(LOCAL_ACCOUNT_ID, secret, version, null)
}

/** The newest document of the secret. */
export function storedDocument(emulator: Emulator, secret = SECRET): unknown {
  const versions = emulator.world.secrets.find(secret)?.versions ?? []
  return JSON.parse(versions.at(-1)?.data.reveal() ?? '{}')
}
