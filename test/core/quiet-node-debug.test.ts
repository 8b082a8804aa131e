import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { transformSync } from 'esbuild'
import { expect, it } from 'vitest'

const SCRIPT = `
import { createServer } from 'node:http'
const server = createServer((request, response) => { request.resume(); response.end('ok') })
server.listen(0, '127.0.0.1', async () => {
  process.stderr.write('a line of our own\\n')
  const url = 'http://127.0.0.1:' + server.address().port + '/hook/SECRETTOKEN?k=SECRET'
  await (await fetch(url, { method: 'POST', headers: { 'x-acs-security-token': 'SECRET' }, body: '{}' })).text()
  server.close()
  server.closeAllConnections()
})
`

function run(quiet: boolean, NODE_DEBUG: string): string {
  const source = readFileSync('lib/core/quiet-node-debug.ts', 'utf8')
  const { code } = transformSync(source, { loader: 'ts', format: 'esm' })
  const script = `${code}\n${quiet ? 'quietNodeDebug()' : ''}\n${SCRIPT}`
  const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], NODE_DEBUG },
  })
  expect(status).toBe(0)
  return stderr
}

it('drops what Node prints about its requests, and nothing else', () => {
  expect(run(false, 'fetch')).toContain('SECRETTOKEN')
  for (const sections of ['fetch', 'undici,http', '*', '']) {
    const stderr = run(true, sections)
    expect(stderr).not.toContain('SECRET')
    expect(stderr).toContain('a line of our own')
  }
})
