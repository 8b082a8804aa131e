import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, it, vi } from 'vitest'
import { handler } from '../../functions/rotate/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'rotator-handler-'))
const FILE = join(folder, 'rotation.yaml')

function write(path: string, group: string): void {
  writeFileSync(
    path,
    `region: cn-shanghai\ngroups: [{ name: ${group}, secret: live/keys, domains: [live1.example.com] }]\n`,
  )
}

/** Asks for a group that there is not: the configuration is read, and nothing is called. */
function answer(): Promise<unknown> {
  const context = {
    requestId: 'request-1',
    credentials: { accessKeyId: 'id', accessKeySecret: 'secret' },
    function: { timeout: 600 },
  }
  return handler(Buffer.from('{"action":"status","group":"nowhere"}'), context)
}

beforeEach(async () => {
  write(FILE, 'first')
  vi.stubEnv('ROTATOR_CONFIG', FILE)
  await expect(answer()).rejects.toThrow(/no group "nowhere".*first/)
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

it('uses another file as soon as ROTATOR_CONFIG names it', async () => {
  const other = join(folder, 'other.yaml')
  write(other, 'second')
  vi.stubEnv('ROTATOR_CONFIG', other)
  await expect(answer()).rejects.toThrow(/no group "nowhere".*second/)
})

it('uses the current content of the file', async () => {
  write(FILE, 'third')
  await expect(answer()).rejects.toThrow(/no group "nowhere".*third/)
})

it('uses the current endpoints of the environment', async () => {
  vi.stubEnv('ROTATOR_LIVE_ENDPOINT', 'http://live.example.com')
  await expect(answer()).rejects.toThrow(/^ROTATOR_LIVE_ENDPOINT must be/)
})

it('treats an empty ROTATOR_CONFIG as unset', async () => {
  vi.stubEnv('ROTATOR_CONFIG', '')
  await expect(answer()).rejects.toThrow(/functions\/rotate\/rotation\.yaml/)
})
