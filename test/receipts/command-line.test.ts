import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { tryCli } from '../cli/support.ts'

const CONFIG = readFileSync('test/cli/rotation.yaml', 'utf8')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'receipts-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

it('leaves a receipt of a rotation, with the user and the reason', async () => {
  const { code } = await tryCli(['rotate', '--reason', 'audit', '--id', 'run-1'], {
    config: `${CONFIG}\nreceipts: ${folder}\n`,
    env: { USER: 'ops' },
  })
  expect(code).toBe(0)
  const [name] = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.json'),
  )
  expect(JSON.parse(readFileSync(join(folder, name ?? ''), 'utf8'))).toMatchObject({
    by: { user: 'ops' },
    request: { action: 'rotate', reason: 'audit', id: 'run-1' },
    group: { outcome: 'rotated' },
  })
  // And the same as a page beside it.
  const page = readFileSync(join(folder, (name ?? '').replace(/json$/, 'html')), 'utf8')
  expect(page).toMatch(/^<!doctype html>/)
  expect(page).toContain('1 of 1 domain on key')
})

it('says if none can be kept, and rotates anyway', async () => {
  const { code, err } = await tryCli(['rotate'], { config: `${CONFIG}\nreceipts: /dev/null/receipts\n` })
  expect(code).toBe(0)
  expect(err).toContain('the receipt /dev/null/receipts/')
})
