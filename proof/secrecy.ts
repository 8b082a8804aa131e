import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { sideBySide } from '../lib/core/side-by-side.ts'
import { CANARIES, Secrets, type CanaryKind, type Shown } from './canaries.ts'
import { count, none, type Part, type Row } from './part.ts'
import { FIRST, SCENES, SLICE, type Scene } from './secrecy-scenes.ts'
import { WatchedCloud } from './watched-cloud.ts'

/** Everywhere something is shown. */
const PLACES = [
  'stdout',
  'stderr',
  'receipt',
  'page',
  'dashboard',
  'webhook body (json)',
  'webhook body (dingtalk)',
  'webhook body (feishu)',
  'webhook body (slack)',
  'function log',
  'file',
]
const KINDS: readonly CanaryKind[] = ['generated key', ...(Object.keys(CANARIES) as CanaryKind[])]
const SIDE_BY_SIDE = 3

export const secrecy: Part = {
  name: 'secrecy',
  title: 'No secret is printed, stored or sent',
  about:
    'The built command line and the built function run as processes against the local cloud, with canaries of every ' +
    'kind: generated, imported and short keys, the key in an invalid document, credentials, webhook URLs. Every ' +
    'command runs with text and with JSON output, with the debug output of Node and of the SDKs switched on; ' +
    'rotations, emergencies and rollbacks succeed, and fail in every way; the cloud quotes a key in its error; ' +
    'webhooks refuse; the configuration is wrong. Before each scene, an imported and a short key are set by hand ' +
    'again. The proof searches stdout, stderr, receipts, pages, the dashboard, the webhook messages in each format, ' +
    "the function's log, and every file written except rotation.yaml. It recognises a canary by its first ten " +
    'characters, also in base64 and in hexadecimal. It also fails if a place showed nothing, if a kind of canary was ' +
    'never used, or if the search misses a planted leak.',
  run: async ({ slice }) => {
    const secrets = new Secrets()
    const scenes = slice ? [SLICE] : Object.values(SCENES)
    const all = await sideBySide(scenes, (scene) => play(scene, secrets), SIDE_BY_SIDE)
    const shown = all.flat()
    return [
      leaksIn(shown, secrets),
      ...(slice ? [] : [places(shown), given(secrets)]),
      none('planted leaks that the search missed', secrets.size, secrets.missed()),
    ]
  },
}

async function play(scene: Scene, secrets: Secrets): Promise<readonly Shown[]> {
  const cloud = await WatchedCloud.start(secrets)
  try {
    await FIRST(cloud)
    await scene(cloud)
    const receipts = join(cloud.folder, 'receipts')
    const names = await readdir(receipts, { recursive: true }).catch(() => [])
    const receipt = names.filter((name) => name.endsWith('.json')).at(-1)
    if (receipt !== undefined) {
      await cloud.cli(['report', '--html', 'receipt.html', '--receipt', join(receipts, receipt)])
    }
    await cloud.showFiles()
    return cloud.shown
  } finally {
    await cloud.close()
  }
}

function leaksIn(shown: readonly Shown[], secrets: Secrets): Row {
  const characters = shown.reduce((sum, { text }) => sum + text.length, 0)
  return none(
    `outputs that contain a secret: searched for ${count(secrets.size)} secrets in ${count(characters)} characters`,
    shown.length,
    secrets.leaks(shown),
  )
}

/** A place where nothing was shown proves nothing. */
function places(shown: readonly Shown[]): Row {
  const counted = PLACES.map((place) => ({
    place,
    size: shown.filter(({ where, text }) => where.startsWith(place) && text !== '').length,
  }))
  return {
    what: 'outputs that were searched',
    measured: counted.map(({ place, size }) => `${count(size)} ${place}`).join(', '),
    demanded: 'some of each',
    holds: counted.every(({ size }) => size > 0),
  }
}

/** A kind of secret that never went in cannot come out. */
function given(secrets: Secrets): Row {
  const counted = KINDS.map((kind) => ({ kind, size: secrets.given.get(kind) ?? 0 }))
  return {
    what: 'how often a secret of each kind was set, stored or used',
    measured: counted.map(({ kind, size }) => `${kind} ${count(size)}`).join(', '),
    demanded: 'some of each',
    holds: counted.every(({ size }) => size > 0),
  }
}
