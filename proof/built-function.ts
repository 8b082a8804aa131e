import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { LOCAL_ACCESS_KEY_ID, LOCAL_ACCESS_KEY_SECRET, startEmulator } from '../lib/emulator/index.ts'
import type { Report } from '../lib/rotation/report/report.ts'
import { fastClock, fastProcess, type FastTime } from './fast-clock.ts'
import { count, type Row } from './part.ts'

/** The memory of the function, as in s.yaml. */
const MEMORY_MB = 256
const FACTOR = 10
const MINUTE = 60_000

interface Ended {
  readonly report: Report | null
  readonly peakMB: number
  readonly loadedMB: number
}

/** The built function rotates that many domains over HTTP, in its own process, whose peak memory is measured. */
export async function builtFunction(domains: number): Promise<Row[]> {
  // Signatures are valid for a quarter of an hour either way, so a fast clock may be off by that much.
  const time: FastTime = { epoch: Date.now(), from: Date.now() - 14 * MINUTE, factor: FACTOR }
  const clock = fastClock(time)
  const emulator = await startEmulator({ domains, clock, sendCallbacks: false })
  const folder = await mkdtemp(join(tmpdir(), 'proof-'))
  try {
    const config = join(folder, 'rotation.yaml')
    const names = [...emulator.world.domains.keys()]
    await writeFile(
      config,
      JSON.stringify({
        region: 'cn-shanghai',
        groups: [{ name: 'default', secret: 'live/snapshot-callback/default', domains: names }],
      }),
    )
    const started = clock.now()
    const ended = await inAProcess(folder, time, {
      ROTATOR_CONFIG: config,
      ROTATOR_LIVE_ENDPOINT: emulator.url,
      ROTATOR_KMS_ENDPOINT: emulator.url,
      LOG_LEVEL: 'warn',
    })
    const [group] = ended.report?.groups ?? []
    const minutes = (clock.now() - started) / MINUTE
    const confirmed = group?.domains.confirmed ?? 0
    return [
      {
        what: `the built function, ${count(domains)} domains over HTTP`,
        measured:
          `${group?.outcome ?? 'failed'}, ${count(confirmed)} confirmed in ${minutes.toFixed(0)} minutes on its clock, ` +
          `${group?.throttled ?? '?'} refused, peak ${ended.peakMB.toFixed(0)} MB (${ended.loadedMB.toFixed(0)} MB when loaded)`,
        demanded: `rotated, all, none, at most ${MEMORY_MB} MB`,
        holds:
          group?.outcome === 'rotated' &&
          confirmed === domains &&
          group.throttled === 0 &&
          ended.peakMB <= MEMORY_MB,
      },
    ]
  } finally {
    await emulator.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function inAProcess(folder: string, time: FastTime, env: NodeJS.ProcessEnv): Promise<Ended> {
  const preload = join(folder, 'fast.mjs')
  await writeFile(preload, fastProcess(time))
  const bundle = resolve('dist/functions/rotate/index.js')
  const credentials = { accessKeyId: LOCAL_ACCESS_KEY_ID, accessKeySecret: LOCAL_ACCESS_KEY_SECRET }
  const context = { requestId: 'proof', credentials, function: { timeout: 86_400 } }
  const script = `
    import { readFileSync } from 'node:fs'
    const peak = () => Number(/VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024
    const { handler } = await import(${JSON.stringify(bundle)})
    const loadedMB = peak()
    const report = await handler(Buffer.alloc(0), ${JSON.stringify(context)}).catch((error) => {
      console.error(error.message.slice(0, 500))
      return null
    })
    process.send({ report: report && { ...report, groups: report.groups.map((group) => ({ ...group, domains: { ...group.domains, failed: [] } })) }, loadedMB, peakMB: peak() }, () => process.exit())`
  const main = join(folder, 'main.mjs')
  await writeFile(main, script)
  const child = spawn(process.execPath, ['--import', preload, main], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  return new Promise((found, failed) => {
    child.once('message', (message) => found(message as Ended))
    child.once('error', failed)
    child.once('close', () => found({ report: null, peakMB: NaN, loadedMB: NaN }))
  })
}
