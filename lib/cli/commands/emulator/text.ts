import { count, number } from '../../../core/counts.ts'
import {
  LOCAL_ACCESS_KEY_ID,
  LOCAL_ACCESS_KEY_SECRET,
  type Counts,
  type Emulator,
} from '../../../emulator/index.ts'
import type { Style } from '../../style.ts'
import type { LocalFunction } from './local-function.ts'

const SECRET = 'live/snapshot-callback/default'

/** What other programs need of the local cloud. */
export function environmentOf(url: string): Record<string, string> {
  return {
    ROTATOR_LIVE_ENDPOINT: url,
    ROTATOR_KMS_ENDPOINT: url,
    ROTATOR_FC_ENDPOINT: url,
    ALIBABA_CLOUD_ACCESS_KEY_ID: LOCAL_ACCESS_KEY_ID,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: LOCAL_ACCESS_KEY_SECRET,
  }
}

export function aboutFunction({ options, configuration }: LocalFunction) {
  const { name, service = null, codeDir } = options
  const invoke = `live-key-rotator invoke${service === null ? '' : ` --service ${service}`}`
  return { name, service, folder: codeDir, configuration, invoke }
}

export function sizeOf({ world }: Emulator): string {
  return `${count(world.domains.size, 'domain')}, ${count([...world.streams.all()].length, 'stream')}`
}

/**
 * What is printed once the local cloud listens: where it is, and what to paste.
 *
 * @param host - The host of the callback URL.
 */
export function readyText(
  emulator: Emulator,
  deployed: LocalFunction | null,
  host: string,
  { color }: Style,
): string {
  const { url } = emulator
  return [
    `${color.green('ready')} on ${color.bold(url)}: ${sizeOf(emulator)}`,
    ...(deployed === null ? [] : functionText(deployed)),
    '',
    'Point the tools at it:',
    ...Object.entries(environmentOf(url)).map(([name, value]) => `  export ${name}=${value}`),
    '',
    'let rotation.yaml say:',
    '  region: cn-shanghai',
    '  groups:',
    '    - name: default',
    `      secret: ${SECRET}`,
    '      discover: { suffix: .example.com }',
    '',
    'and verify callbacks with:',
    ...receiverCode(url, host).map((line) => `  ${line}`),
    '',
    color.dim(`State: ${url}/_emulator/state`),
    color.dim('Faults and callbacks: lib/emulator/README.md. Ctrl-C ends it.'),
  ].join('\n')
}

function functionText(deployed: LocalFunction): string[] {
  const { name, service, folder, configuration, invoke } = aboutFunction(deployed)
  const place = service === null ? '' : ` in service ${service}`
  return [`function ${name}${place}: ${folder}, configuration ${configuration}`, `  call it with: ${invoke}`]
}

/** A receiver of this local cloud, as a user would write it. */
function receiverCode(url: string, host: string): string[] {
  return [
    "import { createVerifier, kmsKeyset } from 'live-key-rotator/receiver'",
    'const keyset = kmsKeyset({',
    `  secret: '${SECRET}',`,
    "  region: 'cn-shanghai',",
    `  endpoint: '${url}',`,
    '  credentials: {',
    `    accessKeyId: '${LOCAL_ACCESS_KEY_ID}',`,
    `    accessKeySecret: '${LOCAL_ACCESS_KEY_SECRET}',`,
    '  },',
    '})',
    `const { verify } = createVerifier({ keyset, host: '${host}' })`,
  ]
}

/** What became of the callbacks so far. A 503 says that a receiver has no keyset yet, and refuses nothing. */
export function callbacksText({ sent, accepted, quarantined, rejected, lost, byStatus }: Counts): string {
  const unavailable = byStatus['503'] ?? 0
  return (
    `callbacks: ${number(sent)} sent, ${number(accepted)} accepted, ${number(quarantined)} quarantined, ` +
    `${number(rejected - unavailable)} refused, ${number(unavailable)} unavailable (503), ${number(lost)} unanswered`
  )
}
