import { LOCAL_ACCESS_KEY_ID, LOCAL_ACCESS_KEY_SECRET, type Emulator } from '../../../emulator/index.ts'
import type { Style } from '../../style.ts'
import { emulatorWords, type EmulatorWords } from '../../words/emulator-words.ts'
import type { LocalFunction } from './local-function.ts'

const SECRET = 'live/snapshot-callback/default'

/** What other programs need to use the emulator. */
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

export function sizeOf({ world }: Emulator, words: EmulatorWords): string {
  return words.size(world.domains.size, [...world.streams.all()].length)
}

/**
 * Printed once the emulator listens: its address, and what to paste.
 *
 * @param host - The host of the callback URL.
 */
export function readyText(
  emulator: Emulator,
  deployed: LocalFunction | null,
  host: string,
  { color, language }: Style,
): string {
  const { url } = emulator
  const words = emulatorWords[language]
  return [
    words.ready(color.green, color.bold(url), sizeOf(emulator, words)),
    ...(deployed === null ? [] : functionText(deployed, words)),
    '',
    words.pointTools,
    ...Object.entries(environmentOf(url)).map(([name, value]) => `  export ${name}=${value}`),
    '',
    words.configuration,
    '  region: cn-shanghai',
    '  groups:',
    '    - name: default',
    `      secret: ${SECRET}`,
    '      discover: { suffix: .example.com }',
    '',
    words.verify,
    ...receiverCode(url, host).map((line) => `  ${line}`),
    '',
    color.dim(words.state(`${url}/_emulator/state`)),
    color.dim(words.more),
  ].join('\n')
}

function functionText(deployed: LocalFunction, words: EmulatorWords): string[] {
  const { name, service, folder, configuration, invoke } = aboutFunction(deployed)
  return [words.deployed(name, service, folder, configuration), `  ${words.invoke(invoke)}`]
}

/** A receiver for this emulator, as a user would write it. */
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
